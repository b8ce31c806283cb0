"""The whole platform in one process: gateway, six services, portal and the simulated outside bodies on loopback ports."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import uvicorn

from chassis.clock import Clock
from chassis.collecting import spare_what_stays
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from chassis.migrations import migrate
from chassis.process import Blueprint
from chassis.telemetry import logs
from chassis.wiring import Service
from deploy.embedded.databases import (
    Passwords,
    ServiceDatabase,
    create_service_database,
    described,
    shut_shared_databases,
)
from deploy.embedded.folder import RunFolder
from deploy.embedded.postgres import Cluster
from gateway.app import create_gateway
from gateway.server import GatewayServer
from gateway.settings import Settings as GatewaySettings
from partners.simulators.app import create_simulators
from partners.simulators.settings import PartnersSettings
from portal.app import create_portal
from portal.settings import PortalSettings

SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")
BODIES = ("registry", "labour", "health", "insurance", "dues", "payments", "printing", "post", "ports")
READY_WITHIN_S = 30.0
Say = Callable[[str], None]


class _Server(uvicorn.Server):
    """A server among others in this process: signals are the platform's, not its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Platform:
    """One running platform. Use `async with running(...)`."""

    folder: RunFolder
    public_url: str
    cluster: Cluster
    clock: Clock
    ports: dict[str, int]
    databases: dict[str, ServiceDatabase] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    sign_ins: list[dict[str, str]] = field(default_factory=list)
    simulators: Any = None

    @property
    def simulators_url(self) -> str:
        """Where the outside bodies answer, and where a developer sees texts and mail."""
        return f"http://127.0.0.1:{self.ports['partners']}"


@contextlib.asynccontextmanager
async def running(folder: Path, *, public_port: int, say: Say = print) -> AsyncIterator[Platform]:
    """Start everything in the folder, yield when all of it answers, and stop it in order."""
    run = RunFolder(folder)
    run.lock()
    with (run.log / "platform.log").open("a", buffering=1) as log:
        logs.configure("INFO", log)
        cluster = Cluster(run.data / "postgresql", log_dir=run.log, password_file=run.secrets / "postgresql")
        say("starting PostgreSQL")
        cluster.start()
        try:
            platform = Platform(
                run,
                f"http://localhost:{public_port}",
                cluster,
                Clock(sandbox=True),
                run.ports([*SERVICES, "partners", "smpp", "smtp", "portal"]) | {"gateway": public_port},
            )
            await _prepare_databases(platform, say)
            async with _serving(platform, say, log):
                yield platform
        finally:
            cluster.stop()


async def _prepare_databases(platform: Platform, say: Say) -> None:
    admin = platform.cluster.dsn()
    await shut_shared_databases(admin)
    for name in (*SERVICES, "partners"):
        passwords = Passwords(
            owner=platform.folder.secret(f"database-{name}-owner"),
            run=platform.folder.secret(f"database-{name}"),
            verify=platform.folder.secret("database-verify"),
        )
        platform.databases[name] = described(admin, name, passwords)
        await create_service_database(admin, name, passwords)
        await migrate(name, platform.databases[name].owner_dsn)
    say(f"{len(platform.databases)} databases are ready")


