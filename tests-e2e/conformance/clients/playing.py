"""Plays the clients of others side by side: each in its own program, with a browser and a person lent by the pack."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from conformance import node_programs
from conformance.clients.acting import Grant, granted
from conformance.ours import Ours
from conformance.pack.browser import Browser, Landing
from conformance.pack.modules import check
from conformance.pack.target import Person

HERE = Path(__file__).resolve().parent
PROGRAMS = ("openid_client.mjs", "oidc_client_ts.mjs", "authlib_client.py")
_LONGEST_S = 90


class Lent:
    """What a program may ask for: a walk through the provider's pages, a device's code typed in, a logout token."""

    def __init__(self, target: Ours, grant: Grant) -> None:
        self._target = target
        self._grant = grant
        self._browsers: dict[str, Browser] = {}

    async def close(self) -> None:
        for browser in self._browsers.values():
            await browser.close()

    async def serve(self, wish: dict[str, Any]) -> dict[str, Any]:
        """The answer to one wish. Raises Failed."""
        browser = await self._browser(wish.get("as", "somebody"))
        if "visit" in wish:
            landing = await browser.walk(wish["visit"])
            return {"url": landing.left, "typed": landing.typed}
        if "device" in wish:
            landing = await _with_code(browser, wish)
            check(landing.page.status_code == 200, f"the device page answered {landing.page.status_code}")
            return {}
        found = await self._target.receiver.logout_tokens(wish["logout_token_for"], wish["subject"], within_s=10)
        check(found, "no logout token came")
        return {"token": found[-1]["logout_token"][0]}

    async def _browser(self, who: str) -> Browser:
        if who not in self._browsers:
            self._browsers[who] = Browser(self._target, await self._person(who))
        return self._browsers[who]

    async def _person(self, who: str) -> Person:
        return await self._grant.grantee() if who == "grantee" else await self._target.person()


async def _with_code(browser: Browser, wish: dict[str, Any]) -> Landing:
    assert browser.person is not None
    knows_code = Person(browser.person.account, {**browser.person.fields, "user_code": wish["user_code"]})
    browser.person, person = knows_code, browser.person
    try:
        return await browser.walk(wish["device"], refuse=wish.get("refuse", False))
    finally:
        browser.person = person


async def play_clients(target: Ours) -> tuple[int, int, int]:
    """Clients that did everything they know, flows that succeeded, flows that failed; told line by line."""
    folder = node_programs.install()
    grant = await granted(target)
    told = await asyncio.gather(*(_played(target, grant, program, folder) for program in PROGRAMS))
    flows = [fault for faults in told for fault in faults.values()]
    whole = sum(bool(faults) and not any(faults.values()) for faults in told)
    return whole, sum(not fault for fault in flows), sum(bool(fault) for fault in flows)


async def _played(target: Ours, grant: Grant, program: str, folder: Path) -> dict[str, str]:
    """The flows of one program, each with its fault or an empty text."""
    lent, faults = Lent(target, grant), dict[str, str]()
    try:
        async with asyncio.timeout(_LONGEST_S), _started(target, grant, program, folder) as talking:
            async for line in talking.stdout:
                await _heard(json.loads(line), lent, talking, faults)
            if await talking.wait() != 0:
                faults["whole"] = f"ended with {talking.returncode}"
    except TimeoutError:
        faults["whole"] = f"not done after {_LONGEST_S} s"
    finally:
        await lent.close()
    for flow, fault in faults.items():
        print(f"{'FAILED' if fault else 'ok'} {program}: {flow} {fault}".rstrip(), flush=True)
    return faults


async def _heard(said: dict[str, Any], lent: Lent, talking: Any, faults: dict[str, str]) -> None:
    if "flow" in said:
        faults[said["flow"]] = said.get("fault", "")
        return
    try:
        answer = await lent.serve(said)
    except AssertionError as error:
        answer = {"fault": str(error)}
    talking.stdin.write(json.dumps(answer).encode() + b"\n")
    await talking.stdin.drain()


@contextlib.asynccontextmanager
async def _started(target: Ours, grant: Grant, program: str, folder: Path) -> AsyncIterator[Any]:
    command = ["node", folder / program] if program.endswith(".mjs") else [sys.executable, HERE / program]
    settings = {
        "issuer": target.issuer,
        "clients": {client.id: _told(client) for client in target.clients.all},
        "authorisation": grant.authorisation,
    }
    talking = await asyncio.create_subprocess_exec(
        *(os.fspath(word) for word in command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "CONFORMANCE": json.dumps(settings)},
        cwd=folder,
    )
    try:
        yield talking
    finally:
        with contextlib.suppress(ProcessLookupError):
            talking.kill()
        await talking.wait()


def _told(client: Any) -> dict[str, Any]:
    return {
        "id": client.id,
        "auth": client.auth,
        "secret": client.secret,
        "key": client.key.as_dict(private=True) if client.key else None,
        "redirect_uri": client.redirect_uri,
        "after_sign_out": client.after_sign_out,
    }
