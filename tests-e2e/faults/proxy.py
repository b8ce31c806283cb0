"""A TCP proxy that misbehaves on demand: cut, black hole, latency, slices, down. One listener per hop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Literal

Fault = Literal["cut", "black_hole", "latency", "slices", "down"]
CHUNK = 1 << 16
SLICE = 7


class FaultProxy:
    """Forwards one hop. `during(fault)` is in force until it is lifted; a cut resets what is open."""

    def __init__(self, name: str, target: tuple[str, int]) -> None:
        self.name = name
        self.target = target
        self.fault: Fault | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> FaultProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Reset every open connection, as a broken line would."""
        for writer in list(self._open):
            with contextlib.suppress(OSError, AttributeError):
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def suffer(self, fault: Fault, seconds: float) -> None:
        """Have the fault for so long, then behave."""
        if fault in ("cut", "down"):
            self.fault = "down" if fault == "down" else None
            self.cut()
        else:
            self.fault = fault
        await asyncio.sleep(seconds)
        was, self.fault = self.fault, None
        if was == "black_hole":
            self.cut()  # what was swallowed is gone: the line is dead and must be noticed as such

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "down":
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the loop is ending
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._open -= {writer, back}
            writer.transport.abort()
            back.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if self.fault == "black_hole":
                    continue
                if self.fault == "latency":
                    await asyncio.sleep(0.2)
                step = SLICE if self.fault == "slices" else len(data)
                for start in range(0, len(data), step):
                    sink.write(data[start : start + step])
                    await sink.drain()
