"""Numbers for requests: UUID version 7, drawn cheaply, and the trace context a request carries when it brought none."""

import os
from collections.abc import Callable

_DRAWN_AT_ONCE = 512


class RequestIds:
    """Makes request ids in order of time. Randomness is drawn in bulk: one system call for many requests."""

    __slots__ = ("_at", "_now", "_random")

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` answers seconds since the epoch."""
        self._now = now
        self._random = ""
        self._at = 0

    def _draw(self, digits: int) -> str:
        at = self._at
        drawn = self._random[at : at + digits]
        if len(drawn) < digits:
            self._random = os.urandom(_DRAWN_AT_ONCE * 18).hex()
            drawn, at = self._random[:digits], 0
        self._at = at + digits
        return drawn

    def next(self) -> str:
        """A new UUIDv7, as text with dashes."""
        time = f"{int(self._now() * 1000):012x}"
        drawn = self._draw(19)
        variant = "89ab"[int(drawn[3], 16) & 3]
        return f"{time[:8]}-{time[8:]}-7{drawn[:3]}-{variant}{drawn[4:7]}-{drawn[7:]}"

    def traceparent(self, request_id: str) -> str:
        """A trace of its own for a request that brought none: the trace id is the request id without its dashes."""
        return f"00-{request_id.replace('-', '')}-{self._draw(16)}-01"
