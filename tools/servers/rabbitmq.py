"""A private RabbitMQ node in a folder of ours: free ports, its own epmd, gone when we are gone."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from deploy.embedded.children import LOOPBACK, free_port, start_child, stop_child
from tools.servers.programs import Found

USER = "jawaz"
_NODE = "jawaz@localhost"
_START_SECONDS = 120.0
# Erlang keeps a new quorum queue's directory entry in memory this long: killed sooner, the queue never finds a leader again.
DECLARED_QUEUES_SETTLE_SECONDS = 3.5
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


class NodeError(RuntimeError):
    """The node did not start, or a command to it failed; the message carries its last words."""


class Node:
    """One RabbitMQ node with the management plugin. `folder` holds everything it keeps; another Node on it finds it again.

    Start it from the main thread. `start`, `stop`, `kill` and `restart` keep ports and files, so clients may stay pointed at it.
    """

    def __init__(self, folder: Path, found: Found) -> None:
        self.folder = folder.resolve()
        self._server = found.path
        self._extra = found.environment
        self.port, self.api_port, self._dist_port, self._epmd_port = (free_port() for _ in range(4))
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        for name in ("mnesia", "log", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.password = self._kept("password", secrets.token_urlsafe(16))
        self._kept("home/.erlang.cookie", secrets.token_hex(16))
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n", "ascii")
        (self.folder / "rabbitmq.conf").write_text("\n".join(self._settings()) + "\n", "utf-8")

    @property
    def amqp_url(self) -> str:
        """Address of the default virtual host; another one's name may be appended."""
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.port}/"

    @property
    def api_url(self) -> str:
        """Address of the management API's root, with user and password, without `/api`."""
        return f"http://{USER}:{self.password}@{LOOPBACK}:{self.api_port}"

    @property
    def console(self) -> Path:
        """What the node said."""
        return self.folder / "log" / "console.log"

    def running(self) -> bool:
        """Whether the node's process is alive."""
        return self._node is not None and self._node.poll() is None

    def start(self, *, wait: bool = True) -> Node:
        """Start epmd and the node; with `wait`, return when both AMQP and the management API answer."""
        if not self.running():
            with self.console.open("ab") as log:
                self._start_epmd(log)
                self._node = start_child([self._server], log=log, env=self._environment(), cwd=self.folder)
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Raises NodeError when the node ends or is not ready in time."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if not self.running():
                raise NodeError(f"RabbitMQ did not start:\n{self._last_words()}")
            if self._speaks_amqp() and self._api_answers():
                return
            time.sleep(0.1)
        self.stop()
        raise NodeError(f"RabbitMQ was not ready after {_START_SECONDS:.0f} s:\n{self._last_words()}")

    def stop(self) -> None:
        """Orderly end of node and epmd; SIGKILL if that takes too long."""
        if self._node is not None:
            stop_child(self._node, (signal.SIGTERM,), seconds_each=30)
            self._node = None
        if self._epmd is not None:
            stop_child(self._epmd, (signal.SIGTERM,), seconds_each=5)
            self._epmd = None

    def kill(self) -> None:
        """SIGKILL the node (script and virtual machine), as a power cut would. epmd stays for the next start.

        Confirmed messages survive it. A quorum queue declared less than DECLARED_QUEUES_SETTLE_SECONDS ago does not (3.10).
        """
        if self._node is not None:
            stop_child(self._node, (), seconds_each=10)
            self._node = None

    def restart(self) -> Node:
        """Stop if running, and start on the same files and ports."""
        self.stop()
        return self.start()

    def ctl(self, *words: str) -> str:
        """Run `rabbitmqctl` against this node and return what it says. Takes a second or two: prefer `api`. Raises NodeError."""
        done = subprocess.run(
            [self._server.parent / "rabbitmqctl", "-q", "-n", _NODE, *words],
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NodeError(f"rabbitmqctl {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def api(self, path: str, *, method: str = "GET", body: object = None) -> Any:
        """Call the management API at `/api/<path>`; the parsed answer, or None where it is empty. Raises urllib's HTTPError."""
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.api_port}/api/{path}", method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{USER}:{self.password}".encode()).decode())
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def __enter__(self) -> Node:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _start_epmd(self, log: IO[bytes]) -> None:
        """Our own child in the foreground: the node would start one that daemonises and outlives everything."""
        if self._epmd is not None and self._epmd.poll() is None:
            return
        environment = self._environment()
        program = shutil.which("epmd", path=environment["PATH"])
        if program is None:
            raise NodeError("epmd (part of Erlang) is not beside RabbitMQ: python -m tools.servers fetch rabbitmq")
        self._epmd = start_child(
            [program, "-address", LOOPBACK, "-port", str(self._epmd_port)], log=log, env=environment
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection((LOOPBACK, self._epmd_port), 0.2).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise NodeError("epmd does not listen")

    def _kept(self, name: str, fresh: str) -> str:
        """A secret of this node: what the file holds, or `fresh`, kept from now on."""
        file = self.folder / name
        if not file.exists():
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(fresh)
        return file.read_text("ascii").strip()

    def _settings(self) -> list[str]:
        return [
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}",
            f"default_user = {USER}",
            f"default_pass = {self.password}",
            "default_permissions.configure = .*",
            "default_permissions.read = .*",
            "default_permissions.write = .*",
            f"management.tcp.ip = {LOOPBACK}",
            f"management.tcp.port = {self.api_port}",
            "disk_free_limit.absolute = 50MB",
            "log.console = true",
            "log.console.level = info",
            "log.file = false",
        ]

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            **self._extra,
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _speaks_amqp(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), 0.3) as wire:
                wire.settimeout(2)
                wire.sendall(_PROTOCOL_HEADER)
                return wire.recv(1) == b"\x01"  # a method frame: Connection.Start
        except OSError:
            return False

    def _api_answers(self) -> bool:
        try:
            self.api("whoami")
        except (OSError, urllib.error.URLError):
            return False
        return True

    def _last_words(self) -> str:
        return self.console.read_text("utf-8", "replace")[-2000:]
