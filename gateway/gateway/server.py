"""The server strangers speak to: uvicorn on uvloop and httptools, with bounds on heads, our own 400, and a drain."""

import asyncio
import contextlib
import math
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.app import Gateway
from gateway.sending import carried_out


class HeadRefused(ValueError):
    """A head larger than we read."""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a bound on a head's size and time, and 400s in the house's shape.

    Between requests uvicorn closes an idle connection itself; it has no bound on a connection that never asks, on a
    head that never ends, or on a head's size. The gateway it serves is `config.app`.
    """

    _head_since: float | None = None
    _head_size = 0
    _head_read = 0
    _refused_at: float | None = None
    _idle_since: float | None = None
    _closing_since: float | None = None

    @property
    def _gateway(self) -> Gateway:
        gateway = self.config.app
        assert isinstance(gateway, Gateway)
        return gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._head_since = self.loop.time()
        self._sizes = self._gateway.limits.sizes
        if len(self.connections) > self._sizes.connections:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._idle_since = None
        self._head_since = self.loop.time()
        self._head_size = self._head_read = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._sizes.url:
            raise HeadRefused

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        if self._head_size > self._sizes.head:
            raise HeadRefused
        if self._head_since is None:
            return  # a trailer: uvicorn would put it among the headers of the request
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._head_since = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        if self._refused_at is not None:
            return
        within = self._head_since is not None
        super().data_received(data)
        if within and self._head_since is not None:
            # The parser keeps a header to itself until its line ends: this bounds a line that never does.
            self._head_read += len(data)
            if self._head_read > self._sizes.head * 2:
                self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read; but what could be read before it on this connection is answered first."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False
                self.flow.pause_reading()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if not self.transport.is_closing():
            # Our side is closed, theirs is listened to for a moment: a reset would take the answer away from them.
            self._refused_at = self.loop.time()
            self._head_since = None
            self.transport.write(self._gateway.unreadable())
            self.transport.write_eof()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.tasks.add(self.loop.create_task(carried_out(app, cycle, self.tasks)))

    def on_response_complete(self) -> None:
        """As uvicorn's, but the idle connection is timed by `look` instead of a timer for every answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._head_since is None:
            self._idle_since = self.loop.time()

    def look(self, now: float) -> None:
        """End what is late: a head, an idle connection, a refused client's time to read, an answer nobody fetches."""
        times = self._gateway.limits.times
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > times.client_stall:
                self.transport.abort()
        elif (
            _passed(self._refused_at, times.linger, now)
            or _passed(self._idle_since, times.keep_alive, now)
            or _passed(self._head_since, times.head, now)
        ):
            self.transport.close()
        elif _passed(self._idle_since, times.client_stall, now) and self.transport.get_write_buffer_size():
            self.transport.abort()


def _passed(since: float | None, seconds: float, now: float) -> bool:
    return since is not None and now - since > seconds


class GatewayServer(uvicorn.Server):
    """Serves a gateway. A first signal makes it not ready, a moment later it accepts no more, then it finishes what it
    has begun; a second signal ends the waiting. `signals=False` inside a process that handles them itself."""

    def __init__(self, gateway: Gateway, *, host: str, port: int, signals: bool = True) -> None:
        times = gateway.limits.times
        super().__init__(
            uvicorn.Config(
                gateway,
                host=host,
                port=port,
                http=GuardedProtocol,
                ws="none",
                loop="uvloop",
                interface="asgi3",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=math.ceil(times.keep_alive),
                timeout_graceful_shutdown=math.ceil(times.drain),
            )
        )
        self._gateway = gateway
        self._signals = signals
        self._accept_until = math.inf

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    def drain(self) -> None:
        """Stop in order: not ready, then no new connection, then finish."""
        if self._gateway.draining:
            self.should_exit = self.force_exit = True
            return
        self._gateway.draining = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.drain()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self._signals:
            yield
            return
        with super().capture_signals():
            yield

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        if self._gateway.draining:
            self._accept_until = min(self._accept_until, now + self._gateway.limits.times.drain_notice)
            self.should_exit = self.should_exit or now >= self._accept_until
        for connection in list(self.server_state.connections):
            if isinstance(connection, GuardedProtocol):
                connection.look(now)
        return await super().on_tick(counter)
