"""The rig: real servers, real product processes behind fault proxies, a supervisor that starts again what died."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import uvicorn
from proxy import FaultProxy
from servers import Servers

from chassis.testing.tokens import TokenMint
from deploy.embedded.children import free_port, start_child
from deploy.embedded.databases import ServiceDatabase

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
POLL_S = 0.05
PACKAGES = ("support", "notify", "partners")


@dataclass(frozen=True)
class Run:
    """What is planted into the processes of one run, and how they are made to stumble."""

    name: str
    plant: str | None = None
    planted_in: tuple[str, ...] = ()
    crash: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flaky: float = 0.0
    late_consumer_s: float = 0.0


class Rig:
    """One run's databases, proxies and processes."""

    def __init__(self, servers: Servers, run: Run, seed: int) -> None:
        self.servers = servers
        self.run = run
        self.seed = seed
        self.mint = TokenMint()
        self.databases: dict[str, ServiceDatabase] = {}
        self.proxies: dict[str, FaultProxy] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts = 0
        self._mark = servers.folder / f"mark-{secrets.token_hex(4)}"
        self._argv: dict[str, list[str]] = {}
        self._environments: dict[str, dict[str, str]] = {}
        self._supervising: asyncio.Task[None] | None = None
        self._keys: uvicorn.Server | None = None
        self._log: IO[bytes] | None = None
        self.ports = {name: free_port() for name in ("api", "keys", "partners", "smpp", "smtp")}

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.proxies['client'].port}"

    async def start(self) -> None:
        self._log = (self.servers.folder / f"{self.run.name}-{secrets.token_hex(2)}.log").open("ab")
        await self._make_databases()
        await self._serve_keys()
        await self._make_proxies()
        self._describe_processes()
        late = [name for name in self._argv if name == "inbox" and self.run.late_consumer_s]
        for name in self._argv:
            if name not in late:
                self._spawn(name)
        await self._until_answering()
        if not late:
            await self._until_bound()
        self._supervising = asyncio.create_task(self._supervise())

    async def start_late_consumer(self) -> None:
        await asyncio.sleep(self.run.late_consumer_s)
        self._spawn("inbox")

    async def stop(self) -> None:
        if self._supervising is not None:
            self._supervising.cancel()
        for process in self.processes.values():
            _kill(process)
        for proxy in self.proxies.values():
            await proxy.stop()
        if self._keys is not None:
            self._keys.should_exit = True
        if self._log is not None:
            self._log.close()

    def kill(self, name: str) -> None:
        """SIGKILL a product process; the supervisor starts it again."""
        _kill(self.processes[name])

    async def restart_broker(self) -> None:
        self.servers.rabbit.kill()
        self.servers.rabbit.start(wait=False)
        await asyncio.to_thread(self.servers.rabbit.wait_until_ready)

    def restart_postgres(self) -> None:
        self.servers.postgres.kill()
        self.servers.postgres.start()

    async def _make_databases(self) -> None:
        for package in PACKAGES:
            self.databases[package] = await self.servers.database(package)

    async def _serve_keys(self) -> None:
        published = json.dumps({"keys": [self.mint.key.as_dict(private=False)]}).encode()
        nothing_changed = json.dumps({"items": [], "more": False}).encode()

        async def keys(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                headers = [(b"content-type", b"application/json")]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                body = nothing_changed if scope["path"] == "/v1/me/relations" else published
                await send({"type": "http.response.body", "body": body})

        config = uvicorn.Config(
            keys, host="127.0.0.1", port=self.ports["keys"], log_config=None, access_log=False, lifespan="off"
        )
        self._keys = uvicorn.Server(config)
        self._keys.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._serving = asyncio.create_task(self._keys.serve())

    async def _make_proxies(self) -> None:
        amqp = urlsplit(self.servers.rabbit.amqp_url)
        postgres = ("127.0.0.1", self.servers.postgres.port)
        hops = {
            "client": ("127.0.0.1", self.ports["api"]),
            "api-db": postgres,
            "relay-db": postgres,
            "inbox-db": postgres,
            "relay-amqp": ("127.0.0.1", int(amqp.port or 0)),
            "inbox-amqp": ("127.0.0.1", int(amqp.port or 0)),
            "sender-sms": ("127.0.0.1", self.ports["smpp"]),
        }
        for name, target in hops.items():
            self.proxies[name] = await FaultProxy(name, target).start()
        self.amqp_url = self.servers.new_host()

    def _through(self, url: str, proxy: str) -> str:
        parts = urlsplit(url)
        door = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{door}@127.0.0.1:{self.proxies[proxy].port}").geturl()

    def _describe_processes(self) -> None:
        partners = f"http://127.0.0.1:{self.ports['partners']}"
        self._describe(
            "partners",
            "partners",
            ["simulate"],
            PARTNERS_DATABASE_URL=self.databases["partners"].run_dsn,
            PARTNERS_PORT=str(self.ports["partners"]),
            PARTNERS_SMPP_PORT=str(self.ports["smpp"]),
            PARTNERS_SMTP_PORT=str(self.ports["smtp"]),
        )
        support, notify = self.databases["support"].run_dsn, self.databases["notify"].run_dsn
        keys = f"http://127.0.0.1:{self.ports['keys']}"
        self._describe(
            "api",
            "support",
            ["api"],
            SUPPORT_DATABASE_URL=self._through(support, "api-db"),
            SUPPORT_IDENTITY_URL=keys,
            SUPPORT_PORT=str(self.ports["api"]),
        )
        self._describe(
            "relay",
            "support",
            ["worker", "--only", "relay"],
            SUPPORT_DATABASE_URL=self._through(support, "relay-db"),
            SUPPORT_BROKER_URL=self._through(self.amqp_url, "relay-amqp"),
        )
        sms = {
            "NOTIFY_SMS_HOST": "127.0.0.1",
            "NOTIFY_SMS_PORT": str(self.proxies["sender-sms"].port),
            "NOTIFY_SMS_RECORDS_URL": f"{partners}/sms",
            "NOTIFY_MAIL_PORT": str(self.ports["smtp"]),
        }
        self._describe(
            "inbox",
            "notify",
            ["worker", "--only", "inbox"],
            NOTIFY_DATABASE_URL=self._through(notify, "inbox-db"),
            NOTIFY_BROKER_URL=self._through(self.amqp_url, "inbox-amqp"),
            **sms,
        )
        self._describe(
            "sender",
            "notify",
            ["worker", "--only", "senders", "--only", "timers"],
            NOTIFY_DATABASE_URL=notify,
            NOTIFY_BROKER_URL=self.amqp_url,
            **sms,
        )

    def _describe(self, name: str, module: str, arguments: list[str], **environment: str) -> None:
        argv = [sys.executable, str(HERE / "launch.py"), "--seed", str(self.seed)]
        if self.run.plant and name in self.run.planted_in:
            argv += ["--plant", self.run.plant]
        for crash in self.run.crash.get(name, ()):
            argv += ["--crash", crash]
        if name == "inbox" and self.run.flaky:
            argv += ["--flaky", str(self.run.flaky)]
        self._argv[name] = [*argv, module, *arguments]
        prefix = module.upper()
        self._environments[name] = {
            **{key: value for key, value in os.environ.items() if not key.startswith(prefix)},
            "FAULTS_MARK": str(self._mark),
            f"{prefix}_ENVIRONMENT": "test",
            f"{prefix}_LOG_LEVEL": "WARNING",
            **environment,
        }

    def _spawn(self, name: str) -> None:
        assert self._log is not None
        self.processes[name] = start_child(
            self._argv[name],
            log=self._log.fileno(),
            env=self._environments[name],
            cwd=ROOT,
            at_parent_death=signal.SIGKILL,
        )

    async def _supervise(self) -> None:
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    self.restarts += 1
                    self._spawn(name)
            await asyncio.sleep(POLL_S)

    async def _until_answering(self) -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            for port in (self.ports["api"], self.ports["partners"]):
                await _until_up(client, f"http://127.0.0.1:{port}/", self.processes)

    async def _until_bound(self) -> None:
        """Until the consumer's queue exists; a broker of this age forgets a queue declared a moment before its death."""
        host = self.amqp_url.rsplit("/", 1)[1]
        for _ in range(300):
            queues = await asyncio.to_thread(self.servers.rabbit.api, f"queues/{host}")
            if any(queue["name"] == "notify.events" for queue in queues):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the consumer never bound its queue")

    async def verify(self, package: str) -> asyncpg.Connection:
        """A read-only connection that sees every row of a service."""
        return await asyncpg.connect(self.databases[package].verify_dsn)


async def _until_up(client: httpx2.AsyncClient, url: str, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for _ in range(400):
        try:
            await client.get(url, timeout=1)
            return
        except httpx2.TransportError:
            if dead := [name for name, process in processes.items() if process.poll() is not None]:
                raise RuntimeError(f"{', '.join(dead)} ended at start; see the run's log") from None
            await asyncio.sleep(0.1)
    raise TimeoutError(url)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
