"""One kept connection to a service: writes a request's bytes, reads one answer at a time with httptools.

The other end is one of our own services, so the answer is trusted to mean well, not to be well formed.
"""

import asyncio
from typing import Any

import httptools

_FINAL_FROM = 200


class Lost(Exception):
    """The connection ended before one byte of the answer had come."""


class Late(Exception):
    """The answer did not come in time."""


class Broken(Exception):
    """What came is not an HTTP answer, or ends in the middle of one."""


class Connection(asyncio.Protocol):
    """Either idle in its pool or carrying exactly one exchange. All times are loop times (seconds)."""

    __slots__ = (
        "_buffered", "_can_write", "_failure", "_headless", "_heard", "_interim", "_loop", "_parser", "_reading_paused",
        "_until_end", "_waiter", "_window", "chunks", "deadline", "done", "head_done", "headers", "idle_since",
        "overall", "reusable", "reused", "status", "transport",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, window: int) -> None:
        self._loop = loop
        self._window = window
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._can_write: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self.transport: asyncio.Transport = None  # type: ignore[assignment]
        self.idle_since = 0.0
        self.reused = False
        self._idle()

    def _idle(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: list[bytes] = []
        self.status = 0
        self.deadline = self.overall = float("inf")
        self.done = self.reusable = True
        self.head_done = self._interim = self._heard = self._headless = self._reading_paused = self._until_end = False
        self._buffered = 0

    # --- the exchange

    def begin(self, request: bytes, *, headless: bool, deadline: float, overall: float) -> None:
        """Send a request's first bytes. `headless`: the answer to a HEAD has no body, whatever its length says."""
        self.headers = []
        self.chunks = []
        self.done = self.head_done = self._heard = False
        self._headless = headless
        self.deadline = deadline
        self.overall = overall
        self.transport.write(request)

    async def write(self, data: bytes) -> None:
        """Send more of the body, waiting for room first."""
        if self._can_write is not None:
            await self._can_write
        if self._failure is None and not self.transport.is_closing():
            self.transport.write(data)

    def news(self) -> "asyncio.Future[None]":
        """What to wait for: something has come, or the exchange has failed. Raises Lost, Late, Broken, or what `fail`
        was given. A future and not a coroutine: every request waits here once."""
        if self._failure is not None:
            raise self._failure
        self._waiter = waiter = self._loop.create_future()
        return waiter

    async def head(self) -> None:
        """Until the answer's head has come. Raises as `news` does."""
        while not self.head_done:
            await self.news()

    async def more(self) -> bytes:
        """The next part of the answer's body; b"" with `done` set when it is over. Raises as `news` does."""
        while not self.chunks and not self.done:
            await self.news()
        return self.take()

    def take(self) -> bytes:
        """What of the body has come so far."""
        chunks = self.chunks
        if len(chunks) == 1:
            data = chunks[0]
            chunks.clear()
        else:
            data = b"".join(chunks)
            self.chunks = []
        self._buffered = 0
        if self._reading_paused:
            self._reading_paused = False
            self.transport.resume_reading()
        return data

    def end(self, now: float) -> bool:
        """Close the exchange; True when the connection can carry another one."""
        usable = self.done and self.reusable and self._failure is None and not self.transport.is_closing()
        if not usable:
            self.transport.abort()
            return False
        if self._headless:
            # llhttp cannot be told that a HEAD's answer has no body: this parser still waits for one.
            self._parser = httptools.HttpResponseParser(self)
        self._idle()
        self.idle_since = now
        self.reused = True
        return True

    def fail(self, failure: Exception) -> None:
        """End the exchange from our side."""
        if self._failure is None:
            self._failure = failure
        self._wake()
        if self.transport is not None:
            self.transport.abort()

    def _wake(self) -> None:
        for waiter in (self._waiter, self._can_write):
            if waiter is not None and not waiter.done():
                waiter.set_result(None)

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.done:
            # Nobody asked: whatever this is, it must not become the next caller's answer.
            self.reusable = False
            self.transport.abort()
            return
        self._heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(Broken())
            return
        if self.head_done and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def eof_received(self) -> None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        if not self.done:
            if self.head_done and self._until_end and exc is None:
                self.done = True
            elif self._failure is None:
                self._failure = Broken() if self._heard else Lost()
        self._wake()

    def pause_writing(self) -> None:
        self._can_write = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None

    # --- httptools

    def on_message_begin(self) -> None:
        if self.head_done:
            raise ValueError("a second answer to one request")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser: Any = self._parser
        status: int = parser.get_status_code()
        if status < _FINAL_FROM:
            self._interim = True
            self.headers = []
            return
        self.status = status
        self.head_done = True
        if not parser.should_keep_alive():
            self.reusable = False
            names = {name.lower() for name, _ in self.headers}
            self._until_end = not names & {b"content-length", b"transfer-encoding"}
        if self._headless:
            self.done = True

    def on_body(self, body: bytes) -> None:
        if self.done:
            self.reusable = False
            return
        self.chunks.append(body)
        self._buffered += len(body)
        if self._buffered > self._window and not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        else:
            self.done = True
