"""The address that back-channel logout tokens are sent to: keeps every form posted to it."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from conformance.pack.compact import claims_in

_ANSWER = b"HTTP/1.1 %s\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Receiver:
    """A loopback server; start it before the target, so that its address can be registered."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, list[str]]]] = []
        self._arrived = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    def url(self, client_id: str) -> str:
        """The address to register for a client."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/logout/{client_id}"

    async def logout_tokens(self, client_id: str, subject: str, *, within_s: float) -> list[dict[str, list[str]]]:
        """Forms posted for a client about a subject; waits for the first. Empty when none comes."""

        async def came() -> list[dict[str, list[str]]]:
            while True:
                self._arrived.clear()
                if found := [
                    form for path, form in self.posts if path.endswith(f"/{client_id}") and _is_about(form, subject)
                ]:
                    return found
                await self._arrived.wait()

        try:
            return await asyncio.wait_for(came(), within_s)
        except TimeoutError:
            return []

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._take(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender went away: the module that waits for its form says so
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split("\r\n", 1)[0].split(" ", 2)
        sizes = [line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = (await reader.readexactly(int(sizes[0]))).decode() if sizes else ""
        if method == "POST":
            self.posts.append((path, parse_qs(body)))
            self._arrived.set()
        writer.write(_ANSWER % (b"200 OK" if method == "POST" else b"405 Method Not Allowed"))
        await writer.drain()


def _is_about(form: dict[str, list[str]], subject: str) -> bool:
    return any(claims_in(token).get("sub") == subject for token in form.get("logout_token", []))
