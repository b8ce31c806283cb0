"""A request's body on its way in: counted, timed, small ones read whole, big ones streamed as the service takes them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gateway.connection import Connection
from gateway.deadlines import Deadline
from gateway.problems import Refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class ClientGone(Exception):
    """The client went away in the middle of its request; nobody is left to answer."""


class Body:
    """Reads a body within its size (bytes) and until its deadline."""

    __slots__ = ("_deadline", "_limit", "_receive", "_taken", "complete")

    def __init__(self, receive: Receive, declared: int | None, limit: int, deadline: Deadline) -> None:
        self._receive = receive
        self._limit = limit
        self._deadline = deadline
        self._taken = 0
        self.complete = False
        if declared is not None and declared > limit:
            raise self._too_large()

    def _too_large(self) -> Refusal:
        return Refusal("body-too-large", closing=True, limit=self._limit)

    async def first(self, most: int) -> bytes:
        """The body up to about `most` bytes, or all of it (then `complete`). Raises Refusal, ClientGone."""
        try:
            with self._deadline:
                data = await self._next()
                if self.complete:
                    return data
                parts = [data]
                while not self.complete and self._taken < most:
                    parts.append(await self._next())
                return b"".join(parts)
        except TimeoutError:
            raise Refusal("body-late", closing=True) from None

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        data: bytes = message.get("body", b"")
        self._taken += len(data)
        if self._taken > self._limit:
            raise self._too_large()
        self.complete = not message.get("more_body", False)
        return data

    async def pump(self, connection: Connection, *, chunked: bool) -> None:
        """Send the rest to the service as it comes. What goes wrong ends the exchange with that as its failure."""
        try:
            with self._deadline:
                while not self.complete:
                    data = await self._next()
                    if data:
                        await connection.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
            if chunked:
                await connection.write(b"0\r\n\r\n")
        except TimeoutError:
            connection.fail(Refusal("body-late", closing=True))
        except (Refusal, ClientGone) as failure:
            connection.fail(failure)