@contextlib.asynccontextmanager
async def _serving(platform: Platform, say: Say, log: TextIO) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        tasks: list[asyncio.Task[Any]] = []
        platform.simulators = create_simulators(_partner_settings(platform), platform.clock)
        await platform.simulators.start(serve_http=False)
        stack.push_async_callback(platform.simulators.stop)
        bus = MemoryBus()
        servers: list[uvicorn.Server] = [_server(platform.simulators.app, platform.ports["partners"])]
        for name in SERVICES:
            blueprint: Blueprint = importlib.import_module(f"{name}.blueprint").BLUEPRINT
            service = blueprint.create_service(_service_settings(platform, blueprint), platform.clock)
            stack.push_async_callback(service.close)
            platform.services[name] = service
            servers.append(_server(wrapped(blueprint.create_api(service)), platform.ports[name]))
            tasks.append(asyncio.create_task(blueprint.create_worker(service, bus).run(stopping), name=name))
        servers.append(_server(create_portal(_portal_settings(platform)), platform.ports["portal"]))
        gateway = create_gateway(_gateway_settings(platform), log)
        servers.append(GatewayServer(gateway, host="127.0.0.1", port=platform.ports["gateway"], signals=False))
        serving = [asyncio.create_task(server.serve()) for server in servers]
        try:
            await _all_started(servers, serving)
            platform.sign_ins = await _seed(platform)
            spare_what_stays()
            say("gateway, six services, portal and the outside bodies answer")
            yield
        finally:
            for server in reversed(servers):
                server.should_exit = True
            stopping.set()
            await asyncio.gather(*serving, *tasks, return_exceptions=True)


def _server(app: Any, port: int) -> _Server:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        lifespan="auto",
    )
    return _Server(config)


async def _all_started(servers: list[uvicorn.Server], serving: list[asyncio.Task[None]]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not all(server.started for server in servers):
        for task in serving:
            if task.done() and (failure := task.exception()) is not None:
                raise failure
        if time.monotonic() > deadline:
            late = [server.config.port for server in servers if not server.started]
            raise TimeoutError(f"not answering on ports {late} after {READY_WITHIN_S:.0f} s")
        await asyncio.sleep(0.02)


def _service_settings(platform: Platform, blueprint: Blueprint) -> Any:
    """Every setting a service may have here; only those it knows are given."""
    sms_records = f"{platform.simulators_url}/sms"
    offered: dict[str, Any] = {
        "environment": "development",
        "database_url": platform.databases[blueprint.name].run_dsn,
        "owner_database_url": platform.databases[blueprint.name].owner_dsn,
        "public_url": platform.public_url,
        "identity_url": f"http://127.0.0.1:{platform.ports['identity']}",
        "gateway_url": f"http://127.0.0.1:{platform.ports['gateway']}",
        "secrets_dir": platform.folder.secrets,
        "sms_host": "127.0.0.1",
        "sms_port": platform.ports["smpp"],
        "sms_records_url": sms_records,
        "mail_host": "127.0.0.1",
        "mail_port": platform.ports["smtp"],
        "mail_records_url": f"{platform.simulators_url}/mail",
        **{f"{body}_url": f"{platform.simulators_url}/{body}" for body in BODIES},
    }
    known = blueprint.settings.model_fields
    return blueprint.settings(**{name: value for name, value in offered.items() if name in known})


def _partner_settings(platform: Platform) -> PartnersSettings:
    return PartnersSettings(
        environment="development",
        database_url=platform.databases["partners"].run_dsn,
        secrets_dir=platform.folder.secrets,
        smpp_port=platform.ports["smpp"],
        smtp_port=platform.ports["smtp"],
        callback_url=f"http://127.0.0.1:{platform.ports['gateway']}/callbacks/post",
        notice_url=f"http://127.0.0.1:{platform.ports['gateway']}/callbacks/registry",
    )


def _gateway_settings(platform: Platform) -> GatewaySettings:
    upstreams = {name: f"http://127.0.0.1:{platform.ports[name]}" for name in (*SERVICES, "portal")}
    return GatewaySettings(
        environment="development", public_url=platform.public_url, upstreams=upstreams, port=platform.ports["gateway"]
    )


def _portal_settings(platform: Platform) -> PortalSettings:
    return PortalSettings(
        environment="development",
        public_url=platform.public_url,
        gateway_url=f"http://127.0.0.1:{platform.ports['gateway']}",
        secrets_dir=platform.folder.secrets,
    )


async def _seed(platform: Platform) -> list[dict[str, str]]:
    """A handful of people to sign in as; identity makes them once and tells them at every start."""
    seed = importlib.import_module("identity.seeds").seed
    sign_ins: list[dict[str, str]] = await seed(platform.services["identity"])
    return sign_ins
