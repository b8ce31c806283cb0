"""All simulators put together: one HTTP application, one SMPP server, one SMTP server over one database."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.database import Database
from partners.simulators import (
    bank,
    control,
    dues,
    ministries,
    operator,
    pages,
    payments,
    ports,
    post,
    printing,
    registry,
    wire,
)
from partners.simulators.courier import Courier
from partners.simulators.faults import FaultyWire
from partners.simulators.herald import Herald
from partners.simulators.mailbox import MailServer
from partners.simulators.operator import Operator
from partners.simulators.settings import PartnersSettings
from partners.simulators.world import World

_STOP_S = 3.0
_LOOK_S = 0.01
_TICK_S = 0.1  # uvicorn's own


@dataclass
class Simulators:
    """The running set. `start` binds every port; afterwards `http_port`, `smpp_port` and `smtp_port` are known."""

    world: World
    app: ASGIApp
    api: FastAPI
    courier: Courier
    herald: Herald
    operator: Operator
    mail: MailServer
    http_port: int = 0
    smpp_port: int = 0
    _server: "QuietServer | None" = None
    _serving: asyncio.Task[None] | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def smtp_port(self) -> int:
        return self.mail.port

    def url(self, body: str = "") -> str:
        """The address of a body, as its client takes it; without a name the address of all."""
        address = f"http://{self.world.settings.host}:{self.http_port}"
        return f"{address}/{body}" if body else address

    def routes(self) -> list[str]:
        """Every path that is answered, for people who want to look."""
        return sorted(self.api.openapi()["paths"])

    async def start(self, *, serve_http: bool = True) -> None:
        """Begin the world and listen. With `serve_http` false somebody else serves `app`."""
        settings = self.world.settings
        await self.world.begin()
        self.smpp_port = settings.smpp_port or _free_port(settings.host)
        await self.operator.start(settings.host, self.smpp_port)
        await self.mail.start(settings.host, settings.smtp_port)
        if serve_http:
            await self._serve()
        self._tasks.append(asyncio.create_task(self.courier.run(), name="post callbacks"))
        self._tasks.append(asyncio.create_task(self.herald.run(), name="registry notices"))
        if settings.post_walks:
            self._tasks.append(asyncio.create_task(self.courier.walk(), name="post walks"))

    async def stop(self) -> None:
        """Stop listening and give the connections back."""
        if self._server is not None and self._serving is not None:
            self._server.leave()
            await self._serving
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.operator.stop()
        await self.mail.stop()
        await self.courier.close()
        await self.herald.close()
        await self.world.database.close()

    async def _serve(self) -> None:
        settings = self.world.settings
        listening = socket.create_server((settings.host, settings.port))
        self.http_port = listening.getsockname()[1]
        config = uvicorn.Config(
            self.app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=int(_STOP_S)
        )
        self._server = QuietServer(config)
        self._serving = asyncio.create_task(self._server.serve([listening]), name="simulators http")
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 - uvicorn has no event to await
            await asyncio.sleep(_LOOK_S)


class QuietServer(uvicorn.Server):
    """Leaves signals to the process it runs in, and leaves at once when told, without uvicorn's pauses."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        self.should_exit = True
        self._leaving.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), _TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, which waits a moment for answers under way also when there are none."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # closed connections take themselves off the list
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)


def create_simulators(settings: PartnersSettings, clock: Clock) -> Simulators:
    """Put the simulators together around a clock that may be the platform's own. Nothing is opened yet."""
    world = World(settings, clock, Database(settings.database_url, pool_size=settings.pool_size, name="partners"))
    texts, courier, herald = Texts("partners"), Courier(world), Herald(world)
    app = FastAPI(title="Outside bodies, simulated", docs_url=None, redoc_url=None)
    wire.speak(app, world)
    for router in (
        registry.routes(world),
        ministries.labour_routes(world),
        ministries.health_routes(world),
        ministries.insurance_routes(world),
        dues.routes(world, texts),
        payments.routes(world),
        printing.routes(world),
        post.routes(world),
        ports.routes(world),
        operator.routes(world),
    ):
        app.include_router(router)
    if settings.in_development:
        app.include_router(bank.routes(world, texts))
        app.include_router(control.routes(world, courier, herald))
        app.include_router(pages.routes(world, texts, courier))
    return Simulators(world, FaultyWire(app, world.faults), app, courier, herald, Operator(world), MailServer(world))


def _free_port(host: str) -> int:
    """A port for the SMPP library, which cannot tell which one it took."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
