"""A real gateway on a real socket in front of real small services, and a client that speaks bytes."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from joserfc.jwk import RSAKey

from chassis.settings import AUDIENCE
from chassis.testing.token_corpus import Forge
from gateway.app import Gateway, create_gateway
from gateway.server import GatewayServer
from gateway.settings import Settings

PUBLIC = "http://localhost:8080"
SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support", "portal")


@dataclass
class Answer:
    """One HTTP answer as it stood on the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def slug(self) -> str:
        return str(self.json()["slug"])


async def read_answer(reader: asyncio.StreamReader, *, headless: bool = False) -> Answer:
    """The next answer on a connection, interim ones passed over."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        if status >= 200:
            break
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line)]
    named = dict(headers)
    if headless or status in {204, 304}:
        body = b""
    elif "content-length" in named:
        body = await reader.readexactly(int(named["content-length"]))
    elif named.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readline()).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.read()
    return Answer(status, headers, body)


@dataclass
class Front:
    """A gateway that is serving, and what stands behind it."""

    gateway: Gateway
    port: int
    server: GatewayServer
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def raw(self, data: bytes, *, headless: bool = False, patience: float = 15.0) -> Answer:
        """Send bytes as they are and read the first answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            return await asyncio.wait_for(read_answer(reader, headless=headless), patience)
        finally:
            writer.close()

    async def ask(
        self, method: str, path: str, headers: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> Answer:
        """An ordinary request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers or []]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body, headless=method == "HEAD")


class Mint(Forge):
    """Makes access tokens as identity does, or wrong ones on purpose; and identity's key set."""

    def __init__(self) -> None:
        key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
        super().__init__(key, PUBLIC, AUDIENCE, sub="person-1")
        self.next_key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
        self.published = [self.key]

    def jwks(self) -> bytes:
        return orjson.dumps({"keys": [key.as_dict(private=False) for key in self.published]})

    def bearer(self, **changes: Any) -> tuple[str, str]:
        return ("Authorization", f"Bearer {self.token(**changes)}")


async def _read_body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


class Service:
    """A small service behind the gateway: tells what it heard; misbehaves on request of the path."""

    def __init__(self, name: str, mint: Mint, seen: list[dict[str, Any]]) -> None:
        self.name, self.mint, self.seen = name, mint, seen
        self.jwks_asked = 0
        self.ends_asked: list[str] = []
        self.ends: list[dict[str, Any]] = [{"ended": [], "stopped": {}, "after": "0.0", "more": False}]
        self.ready = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["raw_path"].decode()
        if path == "/oauth/jwks":
            self.jwks_asked += 1
            await self.say(send, 200, self.mint.jwks())
        elif path == "/internal/ended-sessions":
            self.ends_asked.append(scope["query_string"].decode())
            told = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
            await self.say(send, 200 if told else 503, orjson.dumps(told))
        elif path == "/health/ready":
            await self.say(send, 200 if self.ready else 503, b"{}")
        else:
            try:
                body = await _read_body(receive)
            except ConnectionResetError:
                return
            heard = {
                "service": self.name, "method": scope["method"], "path": path, "query": scope["query_string"].decode(),
                "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in scope["headers"]],
                "size": len(body), "sha": hashlib.sha256(body).hexdigest(),
            }  # fmt: skip
            self.seen.append(heard)
            await self.behave(path, heard, receive, send)

    async def behave(self, path: str, heard: dict[str, Any], receive: Any, send: Any) -> None:
        last = path.rsplit("/", 1)[-1]
        if last.startswith("sleep-"):
            await asyncio.sleep(float(last[6:]))
            await self.say(send, 200, orjson.dumps(heard))
        elif last.startswith("bytes-"):
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
            for _ in range(int(last[6:]) // 65536):
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        elif last == "empty":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        elif last == "unchanged":
            await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"1"')]})
            await send({"type": "http.response.body", "body": b""})
        elif last == "chatty":
            more = [(b"server", b"inner/1"), (b"x-powered-by", b"inner"), (b"cache-control", b"private, max-age=5"),
                    (b"x-request-id", b"inner"), (b"connection", b"x-inner"), (b"access-control-allow-origin", b"*")]  # fmt: skip
            await self.say(send, 200, orjson.dumps(heard), more)
        else:
            await self.say(send, 200, orjson.dumps(heard))

    async def say(self, send: Any, status: int, body: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *(more or [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(server: uvicorn.Server) -> AsyncIterator[int]:
    """Run a server in this loop until the block ends."""
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done(), "the server ended at its start"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.config.timeout_graceful_shutdown = 1
        server.should_exit = True
        await task


def plain_server(app: Any) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(app, port=0, interface="asgi3", lifespan="off", log_config=None, access_log=False)
    )


@pytest.fixture(scope="session")
def mint() -> Mint:
    return Mint()


@dataclass
class Workshop:
    """Puts up gateways for a test and takes them down after it."""

    mint: Mint
    folder: Path
    stack: contextlib.AsyncExitStack

    async def service(self, name: str, seen: list[dict[str, Any]]) -> tuple[Service, str]:
        app = Service(name, self.mint, seen)
        port = await self.stack.enter_async_context(serving(plain_server(app)))
        return app, f"http://127.0.0.1:{port}"

    async def scripted(self, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> str:
        """A service that does with each connection whatever the script says."""

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self.stack.callback(server.close)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def front(self, upstreams: dict[str, str], limits: str = "", **settings: Any) -> Front:
        """A gateway with these services behind it and these limits laid over the packaged ones."""
        own = self.folder / f"limits-{id(upstreams)}-{len(limits)}.toml"
        own.write_text(GENEROUS + limits if "[cost" not in limits else limits, encoding="utf-8")
        chosen = Settings(
            environment="test", public_url=PUBLIC, upstreams=upstreams, limits_file=own,
            **{"access_log": False, **settings},
        )  # fmt: skip
        gateway = create_gateway(chosen)
        server = GatewayServer(gateway, host="127.0.0.1", port=0, signals=False)
        port = await self.stack.enter_async_context(serving(server))
        return Front(gateway, port, server)


# One address asks everything in these tests; what limits do is tried with limits of its own.
GENEROUS = "".join(
    f"[cost.{name}]\nrate = 100000\nburst = 100000\n"
    for name in ("page", "read", "act", "sign_in", "open_read", "upload", "callback", "token_check")
)


@pytest.fixture
async def workshop(mint: Mint, tmp_path: Path) -> AsyncIterator[Workshop]:
    async with contextlib.AsyncExitStack() as stack:
        yield Workshop(mint, tmp_path, stack)


@pytest.fixture(scope="session")
async def front(mint: Mint, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """One gateway with all services, for tests that leave it as it was."""
    async with contextlib.AsyncExitStack() as stack:
        shop = Workshop(mint, tmp_path_factory.mktemp("front"), stack)
        seen: list[dict[str, Any]] = []
        upstreams = {name: (await shop.service(name, seen))[1] for name in SERVICES}
        there = await shop.front(upstreams)
        there.seen = seen
        yield there
