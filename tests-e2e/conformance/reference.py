"""The certified npm oidc-provider as a target, and its broken twin: the same program with defects planted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, ClassVar

import httpx2

from conformance import node_programs
from conformance.pack.receiver import Receiver
from conformance.pack.target import ALGORITHM, Client, Clients, Person, Target, make_clients
from conformance.pack.web import open_web
from deploy.embedded.children import free_port

PASSWORD = "reference"  # of everybody at the reference target; interactions.mjs knows it
_READY_WITHIN_S = 15


class Reference(Target):
    """One running oidc-provider."""

    stopped_states = ("gone",)
    claims: ClassVar = {
        "profile": ("name", "given_name", "family_name", "locale"),
        "email": ("email", "email_verified"),
        "phone": ("phone_number", "phone_number_verified"),
        "address": ("address",),
    }

    def __init__(self, name: str, issuer: str, clients: Clients, receiver: Receiver) -> None:
        self.name, self.issuer, self.clients, self.receiver = name, issuer, clients, receiver
        self._numbers = itertools.count(1)

    async def person(self) -> Person:
        account = f"person-{next(self._numbers)}"
        return Person(account, {"login": account, "password": PASSWORD})

    async def rotate_keys(self) -> None:
        await self._control("rotate-keys")

    async def stop(self, person: Person, state: str) -> None:
        await self._control("stop", account=person.account)

    async def _control(self, what: str, **words: str) -> None:
        async with open_web() as web:
            (await web.post(f"{self.issuer}/control/{what}", params=words)).raise_for_status()


@contextlib.asynccontextmanager
async def running(*, defects: Iterable[str] = ()) -> AsyncIterator[Reference]:
    """Start it on a free port, and stop it. Raises RuntimeError when it does not come up."""
    folder = node_programs.install()
    defects, port, receiver, clients = tuple(defects), free_port(), Receiver(), make_clients()
    await receiver.start()
    issuer = f"http://127.0.0.1:{port}"
    settings = {"issuer": issuer, "port": port, "clients": _registered(clients, receiver)}
    name = f"twin-{defects[0]}" if defects else "oidc-provider"
    log_path = folder / f"{name}.log"
    with log_path.open("wb") as log:
        environment = {"CONFORMANCE": json.dumps(settings), "DEFECTS": ",".join(defects)}
        program = node_programs.start("oidc_provider.mjs", log=log, **environment)
        try:
            await _ready(issuer, log_path)
            yield Reference(name, issuer, clients, receiver)
        finally:
            node_programs.stop(program)
            await receiver.stop()


def _registered(clients: Clients, receiver: Receiver) -> list[dict[str, Any]]:
    return [_row(client, receiver) for client in clients.all]


def _row(client: Client, receiver: Receiver) -> dict[str, Any]:
    row: dict[str, Any] = {
        "client_id": client.id,
        "redirect_uris": [client.redirect_uri],
        "post_logout_redirect_uris": [client.after_sign_out],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "token_endpoint_auth_method": client.auth,
        "backchannel_logout_uri": receiver.url(client.id),
        "backchannel_logout_session_required": True,
        "require_auth_time": True,
    }
    if client.secret:
        row["client_secret"] = client.secret
    if client.key is not None:
        row["jwks"] = {"keys": [client.key.as_dict(private=False)]}
        row["token_endpoint_auth_signing_alg"] = ALGORITHM
        row["grant_types"] = [*row["grant_types"], "client_credentials"]
    return row


async def _ready(issuer: str, log: Any) -> None:
    async with open_web() as web:
        for _ in range(_READY_WITHIN_S * 20):
            with contextlib.suppress(httpx2.TransportError):
                if (await web.get(f"{issuer}/.well-known/openid-configuration")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"oidc-provider does not answer: {log.read_text()[-1000:]}")
