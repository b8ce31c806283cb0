"""svc-identity as a target's own process, behind the gateway: a private PostgreSQL, the simulated outside bodies, api and worker.

python house.py FOLDER   with JSON on standard input: port, control_port, clients (rows of the table `clients`)

Prints "ready {json}". `port` is the gateway's, as for everybody; a second port, for the pack only, makes people, stops accounts and forges tokens; nothing of it is
part of the service.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import uvicorn
from fastapi import FastAPI
from joserfc import jws

from chassis.authority import Principal
from chassis.clock import Clock, machine_now
from chassis.database import Sight
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from chassis.migrations import migrate
from contracts.authority import Actor
from deploy.embedded.children import free_port
from deploy.embedded.databases import Passwords, create_service_database
from deploy.embedded.postgres import Cluster
from gateway.app import create_gateway
from gateway.server import GatewayServer
from gateway.settings import Settings as GatewaySettings
from identity.actions.enrol import Person, staff_account
from identity.actions.suspend import suspend, suspend_deceased
from identity.app import create_api
from identity.domain.account import AccountFacts, Action
from identity.models import Account, Client
from identity.seeds import STAFF, seed
from identity.settings import IdentitySettings
from identity.wiring import Identity, create_service
from identity.worker import create_worker
from partners.testing import open_bodies

SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support", "portal")
_NOBODY = "http://127.0.0.1:1"
_COSTS = ("sign_in", "open_read", "act", "read", "page")
PASSWORD = "Conformance-2026"
SIGHT = Sight.system("conformance")
ADMINISTRATOR = next(each.number for each in STAFF if each.role == "administrator")


class People:
    """Makes members of staff who are nobody: name, e-mail, mobile and an authenticator, active at once."""

    def __init__(self, service: Identity) -> None:
        self._service = service
        self._made = 0
        self._hash = ""

    async def make(self, count: int) -> list[dict[str, str]]:
        service = self._service
        self._hash = self._hash or await service.passwords.hash(PASSWORD)
        told = []
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            for _ in range(count):
                self._made += 1
                account, secret = self._account(f"S-2{self._made:05}")
                session.add(account)
                facts = AccountFacts(today=service.clock.today(), kind=account.kind, second_factor_proved=True)
                account.move(
                    session, Action.ENROL, by=Actor.HOLDER, actor=account.person, facts=facts, now=service.clock.now()
                )
                await session.flush()
                told.append({"account": str(account.id), "number": account.person, "totp_secret": secret})
        return told

    def _account(self, number: str) -> tuple[Account, str]:
        service, secret = self._service, base64.b32encode(secrets.token_bytes(20)).decode()
        account = staff_account(service, number, Person("شخص للاختبار", "Test Person"))
        account.email = f"{number.lower()}@example.invalid"
        account.mobile = f"+96658{self._made:07}"
        account.mobile_index = service.cipher.index(account.mobile)
        account.password_hash, account.password_changed_at = self._hash, service.clock.now()
        account.totp_seed = secret
        return account, secret


def control_of(service: Identity, people: People) -> FastAPI:
    """What the pack may do to this target."""
    app = FastAPI()

    @app.post("/people/{count}")
    async def make_people(count: int) -> list[dict[str, str]]:
        return await people.make(count)

    @app.post("/stop/{account_id}/{state}")
    async def stop(account_id: UUID, state: str) -> None:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            if state == "suspended":
                administrator = Principal(ADMINISTRATOR, "staff", str(UUID(int=0)), "conformance")
                await suspend(service, session, administrator, account_id, "conformance")
            else:
                account = await session.get(Account, account_id, with_for_update=True)
                assert account is not None
                await suspend_deceased(service, session, account)

    @app.post("/foreign-token")
    async def forge(token: dict[str, str]) -> dict[str, str]:
        """The same token, signed by the same key, for another service's audience."""
        claims = json.loads(jws.extract_compact(token["token"].encode()).payload)
        return {"token": service.keys.sign({"typ": "at+jwt"}, claims | {"aud": "https://other.example/api"})}

    return app


