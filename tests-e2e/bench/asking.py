"""The cheapest load generator that reads every answer: prepared bytes out, heads split by hand, one connection a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

_LENGTH = b"content-length: "


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    ms: float
    body: bytes


async def ask_all(port: int, requests: list[bytes], at_once: int) -> tuple[float, list[Answer]]:
    """Send every request once over so many kept connections; seconds from the first byte to the last, and the answers."""
    waiting, answers = iter(requests), []
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(at_once)]
    began = time.perf_counter()
    await asyncio.gather(*(_work(reader, writer, waiting, answers) for reader, writer in lines))
    seconds = time.perf_counter() - began
    for _, writer in lines:
        writer.close()
    return seconds, answers


async def _work(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes], answers: list[Answer]
) -> None:
    for request in waiting:
        sent = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(_LENGTH) + len(_LENGTH)
        body = await reader.readexactly(int(head[at : head.index(b"\r", at)]))
        answers.append(Answer(int(head[9:12]), (time.perf_counter() - sent) * 1000, body))
