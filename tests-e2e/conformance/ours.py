"""svc-identity as a target: its own process, people with authenticators, keys rotated by its own command."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pyotp

from conformance.house import PASSWORD
from conformance.pack.receiver import Receiver
from conformance.pack.target import Client, Clients, Person, Target, make_clients
from conformance.pack.web import open_web
from deploy.embedded.children import free_port, start_child, stop_child

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_READY_WITHIN_S = 60
_PEOPLE_AT_ONCE = 40
_STEP_S = 30
_SCOPES = ["openid", "profile", "email", "phone", "address", "offline_access", "read"]
_GRANTS = ["authorization_code", "refresh_token"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Authenticator:
    """Somebody's authenticator. A code counts once; the provider takes that of the next step as well, so two can follow."""

    def __init__(self, secret: str) -> None:
        self._totp, self._newest = pyotp.TOTP(secret), 0

    async def code(self) -> str:
        while (step := max(self._newest + 1, now := int(time.time()) // _STEP_S)) > now + 1:
            await asyncio.sleep(1)
        self._newest = step
        return self._totp.at(step * _STEP_S)


class Ours(Target):
    """One running svc-identity."""

    name = "svc-identity"
    accept = (("word", "allow"), ("decision", "allow"))
    refuse = (("word", "refuse"), ("decision", "refuse"))
    refresh_grace_s = 10
    stopped_states = ("suspended", "deceased")
    # Nobody's address is known here; the scope is offered and gives nothing.
    claims: ClassVar = {
        "profile": ("name", "locale"),
        "email": ("email", "email_verified"),
        "phone": ("phone_number", "phone_number_verified"),
        "address": (),
    }

    def __init__(self, issuer: str, control: str, clients: Clients, receiver: Receiver, told: dict[str, Any]) -> None:
        self.issuer, self.clients, self.receiver = issuer, clients, receiver
        self.simulators_url: str = told["simulators_url"]
        self._environment: dict[str, str] = told["environment"]
        self._control = open_web(base_url=control)
        self._free: list[dict[str, str]] = []
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        await self._control.aclose()

    async def person(self) -> Person:
        async with self._lock:
            if not self._free:
                self._free = (await self._post(f"/people/{_PEOPLE_AT_ONCE}")).json()
            made = self._free.pop()
        code = Authenticator(made["totp_secret"]).code
        return Person(made["account"], {"number": made["number"], "password": PASSWORD, "code": code})

    async def rotate_keys(self) -> None:
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "identity", "rotate-keys", cwd=ROOT, env={**os.environ, **self._environment}
        )
        if await done.wait() != 0:
            raise RuntimeError("`python -m identity rotate-keys` failed")

    async def stop(self, person: Person, state: str) -> None:
        await self._post(f"/stop/{person.account}/{state}")

    def headers(self) -> dict[str, str]:
        return {"accept-language": "en"}

    async def foreign_token(self, ask: Callable[..., Awaitable[str]]) -> str:
        return str((await self._post("/foreign-token", json={"token": await ask()})).json()["token"])

    async def _post(self, path: str, **words: Any) -> httpx2.Response:
        return (await self._control.post(path, **words)).raise_for_status()


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Ours]:
    """Start it on free ports in an empty folder, and stop it. Raises RuntimeError when it does not come up."""
    receiver, clients = Receiver(), make_clients()
    await receiver.start()
    port, control_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder, (Path(folder) / "log").open("wb") as log:
        told = {"port": port, "control_port": control_port, "clients": [_row(c, receiver) for c in clients.all]}
        program = _start(Path(folder), told, log)
        try:
            ready = await _ready(program, Path(folder) / "log")
            target = Ours(
                f"http://127.0.0.1:{port}",
                f"http://127.0.0.1:{control_port}",
                clients,
                receiver,
                ready,
            )
            yield target
            await target.close()
        finally:
            stop_child(program, (signal.SIGTERM,), seconds_each=15)
            await receiver.stop()


def _start(folder: Path, told: dict[str, Any], log: Any) -> subprocess.Popen[bytes]:
    settings = folder / "settings.json"
    settings.write_text(json.dumps(told))
    with settings.open("rb") as words:
        return start_child([sys.executable, HERE / "house.py", folder], log=log, stdin=words, env=os.environ, cwd=ROOT)


async def _ready(program: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    for _ in range(_READY_WITHIN_S * 10):
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("ready "):
                return dict(json.loads(line.removeprefix("ready ")))
        if program.poll() is not None:
            break
        await asyncio.sleep(0.1)
    raise RuntimeError(f"svc-identity did not come up: {log.read_text(errors='replace')[-3000:]}")


def _row(client: Client, receiver: Receiver) -> dict[str, Any]:
    """A client as a row of identity's table."""
    grants = [*_GRANTS, DEVICE] + (["client_credentials"] if client.key else []) + ([EXCHANGE] if client.secret else [])
    return {
        "id": client.id,
        "name_ar": "برنامج الاختبار",
        "name_en": f"Test program {client.id}",
        "channel": "api",
        "secret_digest": hashlib.sha256(client.secret.encode()).hexdigest() if client.secret else None,
        "auth_method": client.auth,
        "jwks": {"keys": [client.key.as_dict(private=False)]} if client.key else None,
        "redirect_uris": [client.redirect_uri],
        "after_sign_out_uris": [client.after_sign_out],
        "scopes": _SCOPES,
        "grants": grants,
        "backchannel_logout_uri": receiver.url(client.id),
        "asks_consent": client.id == "first",
        # Another's: it knows people by names of its own, and its tokens open nothing of ours.
        "sector": "partner.example" if client.id == "second" else None,
    }
