"""One JSON line a request, in the words of the house's logs. Lines are gathered and written together, and built by
hand: every part is a number, a name from our own tables, or text whose shape was checked, so nothing needs escaping."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import TextIO

from gateway.visit import Visit


class AccessLog:
    """Never holds a query, a header's value, an address or a path below its route's prefix."""

    def __init__(self, held: float, stream: TextIO | None = None) -> None:
        """`held`: seconds a line may wait for others."""
        self._held = held
        self._stream = stream
        self._lines: list[str] = []
        self._said: dict[tuple[str, str, int], tuple[str, str]] = {}
        self._second = 0
        self._stamp = ""

    def tell(self, visit: Visit, seconds: float) -> None:
        """Note one answered request."""
        now = visit.began + seconds
        second = int(now)
        if second != self._second:
            self._second = second
            self._stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        head = visit.head
        if head is None or head.traceparent is None:
            trace = visit.request_id.replace("-", "")
        else:
            trace = head.traceparent[3:35].decode()
        more = (
            "" if head is None or head.caller_request_id is None else f',"caller_request_id":"{head.caller_request_id}"'
        )
        if not self._lines:
            asyncio.get_running_loop().call_later(self._held, self.flush)
        key = (visit.verb, visit.route, visit.status)
        said = self._said.get(key) or self._learn(key, visit)
        self._lines.append(
            f"{said[0]}{self._stamp}.{int((now - second) * 1000):03d}Z{said[1]}{seconds * 1000:.1f}"
            f',"request_id":"{visit.request_id}","trace_id":"{trace}"{more}}}\n'
        )

    def _learn(self, key: tuple[str, str, int], visit: Visit) -> tuple[str, str]:
        """What all lines of a method, route and status have in common, before and after the moment."""
        start = '{"event":"request.answered","service":"gateway","level":"info","timestamp":"'
        rest = (
            f'","method":"{visit.verb}","route":"{visit.route}","upstream":"{visit.service}"'
            f',"status":{visit.status},"ms":'
        )
        self._said[key] = (start, rest)
        return start, rest

    def flush(self) -> None:
        """Write what is held."""
        lines, self._lines = self._lines, []
        if lines:
            stream = self._stream or sys.stderr
            stream.write("".join(lines))
            stream.flush()
