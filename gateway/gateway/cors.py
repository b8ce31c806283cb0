"""Cross-origin reading for the origins an operator names; off unless there are some. Cookies are never shared."""

from typing import Any

from gateway.bodies import Message
from gateway.forward import Send
from gateway.visit import ALLOW, Visit

_HEADERS = b"authorization, content-type, idempotency-key, accept-language, if-match, traceparent"
_EXPOSED = b"x-request-id, retry-after, location, etag, ratelimit, content-language"
_KEPT = b"600"


class Cors:
    """Answers preflights and marks answers for the named origins only."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def _origin(self, scope: Any) -> bytes | None:
        found = [value for name, value in scope["headers"] if name == b"origin"]
        return found[0] if len(found) == 1 and found[0] in self._origins else None

    def is_preflight(self, scope: Any) -> bool:
        """Whether a browser of a named origin asks beforehand."""
        return (
            scope["method"] == "OPTIONS"
            and self._origin(scope) is not None
            and any(name == b"access-control-request-method" for name, _ in scope["headers"])
        )

    async def preflight(self, visit: Visit, send: Send) -> None:
        """Say what may be sent; the origin itself is added to every answer by `on`."""
        visit.route, visit.status = "preflight", 204
        headers = [
            (b"access-control-allow-methods", ALLOW),
            (b"access-control-allow-headers", _HEADERS),
            (b"access-control-max-age", _KEPT),
            (b"x-request-id", visit.request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def on(self, scope: Any, send: Send) -> Send:
        """A `send` that names the origin on answers to it."""
        origin = self._origin(scope)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (b"vary", b"Origin")]
                if origin is not None:
                    headers += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
                message = {**message, "headers": headers}
            await send(message)

        return marked
