"""The inner port: figures for Prometheus, and the word that a session has ended. Never reachable through the gateway."""

from typing import Any

from gateway.app import Gateway
from gateway.bodies import Receive
from gateway.forward import Send


class MetricsApp:
    """A second, tiny ASGI application beside the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["path"]
        if method == "GET" and path == "/metrics":
            await _say(send, 200, b"text/plain; version=0.0.4; charset=utf-8", self._gateway.figures.render())
        elif method == "POST" and path == "/internal/ended-sessions":
            await self._ended(receive, send)
        elif method == "GET" and path == "/health/live":
            await _say(send, 200, b"application/json", b'{"status":"live"}')
        else:
            await _say(send, 404, b"application/json", b'{"status":404}')

    async def _ended(self, receive: Receive, send: Send) -> None:
        """One session id a line."""
        body, more = b"", True
        while more and len(body) <= self._gateway.limits.sizes.internal_answer:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self._gateway.drop(body.decode("ascii", "replace").split(), {})
        await _say(send, 204, b"text/plain", b"")


async def _say(send: Send, status: int, media_type: bytes, body: bytes) -> None:
    headers = [(b"content-type", media_type)] if status == 204 else [
        (b"content-type", media_type), (b"content-length", b"%d" % len(body))
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
