"""The outermost ASGI layer of every service: trace and request id, body limit, deadline, one log line, RED metrics."""

import asyncio
import time
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.identifiers import uuid7
from chassis.telemetry import traces
from chassis.telemetry.metrics import Metrics

BODY_LIMIT = 1 << 20
UPLOAD_LIMIT = 12 << 20
SERVICE_S = 5.0
log = structlog.get_logger()


class BodyTooLarge(HTTPException):
    """More bytes than the route takes were sent. An HTTPException, which the framework's body parser lets through."""

    def __init__(self) -> None:
        super().__init__(413)


class RequestContext:
    """Wraps the app; pure ASGI, because a function middleware costs more than the route."""

    def __init__(self, app: ASGIApp, service: str, metrics: Metrics, upload_paths: tuple[str, ...] = ()) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._upload_paths = upload_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        context = traces.continued(headers.get(b"traceparent"), headers.get(b"x-request-id") or str(uuid7()))
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", (context.request_id or "").encode())]
            await send(message)

        with traces.under(context), traces.span(f"{self._service} {scope['method']}"):
            try:
                async with asyncio.timeout(_seconds_left(headers)):
                    await self._app(scope, self._bounded(receive, scope["path"]), answer)
            except Exception as error:  # edge: the framework raises again what its last handler has answered already
                if not status:
                    late = isinstance(error, TimeoutError)
                    await answer(_bare(503 if late else 500))
                    await send({"type": "http.response.body", "body": b""})
            finally:
                self._tell(scope, status, time.perf_counter() - began)

    def _bounded(self, receive: Receive, path: str) -> Receive:
        limit = UPLOAD_LIMIT if path.endswith(self._upload_paths) and self._upload_paths else BODY_LIMIT
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge
            return message

        return bounded

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", "unmatched")
        self._metrics.requests.labels(path, scope["method"], str(status)).inc()
        self._metrics.seconds.labels(path).observe(seconds)
        if not path.startswith(("/health", "/internal", "/metrics")):
            self._metrics.recent.tell(seconds, failed=status >= 500)
        if not path.startswith(("/health", "/internal")):  # asked every second by those within
            log.info(
                "request.answered",
                service=self._service,
                method=scope["method"],
                route=path,
                status=status,
                ms=round(seconds * 1000, 1),
            )


def _bare(status: int) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"1")]}


def _seconds_left(headers: dict[bytes, str]) -> float:
    """What remains of the caller's deadline, never more than a service's own."""
    try:
        return max(0.05, min(SERVICE_S, int(headers.get(b"x-deadline-ms", "")) / 1000))
    except ValueError:
        return SERVICE_S
