"""One service as the gateway sees it: kept connections, how many requests are there now, whether it answers at all."""

import asyncio
import math
from urllib.parse import urlsplit

from gateway.breaker import Breaker
from gateway.connection import Broken, Connection, Late, Lost
from gateway.limits import Cost, Limits
from gateway.problems import Refusal


class Unreachable(Exception):
    """No connection could be made: the service has certainly not heard of the request."""


def unavailable(service: str, wait: float, *, outcome: str) -> Refusal:
    """503 with when to come back (whole seconds). `outcome`: `not_sent`, or `unknown` when the service may have acted."""
    seconds = max(math.ceil(wait), 1)
    return Refusal(
        "service-unavailable",
        headers=((b"retry-after", str(seconds).encode()),),
        service=service,
        outcome=outcome,
        retry_after=seconds,
    )


class Upstream:
    """The connections to one service. Belongs to one event loop; times are loop times (seconds)."""

    def __init__(self, name: str, address: str, limits: Limits) -> None:
        parts = urlsplit(address)
        self.name = name
        self.host = parts.hostname or ""
        self.port = parts.port or 80
        self.breaker = Breaker(limits.breaker)
        self.in_flight = 0
        self._limits = limits
        self._times = limits.times
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()

    def admit(self, cost: Cost, now: float) -> None:
        """Raises the 503 refusal when the breaker is open or the class's share of the service is taken."""
        if self.breaker.opened and not self.breaker.allows(now):
            raise unavailable(self.name, self.breaker.wait(now), outcome="not_sent")
        if self.in_flight >= self._limits.upstream.in_flight * cost.share:
            raise unavailable(self.name, self._times.drain_notice, outcome="not_sent")

    def kept(self) -> Connection | None:
        """An idle connection that was open when we last heard, or None."""
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and not connection.transport.is_closing():
                self._busy.add(connection)
                return connection
        return None

    async def connect(self) -> Connection:
        """A new connection. Raises Unreachable."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._times.connect):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._limits.sizes.window), self.host, self.port
                )
        except (OSError, TimeoutError) as error:
            self.breaker.failed(loop.time())
            raise Unreachable from error
        self._busy.add(connection)
        return connection

    def release(self, connection: Connection, now: float) -> None:
        """The exchange is over: keep the connection if it can carry another."""
        self._busy.discard(connection)
        if connection.end(now):
            if len(self._idle) < self._limits.upstream.kept_connections:
                self._idle.append(connection)
            else:
                connection.transport.close()

    def sweep(self, now: float) -> None:
        """Fail what is late, close what has been idle too long."""
        for connection in [c for c in self._busy if now > c.deadline or now > c.overall]:
            connection.fail(Late())
        if self._idle and now - self._idle[0].idle_since > self._times.idle_upstream:
            old = [c for c in self._idle if now - c.idle_since > self._times.idle_upstream]
            self._idle = [c for c in self._idle if now - c.idle_since <= self._times.idle_upstream]
            for connection in old:
                connection.transport.close()

    def close(self) -> None:
        """Close every connection, finished or not."""
        for connection in [*self._idle, *self._busy]:
            connection.transport.abort()
        self._idle.clear()

    async def get(self, path: str, *, largest: int, seconds: float) -> tuple[int, bytes]:
        """A small inner GET of the gateway's own (health, keys): status and body. Raises Unreachable, Lost, Late, Broken."""
        loop = asyncio.get_running_loop()
        connection = self.kept() or await self.connect()
        until = loop.time() + seconds
        request = f"GET {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\naccept: application/json\r\n\r\n"
        try:
            connection.begin(request.encode(), headless=False, deadline=until, overall=until)
            await connection.head()
            body = b""
            while not connection.done:
                body += await connection.more()
                if len(body) > largest:
                    raise Broken
            return connection.status, body + connection.take()
        finally:
            self.release(connection, loop.time())


__all__ = ["Broken", "Late", "Lost", "Unreachable", "Upstream", "unavailable"]