async def add_clients(service: Identity, rows: list[dict[str, Any]]) -> None:
    """Register the pack's clients, as an operator would."""
    async with service.database.transaction(SIGHT, now=machine_now()) as session:
        session.add_all(Client(**row) for row in rows)


async def serve(folder: Path, told: dict[str, Any]) -> None:
    """Everything, until the process is ended."""
    cluster = Cluster(
        folder / "postgresql", log_dir=folder, password_file=folder / "password", options={"fsync": "off"}
    )
    cluster.start()
    try:
        databases = {}
        for name in ("identity", "partners"):
            passwords = Passwords(*(secrets.token_urlsafe(12) for _ in range(3)))
            databases[name] = await create_service_database(cluster.dsn(), name, passwords)
            await migrate(name, databases[name].owner_dsn)
        clock = Clock(sandbox=True)
        bodies = await open_bodies(databases["partners"].run_dsn, clock)
        settings = IdentitySettings(
            environment="development",
            database_url=databases["identity"].run_dsn,
            owner_database_url=databases["identity"].owner_dsn,
            public_url=f"http://127.0.0.1:{told['port']}",
            secrets_dir=folder / "secrets",
            registry_url=bodies.simulators.url("registry"),
            sms_host="127.0.0.1",
            sms_port=bodies.simulators.smpp_port,
            sms_records_url=bodies.simulators.url("sms"),
            argon2_memory_kib=8,
            argon2_passes=1,
        )
        service = create_service(settings, clock)
        await seed(service)
        await add_clients(service, told["clients"])
        stopping = asyncio.Event()
        working = asyncio.create_task(create_worker(service, MemoryBus()).run(stopping))
        inner_port = free_port()
        servers = [
            _server(wrapped(create_api(service)), inner_port),
            _server(control_of(service, People(service)), told["control_port"]),
            _front_door(folder, settings.public_url, told["port"], inner_port),
        ]
        serving = [asyncio.create_task(server.serve()) for server in servers]
        while not all(server.started for server in servers):
            await asyncio.sleep(0.02)
        print(
            "ready",
            json.dumps({"environment": _environment(settings), "simulators_url": bodies.simulators.url()}),
            flush=True,
        )
        await asyncio.gather(*serving)
        stopping.set()
        await working
        await service.close()
        await bodies.close()
    finally:
        cluster.stop()


def _environment(settings: IdentitySettings) -> dict[str, str]:
    """What `python -m identity …` has to be told to work on the same service."""
    return {
        "IDENTITY_ENVIRONMENT": settings.environment,
        "IDENTITY_DATABASE_URL": settings.database_url,
        "IDENTITY_SECRETS_DIR": str(settings.secrets_dir),
        "IDENTITY_PUBLIC_URL": settings.public_url,
    }


def _front_door(folder: Path, public_url: str, port: int, inner_port: int) -> GatewayServer:
    """The gateway as it always is, but for its rates: the pack is one address that signs in a hundred people a minute."""
    limits = folder / "limits.toml"
    limits.write_text("".join(f"[cost.{name}]\nrate = 1000\nburst = 1000\nshare = 1.0\n" for name in _COSTS))
    settings = GatewaySettings(
        environment="development",
        public_url=public_url,
        upstreams=dict.fromkeys(SERVICES, _NOBODY) | {"identity": f"http://127.0.0.1:{inner_port}"},
        port=port,
        limits_file=limits,
        access_log=False,
    )
    return GatewayServer(create_gateway(settings, sys.stderr), host="127.0.0.1", port=port, signals=False)


class _Quiet(uvicorn.Server):
    """One of several servers in this process: signals are the house's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _end_on_sigterm(servers: list[uvicorn.Server]) -> None:
    def end() -> None:
        for server in servers:
            server.should_exit = server.force_exit = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)


def _server(app: Any, port: int) -> uvicorn.Server:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="auto")
    return _Quiet(config)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(where, json.load(sys.stdin)))
