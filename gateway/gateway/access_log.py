"""One JSON line a request, in the words of the house's logs. Lines are gathered and written together: a line by itself
would cost a fifth of the request it tells of."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

import orjson

from gateway.forward import Visit


class AccessLog:
    """Never holds a query, a header's value, an address or a path below its route's prefix."""

    def __init__(self, now: Callable[[], datetime], held: float, stream: TextIO | None = None) -> None:
        """`held`: seconds a line may wait for others."""
        self._now = now
        self._held = held
        self._stream = stream
        self._lines: list[dict[str, Any]] = []

    def tell(self, visit: Visit, seconds: float) -> None:
        """Note one answered request."""
        line: dict[str, Any] = {
            "event": "request.answered",
            "service": "gateway",
            "level": "info",
            "timestamp": self._now(),
            "method": visit.method if visit.method.isalpha() else "other",
            "route": visit.route,
            "upstream": visit.service,
            "status": visit.status,
            "ms": round(seconds * 1000, 1),
            "request_id": visit.request_id,
        }
        if visit.head is not None:
            if visit.head.traceparent is not None:
                line["trace_id"] = visit.head.traceparent[3:35].decode()
            if visit.head.caller_request_id is not None:
                line["caller_request_id"] = visit.head.caller_request_id
        if not self._lines:
            asyncio.get_running_loop().call_later(self._held, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Write what is held."""
        lines, self._lines = self._lines, []
        if lines:
            option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
            stream = self._stream or sys.stderr
            stream.write(b"".join([orjson.dumps(line, option=option) for line in lines]).decode())
            stream.flush()
