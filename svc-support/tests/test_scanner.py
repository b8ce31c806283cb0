"""A virus scanner on a real socket: its verdicts, its silence, and what happens to the file in each case."""

import asyncio
import io
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
import sqlalchemy as sa
from PIL import Image

from support.models import Attachment


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (30, 20), (1, 2, 3)).save(written, "PNG")
    return written.getvalue()


class FakeClamd:
    """Speaks INSTREAM: keeps what it was sent and answers as it was told to; with None it says nothing at all."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack("!I", await reader.readexactly(4))[0]:
                content += await reader.readexactly(size)
            self.received.append(content)
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
        finally:
            writer.close()


Start = Callable[[bytes | None], Awaitable[FakeClamd]]


@pytest_asyncio.fixture
async def clamd() -> AsyncIterator[Start]:
    servers: list[asyncio.Server] = []

    async def start(answer: bytes | None) -> FakeClamd:
        fake = FakeClamd(answer)
        servers.append(await asyncio.start_server(fake.serve, "127.0.0.1", 0))
        fake.port = servers[0].sockets[0].getsockname()[1]
        return fake

    yield start
    for server in servers:
        server.close()


async def sent(build, port: int):
    house = await build(scanner_host="127.0.0.1", scanner_port=port)
    answer = await house.attach(await house.open(), ("a.png", picture()))
    kept = await house.rows(sa.select(Attachment))
    return house, answer, kept


async def test_a_clean_file_is_kept_and_is_exactly_what_the_scanner_saw(build, clamd):
    fake = await clamd(b"stream: OK\0")
    house, answer, [kept] = await sent(build, fake.port)
    assert answer.json()[0]["scan"] == "clean"
    assert fake.received == [house.service.cipher.unseal(kept.sealed)]


async def test_an_infected_file_is_refused_and_not_kept(build, clamd):
    fake = await clamd(b"stream: Eicar-Test-Signature FOUND\0")
    _, answer, kept = await sent(build, fake.port)
    assert (answer.status_code, answer.json()["details"], kept) == (422, {"reason": "infected"}, [])


@pytest.mark.parametrize("said", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"\0", b"stream: OK", b"x" * 100_000])
async def test_a_scanner_that_answers_anything_else_has_not_said_clean(build, clamd, said):
    fake = await clamd(said)
    _, answer, kept = await sent(build, fake.port)
    assert (answer.status_code, answer.json()["slug"], kept) == (503, "scanner-away", [])
    assert answer.headers["retry-after"]


async def test_a_silent_scanner_is_given_up_before_the_request_is(build, clamd):
    fake = await clamd(None)
    began = time.perf_counter()
    _, answer, kept = await sent(build, fake.port)
    assert (answer.status_code, answer.json()["slug"], kept) == (503, "scanner-away", [])
    assert time.perf_counter() - began > 2


async def test_no_scanner_where_one_was_promised_keeps_nothing(build):
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    _, answer, kept = await sent(build, port)
    assert (answer.status_code, answer.json()["slug"], kept) == (503, "scanner-away", [])
