"""The answering half of a connection: an answer that is all there leaves in one write.

uvicorn's own half checks every header by two expressions and writes head and body apart, which cost more than the rest
of the gateway. Here headers come from a parser (the service's) or from our own tables, so neither can hold a line end.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_BODILESS = frozenset({204, 304})


class Sending:
    """`send` of one request, written onto uvicorn's cycle of that request."""

    __slots__ = ("_chunked", "_cycle", "_left", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Any = None
        self._chunked = False
        self._left: int | None = None

    async def send(self, message: Any) -> None:
        """ASGI's send. Raises nothing when the client has gone; the cycle then says `disconnected`."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected or cycle.response_complete:
            return
        parts: list[bytes] = []
        if not cycle.response_started:
            self._head(parts)
        body: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        self._body(parts, body, more=more)
        if parts:
            cycle.transport.write(b"".join(parts))
        if not more:
            self._end()

    def _head(self, parts: list[bytes]) -> None:
        cycle, start = self._cycle, self._start
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        status: int = start["status"]
        parts.append(STATUS_LINE[status])
        length: int | None = None
        closing = False
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        for name, value in start["headers"]:
            parts += (name, b": ", value, b"\r\n")
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                closing = True
        if closing:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        if cycle.scope["method"] == "HEAD" or status in _BODILESS:
            self._left = 0
        elif length is not None:
            self._left = length
        elif cycle.scope["http_version"] == "1.0":
            pass  # it ends with the connection: such a client knows no chunks
        else:
            self._chunked = True
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n")

    def _body(self, parts: list[bytes], body: bytes, *, more: bool) -> None:
        if self._chunked:
            if body:
                parts += (b"%x\r\n" % len(body), body, b"\r\n")
            if not more:
                parts.append(b"0\r\n\r\n")
        elif body:
            if self._left is not None:
                body = body[: self._left]
                self._left -= len(body)
            parts.append(body)

    def _end(self) -> None:
        cycle = self._cycle
        cycle.response_complete = True
        cycle.message_event.set()
        if self._left:
            cycle.keep_alive = False
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


async def carried_out(app: Any, cycle: RequestResponseCycle, tasks: set[asyncio.Task[None]]) -> None:
    """Run the application for one request; what it leaves unfinished ends the connection.

    `tasks` is where the server counts what it must wait for; the task takes itself out, which is cheaper than a callback.
    """
    try:
        await app(cycle.scope, cycle.receive, Sending(cycle).send)
    finally:
        if not cycle.response_complete and not cycle.disconnected:
            cycle.transport.close()
        cycle.on_response = _nothing
        tasks.discard(asyncio.current_task())


def _nothing() -> None:
    return None
