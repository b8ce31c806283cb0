"""The gateway as a process of its own: big bodies in little memory, and an end in good order."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

MEGABYTE = 1 << 20


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Process:
    """`python -m gateway serve`, started and watched."""

    def __init__(self, process, port, inner_port):
        self.process, self.port, self.inner_port = process, port, inner_port

    def memory(self) -> int:
        """Resident bytes now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def says(self, path: str, port: int | None = None) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        said = await asyncio.wait_for(reader.read(), 15)
        writer.close()
        if not said:
            raise ConnectionResetError("closed without an answer")
        return int(said.split(b" ")[1]), said


@pytest.fixture
async def started(workshop, tmp_path):
    running = []

    async def start(upstreams, limits=""):
        (tmp_path / "limits.toml").write_text(limits, encoding="utf-8")
        port, inner = free_port(), free_port()
        settings = {
            "GATEWAY_UPSTREAMS": json.dumps(upstreams), "GATEWAY_PORT": str(port), "GATEWAY_METRICS_PORT": str(inner),
            "GATEWAY_LIMITS_FILE": str(tmp_path / "limits.toml"),
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", env={**os.environ, **settings},
            stdout=asyncio.subprocess.DEVNULL, stderr=(tmp_path / "log").open("wb"),
        )  # fmt: skip
        running.append(process)
        there = Process(process, port, inner)
        for _ in range(200):
            try:
                await there.says("/health/live")
                return there
            except OSError:
                await asyncio.sleep(0.05)
        raise AssertionError((tmp_path / "log").read_text())

    yield start
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_inner_port_is_another_one(started):
    there = await started({})
    assert (await there.says("/metrics"))[0] == 404
    status, said = await there.says("/metrics", there.inner_port)
    assert (status, b"http_requests_total" in said) == (200, True)


async def test_a_big_answer_and_a_slow_reader_cost_little_memory(started, workshop):
    _, support = await workshop.service("support", [])
    there = await started({"support": support})
    await there.says("/v1/services/bytes-1048576")
    before = there.memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", there.port, limit=65536)
    writer.write(f"GET /v1/services/bytes-{256 * MEGABYTE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    await asyncio.sleep(1.0)
    assert there.memory() - before < 16 * MEGABYTE, "a reader that does not read must hold the service back"
    got = 0
    while data := await reader.read(MEGABYTE):
        got += len(data)
    assert got >= 256 * MEGABYTE
    assert there.memory() - before < 24 * MEGABYTE
    writer.close()


async def test_a_big_body_and_a_slow_service_cost_little_memory(started, workshop):
    size = 200 * MEGABYTE
    taken = 0

    async def talk(reader, writer):
        nonlocal taken
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length: %d" % size in head
        await asyncio.sleep(0.5)
        while taken < size:
            taken += len(await reader.read(MEGABYTE))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    there = await started(
        {"support": await workshop.scripted(talk)}, f"[bodies]\njson = {size}\n[times]\nbody = 60.0\n"
    )
    before = there.memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
    writer.write(f"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
    most = 0
    for _ in range(size // MEGABYTE):
        writer.write(bytes(MEGABYTE))
        await writer.drain()
        most = max(most, there.memory() - before)
    assert (await asyncio.wait_for(reader.readuntil(b"ok"), 30)).startswith(b"HTTP/1.1 200")
    assert taken == size
    assert most < 24 * MEGABYTE
    writer.close()


async def test_a_signal_ends_it_in_good_order(started, workshop):
    _, support = await workshop.service("support", [])
    there = await started({"support": support}, "[times]\ndrain_notice = 0.5\n")
    assert (await there.says("/health/ready"))[0] == 200
    reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
    writer.write(b"GET /v1/services/sleep-2 HTTP/1.1\r\nHost: x\r\n\r\n")
    idle = await asyncio.open_connection("127.0.0.1", there.port)
    await asyncio.sleep(0.2)
    began = time.monotonic()
    there.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.2)
    assert (await there.says("/health/ready"))[0] == 503, "told to stop, it is not ready but still answers"
    assert (await there.says("/v1/services"))[0] == 200
    await asyncio.sleep(0.8)
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", there.port)
    said = await asyncio.wait_for(reader.read(), 60)
    assert said.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in said
    assert await asyncio.wait_for(there.process.wait(), 60) == 0
    assert 1.5 < time.monotonic() - began < 8
    writer.close()
    idle[1].close()


async def test_what_does_not_end_is_cut_off(started, workshop):
    _, support = await workshop.service("support", [])
    there = await started({"support": support}, "[times]\ndrain_notice = 0.1\ndrain = 1.0\n")
    _, writer = await asyncio.open_connection("127.0.0.1", there.port)
    writer.write(b"GET /v1/services/sleep-60 HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.2)
    there.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(there.process.wait(), 30) == 0
    writer.close()


async def test_a_second_signal_does_not_wait(started, workshop):
    _, support = await workshop.service("support", [])
    there = await started({"support": support}, "[times]\ndrain = 60.0\n")
    _, writer = await asyncio.open_connection("127.0.0.1", there.port)
    writer.write(b"GET /v1/services/sleep-60 HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.2)
    there.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.2)
    there.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(there.process.wait(), 30) == 0
    writer.close()


async def test_two_that_restart_in_turn_lose_no_request(started, workshop):
    """A balancer that follows readiness sends nobody to a gateway that is about to go."""
    _, support = await workshop.service("support", [])
    limits = "[times]\ndrain_notice = 0.5\n[cost.open_read]\nrate = 100000\nburst = 100000\n[cost.page]\nrate = 100000\nburst = 100000\n"
    pair = [await started({"support": support}, limits), await started({"support": support}, limits)]
    statuses: list[int] = []
    stop = asyncio.Event()

    async def keep_asking():
        while not stop.is_set():
            for there in list(pair):
                try:
                    ready = (await there.says("/health/ready"))[0] == 200
                except OSError:
                    ready = False
                if ready:
                    statuses.append((await there.says("/v1/services/sleep-0.01"))[0])
                    break

    asking = [asyncio.create_task(keep_asking()) for _ in range(4)]
    for turn in (0, 1):
        await asyncio.sleep(0.3)
        pair[turn].process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(pair[turn].process.wait(), 60) == 0
        pair[turn] = await started({"support": support}, limits)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*asking)
    assert len(statuses) > 50
    assert set(statuses) == {200}
