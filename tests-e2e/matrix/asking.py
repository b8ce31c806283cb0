"""One HTTP request to an application in this process, and its answer; no socket and no client library between."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Asked:
    """A request. `query` and `body` are bytes as they go over the wire."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' + self.query if self.query else ''}"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    _told: list[Any] = field(default_factory=list, repr=False, compare=False)

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        if not self._told:
            try:
                self._told.append(json.loads(self.body))
            except ValueError:
                self._told.append(None)
        return self._told[0]

    @property
    def slug(self) -> str:
        told = self.json()
        return str(told.get("slug", "")) if isinstance(told, dict) else ""

    def essence(self) -> tuple[Any, ...]:
        """Everything by which two refusals could be told apart, the request's own id aside."""
        told = self.json()
        body = {k: v for k, v in told.items() if k != "request_id"} if isinstance(told, dict) else self.body
        headers = {k: v for k, v in self.headers.items() if k not in {"x-request-id", "content-length"}}
        return (
            self.status,
            json.dumps(body, sort_keys=True) if isinstance(body, dict) else body,
            sorted(headers.items()),
        )


async def ask(app: Any, asked: Asked) -> Answer:
    """Send it and read the whole answer."""
    sent = [(b"host", b"localhost:8080"), *((n.lower().encode(), v.encode("latin-1")) for n, v in asked.headers)]
    if asked.body:
        sent.append((b"content-length", str(len(asked.body)).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": quote(asked.path, safe="/:,%").encode(),
        "query_string": asked.query.encode(),
        "root_path": "",
        "headers": sent,
        "client": ("192.0.2.1", 40_000),
        "server": ("localhost", 8080),
        "state": {},
    }
    pending = [{"type": "http.request", "body": asked.body, "more_body": False}]
    started: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    headers = _folded(started.get("headers", ()))
    return Answer(int(started.get("status", 0)), headers, b"".join(parts))


def _folded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
