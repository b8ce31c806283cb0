"""Numbers for requests: UUID version 7, drawn cheaply, and the trace context a request carries when it brought none."""

import os

_DRAWN_AT_ONCE = 512
# Two bits of the digit say "RFC 9562", two stay random.
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class RequestIds:
    """Makes request ids in order of time. Randomness is drawn in bulk: one system call for many requests."""

    __slots__ = ("_at", "_milliseconds", "_random", "_time")

    def __init__(self) -> None:
        self._random = ""
        self._at = 0
        self._milliseconds = -1
        self._time = ""

    def _draw(self, digits: int) -> str:
        at = self._at
        drawn = self._random[at : at + digits]
        if len(drawn) < digits:
            self._random = os.urandom(_DRAWN_AT_ONCE * 18).hex()
            drawn, at = self._random[:digits], 0
        self._at = at + digits
        return drawn

    def next(self, now: float) -> str:
        """A new UUIDv7, as text with dashes, for a moment in seconds since the epoch."""
        milliseconds = int(now * 1000)
        if milliseconds != self._milliseconds:
            self._milliseconds = milliseconds
            time = f"{milliseconds:012x}"
            self._time = f"{time[:8]}-{time[8:]}-7"
        drawn = self._draw(19)
        return f"{self._time}{drawn[:3]}-{_VARIANTS[drawn[3]]}{drawn[4:7]}-{drawn[7:]}"

    def traceparent(self, request_id: str) -> str:
        """A trace of its own for a request that brought none: the trace id is the request id without its dashes."""
        return f"00-{request_id.replace('-', '')}-{self._draw(16)}-01"
