"""What the gateway answers itself: health, the merged contract, the overview for operators. Read only."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from chassis.catalogue import Texts, language_of
from gateway import contract, overview
from gateway.forward import Send
from gateway.health import READY, Health
from gateway.problems import Refusal
from gateway.settings import Settings
from gateway.visit import Visit

if TYPE_CHECKING:
    from gateway.app import Gateway

Handler = Callable[[Visit, Any, Send], Awaitable[None]]
_JSON = b"application/json"


class OwnPages:
    """Finds and answers the gateway's own addresses."""

    def __init__(self, gateway: "Gateway", health: Health, texts: Texts, settings: Settings) -> None:
        self._gateway = gateway
        self._health = health
        self._texts = texts
        self._answers = gateway.answers
        self._document = orjson.dumps(contract.merged(contract.folder(settings), settings.public_url))
        self._pages: dict[bytes, Handler] = {
            b"/health": self._health_of_all,
            b"/health/live": self._live,
            b"/health/ready": self._ready,
            b"/openapi.json": self._openapi,
            b"/docs": self._docs,
            b"/ops": self._overview,
        }

    def find(self, path: bytes) -> Handler | None:
        """The handler of one of our own addresses, for reading."""
        return self._pages.get(path)

    async def _health_of_all(self, visit: Visit, _: Any, send: Send) -> None:
        states = await self._health.of_all()
        well = all(state == READY for state in states.values()) and not self._gateway.draining
        body = orjson.dumps({"status": "ready" if well else "degraded", "services": states})
        await self._say(visit, send, 200 if well else 503, _JSON, body)

    async def _live(self, visit: Visit, _: Any, send: Send) -> None:
        await self._say(visit, send, 200, _JSON, b'{"status":"live"}')

    async def _ready(self, visit: Visit, _: Any, send: Send) -> None:
        draining = self._gateway.draining
        body = b'{"status":"draining"}' if draining else b'{"status":"ready"}'
        await self._say(visit, send, 503 if draining else 200, _JSON, body)

    async def _openapi(self, visit: Visit, _: Any, send: Send) -> None:
        await self._say(visit, send, 200, _JSON, self._document)

    async def _docs(self, visit: Visit, scope: Any, send: Send) -> None:
        spoken = self._spoken(scope)
        page = overview.docs(orjson.loads(self._document), self._texts, spoken)
        await self._say(
            visit,
            send,
            200,
            overview.MEDIA_TYPE,
            page.encode(),
            (b"content-language", spoken.encode()),
            overview.POLICY,
        )

    async def _overview(self, visit: Visit, scope: Any, send: Send) -> None:
        spoken = self._spoken(scope)
        page = overview.operators(await self._health.of_all(), self._texts, spoken)
        await self._say(
            visit,
            send,
            200,
            overview.MEDIA_TYPE,
            page.encode(),
            (b"content-language", spoken.encode()),
            overview.POLICY,
        )

    def _spoken(self, scope: Any) -> str:
        asked: str = parse_qs(scope["query_string"].decode("ascii")).get("lang", [""])[0]
        if asked in {"ar", "en"}:
            return asked
        accepted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
        spoken: str = language_of(accepted.decode("latin-1"))
        return spoken

    async def _say(
        self, visit: Visit, send: Send, status: int, media_type: bytes, body: bytes, *more: tuple[bytes, bytes]
    ) -> None:
        if visit.method not in {"GET", "HEAD"}:
            raise Refusal("method-not-allowed", headers=((b"allow", b"GET, HEAD"),))
        visit.status = status
        headers = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            *more,
        ]
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": self._answers.own(headers, visit.request_id.encode()),
            }
        )
        await send({"type": "http.response.body", "body": b"" if visit.method == "HEAD" else body})
