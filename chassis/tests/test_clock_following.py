"""In a sandbox of several processes each follows how far business time was moved, asked at exactly the given address."""

import asyncio
import json
from datetime import timedelta

from chassis.clock import Clock
from chassis.clock_following import follow_clock
from chassis.testing.fixtures import eventually

AHEAD = timedelta(hours=2)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
    # A strict server, as ours: another path, be it a slash more, is another resource.
    body = json.dumps({"ahead_seconds": AHEAD.total_seconds()}) if asked == "/control/clock" else ""
    status = "200 OK" if body else "307 Temporary Redirect"
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write((head + body).encode())
    await writer.drain()
    writer.close()


async def test_a_clock_follows_the_one_at_the_address() -> None:
    clock, stopping = Clock(sandbox=True), asyncio.Event()
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        following = asyncio.create_task(follow_clock(clock, f"http://127.0.0.1:{port}/control/clock", stopping))

        async def is_there() -> bool:
            return clock.ahead >= AHEAD

        await eventually(is_there)
        stopping.set()
        await following
