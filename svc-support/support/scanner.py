"""A virus scanner behind one question. Without one a file is `unscanned`, never `clean`."""

import asyncio
import struct
from typing import Literal, Protocol

from chassis.refusals import Unavailable

Finding = Literal["clean", "infected", "unscanned"]
CHUNK = 1 << 16
TOTAL_S = 2.5  # below a request's own five seconds, so that the caller is told why


class ScannerAway(Unavailable):
    """The scanner gave no verdict; nothing was stored."""

    slug = "scanner-away"


class Scanner(Protocol):
    async def scan(self, content: bytes) -> Finding: ...


class NoScanner:
    """Knows nothing and says so."""

    async def scan(self, content: bytes) -> Finding:
        return "unscanned"


class Clamd:
    """clamd over its INSTREAM command. Raises ScannerAway when it does not answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def scan(self, content: bytes) -> Finding:
        try:
            async with asyncio.timeout(TOTAL_S):
                verdict = await self._ask(content)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            raise ScannerAway(retry_after=5) from error
        if verdict.endswith(b"OK"):
            return "clean"
        if verdict.endswith(b"FOUND"):
            return "infected"
        raise ScannerAway(retry_after=5)

    async def _ask(self, content: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                writer.write(struct.pack("!I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            return (await reader.readuntil(b"\0")).rstrip(b"\0")
        finally:
            writer.close()
