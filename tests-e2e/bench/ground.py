"""The ground every part stands on: PostgreSQL with fsync on, RabbitMQ, nginx as a tiny upstream, product processes.

All of it private to this run, on loopback, and ended by the kernel when this process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import asyncpg

from chassis.events.rabbit import declare_topology
from chassis.migrations import migrate
from chassis.testing.tokens import TokenMint
from deploy.embedded.children import LOOPBACK, free_port, start_child, stop_child
from deploy.embedded.databases import Passwords, ServiceDatabase, create_service_database
from deploy.embedded.postgres import Cluster
from tools.servers.fetching import find_or_fetch
from tools.servers.rabbitmq import Node

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_UP_WITHIN_S = 40.0
# What a small installation would set; fsync and synchronous_commit stay at their defaults, which is on.
_POSTGRES = {"max_connections": 100, "shared_buffers": "256MB"}


class Ground:
    """Starts what a part asks for, once, and stops all of it at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mint = TokenMint()
        self._children: list[subprocess.Popen[bytes]] = []
        self._logs: dict[int, Path] = {}
        self._postgres: Cluster | None = None
        self._rabbit: Node | None = None
        self._upstream: int | None = None
        self._lasting: subprocess.Popen[bytes] | None = None
        self._passwords = Passwords("owner-password", "run-password", "verify-password")
        (folder / "secrets").mkdir(mode=0o700)

    # --- servers

    @property
    def postgres(self) -> Cluster:
        """A cluster with its default durability."""
        if self._postgres is None:
            self._postgres = Cluster(
                self.folder / "pg", log_dir=self.folder / "log", password_file=self.folder / "pg-pw", options=_POSTGRES
            )
            self._postgres.start()
        return self._postgres

    @property
    def rabbit(self) -> Node:
        if self._rabbit is None:
            self._rabbit = Node(self.folder / "mq", find_or_fetch("rabbitmq", print)).start()
        return self._rabbit

    @property
    def upstream_port(self) -> int:
        """nginx answering 200 with a little JSON to everything, and this run's signing keys where identity has them."""
        if self._upstream is None:
            keys = json.dumps({"keys": [self.mint.key.as_dict(private=False)]})
            self._upstream = free_port()
            self._lasting = self.nginx(
                "upstream",
                f"server {{ listen {LOOPBACK}:{self._upstream} reuseport; access_log off; default_type application/json;"
                f" location = /oauth/jwks {{ return 200 '{keys}'; }} location / {{ return 200 '{_small_answer()}'; }} }}",
            )
        return self._upstream

    def nginx(self, name: str, http: str, pin: int | None = None) -> subprocess.Popen[bytes]:
        """One nginx process (no master: a killed master leaves its workers behind) with this inside `http`."""
        found = find_or_fetch("nginx", print)
        room = self.folder / f"nginx-{name}"
        room.mkdir()
        bodies = " ".join(
            f"{kind}_temp_path {room}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        owner = "user root;" if os.geteuid() == 0 else ""
        (room / "nginx.conf").write_text(
            f"daemon off; master_process off; worker_processes 1; {owner} pid {room}/pid; error_log {room}/error.log;"
            f" events {{ worker_connections 1024; }} http {{ {bodies} keepalive_requests 10000000; {http} }}\n"
        )
        words = [found.path, "-p", room, "-e", room / "error.log", "-c", room / "nginx.conf"]
        return self.start(words, found.environment, pin=pin)

    def server_pids(self) -> dict[str, int]:
        """The processes of the servers that run now, for their share of the CPU."""
        found = {}
        if self._postgres is not None and self._postgres._child is not None:
            found["postgres"] = self._postgres._child.pid
        if self._rabbit is not None and self._rabbit._node is not None:
            found["rabbitmq"] = self._rabbit._node.pid
        return found

    # --- databases and hosts

    async def database(self, package: str) -> ServiceDatabase:
        """A new, migrated database of this package."""
        prefix = f"b{secrets.token_hex(3)}_"
        made = await create_service_database(self.postgres.dsn(), package, self._passwords, prefix=prefix)
        await migrate(package, made.owner_dsn)
        return made

    async def admin(self, database: ServiceDatabase) -> asyncpg.Connection:
        """A connection that sees and may change every row: for loading and counting only."""
        return await asyncpg.connect(self.postgres.dsn(database.name))

    def new_host(self) -> str:
        """A virtual host of its own; its amqp address."""
        name = f"b{secrets.token_hex(4)}"
        self.rabbit.api(f"vhosts/{name}", method="PUT")
        user = urlsplit(self.rabbit.amqp_url).username
        self.rabbit.api(
            f"permissions/{name}/{user}", method="PUT", body={"configure": ".*", "write": ".*", "read": ".*"}
        )
        return self.rabbit.amqp_url.rstrip("/") + "/" + name

    # --- processes

    def product(self, package: str, *words: str, pin: int | None = None, **settings: str) -> subprocess.Popen[bytes]:
        """An ordinary process of the product: `python -m <package> …` under its own settings."""
        prefix = package.upper()
        told = {f"{prefix}_ENVIRONMENT": "test", **{f"{prefix}_{name.upper()}": v for name, v in settings.items()}}
        if package != "gateway":
            told[f"{prefix}_SECRETS_DIR"] = str(self.folder / "secrets")
        return self.start([sys.executable, "-m", package, *words], {**self.environment(prefix), **told}, pin=pin)

    def role(self, script: str, *words: str, pin: int | None = None) -> subprocess.Popen[bytes]:
        """One of this folder's own scripts; it talks through stdout, which goes to a file beside the log."""
        return self.start([sys.executable, HERE / script, *words], self.environment(), pin=pin)

    def environment(self, prefix: str = "") -> dict[str, str]:
        """Ours, without a product's settings that happen to stand in it; scripts find the repository."""
        kept = {key: value for key, value in os.environ.items() if not prefix or not key.startswith(f"{prefix}_")}
        return {**kept, "PYTHONPATH": str(ROOT)}

    def start(
        self, words: Sequence[str | Path], environment: dict[str, str], *, pin: int | None = None
    ) -> subprocess.Popen[bytes]:
        """A child that dies with us; on one core where that is asked for."""
        before = ["taskset", "-c", str(pin)] if pin is not None else []
        file = self.folder / f"process-{len(self._logs)}.log"
        with file.open("wb") as log:
            child = start_child([*before, *words], log=log, env=environment, cwd=ROOT, at_parent_death=signal.SIGKILL)
        self._children.append(child)
        self._logs[child.pid] = file
        return child

    def said(self, child: subprocess.Popen[bytes]) -> str:
        """Everything a child has written so far."""
        return self._logs[child.pid].read_text("utf-8", "replace")

    async def finish(self, child: subprocess.Popen[bytes]) -> None:
        """Until a child that ends by itself has ended well. Raises RuntimeError with its last words."""
        while child.poll() is None:
            await asyncio.sleep(0.05)
        self.end(child)
        if child.returncode:
            raise RuntimeError(f"{child.args[1:3]} failed: {self.said(child)[-600:]}")  # type: ignore[index]

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Stop one child in order."""
        stop_child(child, (signal.SIGTERM,), seconds_each=12)
        self._children.remove(child)

    def sweep(self) -> None:
        """End whatever a part has left running, so that the next one has the machine for itself."""
        for child in [each for each in self._children if each is not self._lasting]:
            self.end(child)

    def stop(self) -> None:
        """Stop everything."""
        for child in self._children:
            stop_child(child, (), seconds_each=5)
        if self._rabbit is not None:
            self._rabbit.kill()
            self._rabbit.stop()
        if self._postgres is not None:
            self._postgres.stop()


async def until_listening(port: int, child: subprocess.Popen[bytes]) -> None:
    """Until somebody accepts connections. Raises RuntimeError when the child ended, TimeoutError when it is too late."""
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until:
        if child.poll() is not None:
            raise RuntimeError(f"nobody listens on {port}: the process ended at its start")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


async def bind_queue(amqp_url: str, name: str, keys: Sequence[str]) -> None:
    """A quorum queue exactly as the product declares one for a service, bound to these keys."""
    async with await aio_pika.connect(amqp_url) as connection:
        await declare_topology(await connection.channel(), name, keys)


async def queued(amqp_url: str, name: str) -> int:
    """How many messages lie in a service's queue, by the broker's own count."""
    async with await aio_pika.connect(amqp_url) as connection:
        queue = await (await connection.channel()).get_queue(f"{name}.events")
        return int(queue.declaration_result.message_count or 0)


async def purge(amqp_url: str, name: str) -> None:
    """Empty a service's queue."""
    async with await aio_pika.connect(amqp_url) as connection:
        await (await (await connection.channel()).get_queue(f"{name}.events")).purge()


async def until_bound(amqp_url: str, name: str, child: subprocess.Popen[bytes]) -> None:
    """Until a consumer reads its queue. Raises RuntimeError when it ended, TimeoutError when it is too late."""
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until:
        if child.poll() is not None:
            raise RuntimeError("the consumer ended at its start")
        async with await aio_pika.connect(amqp_url) as connection:
            with contextlib.suppress(aio_pika.exceptions.ChannelClosed):
                channel = await connection.channel()
                queue = await channel.declare_queue(f"{name}.events", passive=True)
                if queue.declaration_result.consumer_count:
                    return
        await asyncio.sleep(0.1)
    raise TimeoutError("the consumer never read its queue")


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 2)}


def _small_answer() -> str:
    answer: dict[str, Any] = {"id": "0190f0a0-7a61-7a77-8a00-706173737074", "status": "in_review", "version": 7}
    answer["note"] = "x" * (180 - len(json.dumps(answer)) - len(', "note": ""'))
    return json.dumps(answer)
