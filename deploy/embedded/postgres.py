"""A private PostgreSQL cluster in a folder of ours: loopback only, password in a 0600 file, gone when we are gone."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.children import LOOPBACK, free_port, start_child, stop_child
from deploy.embedded.programs import Build, build_at, find_build, run_as

SUPERUSER = "postgres"
_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_LEAVING_SECONDS = 15.0
_PORT_TRIES = 5

# Statements and key values are personal data: neither reaches a log file.
_QUIET_LOGS = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# Seven files, one a weekday, each overwritten a week later: rotation without a second program.
_ROTATED_LOGS = {
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    "log_line_prefix": "%m [%p] %d ",
    "log_timezone": "UTC",
}


class ClusterError(RuntimeError):
    """The cluster cannot be made, started or used; the message says what to do."""


class WrongMajorVersion(ClusterError):
    """The data belongs to another major version than the programs; the message holds the commands that fix it."""


class ClusterInUse(ClusterError):
    """Another live PostgreSQL works on the same folder; the message names it."""


class Cluster:
    """One private PostgreSQL cluster.

    `data` is made at the first start. `options` are server settings (`fsync="off"` for throw-away clusters). With no
    `port` a free one is taken and kept for later starts of this object. Start it from the main thread.
    """

    def __init__(
        self,
        data: Path,
        *,
        log_dir: Path,
        password_file: Path,
        port: int | None = None,
        bin_dir: Path | None = None,
        options: Mapping[str, str | int] | None = None,
    ) -> None:
        self.data = data.resolve()
        self.log_dir = (log_dir / "postgresql").resolve()
        self.password_file = password_file.resolve()
        self.build: Build = build_at(bin_dir) if bin_dir else find_build()
        self.options = dict(options or {})
        self._given_port = port
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None
        for folder in (self.data, self.log_dir):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._run_as = run_as(self.build, self.data)
        for folder in (self.data, self.log_dir):
            self._run_as.give(folder)

    @property
    def port(self) -> int:
        """The TCP port on loopback. Raises ClusterError before the first start, unless one was given."""
        if self._port is None:
            raise ClusterError("the cluster has no port before its first start")
        return self._port

    @property
    def pid(self) -> int:
        """The postmaster's process id. Raises ClusterError when it was not started."""
        if self._child is None:
            raise ClusterError("the cluster was not started")
        return self._child.pid

    @property
    def password(self) -> str:
        """The superuser's password, made once and kept in the 0600 file."""
        if not self.password_file.exists():
            if self._is_made():
                raise ClusterError(
                    f"{self.password_file} is missing but the data is there: put the file back, or `make reset`"
                )
            self.password_file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
        return self.password_file.read_text("utf-8").strip()

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A `postgresql://` address for asyncpg and libpq; the superuser's own password unless another is given."""
        secret = self.password if password is None else password
        return f"postgresql://{quote(user)}:{quote(secret, safe='')}@{LOOPBACK}:{self.port}/{quote(database)}"

    def running(self) -> bool:
        """Whether the postmaster we started is alive."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> Cluster:
        """Make the cluster if needed, recover it if it crashed, and return when it accepts connections."""
        if self.running():
            return self
        self._check_major()
        self._wait_for_the_last_one()
        if not self._is_made():
            self._make()
        for attempt in range(_PORT_TRIES):
            port = self._port or free_port()
            try:
                self._launch(port)
            except ClusterError as trouble:
                lost_the_race = self._given_port is None and self._port is None and "could not bind" in str(trouble)
                if lost_the_race and attempt + 1 < _PORT_TRIES:
                    continue
                raise
            self._port = port
            return self
        raise ClusterError("no free port was found")

    def stop(self) -> None:
        """Fast shutdown (open transactions are rolled back), then immediate, then SIGKILL. Nothing to do if it is down."""
        if self._child is not None:
            stop_child(self._child, (signal.SIGINT, signal.SIGQUIT), seconds_each=_STOP_SECONDS)
            self._child = None

    def kill(self) -> None:
        """SIGKILL the postmaster, as a power cut would; the next start recovers."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def __enter__(self) -> Cluster:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _is_made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def _check_major(self) -> None:
        if not self._is_made():
            return
        found = int((self.data / "PG_VERSION").read_text("ascii").strip())
        if found != self.build.major:
            raise WrongMajorVersion(
                f"the data in {self.data} belongs to PostgreSQL {found}, but {self.build.bin_dir} is {self.build.major}.\n"
                f"Carry it over:  PG_BIN=/path/to/postgresql-{found}/bin make backup  &&  make reset  &&  make restore FILE=<the backup>\n"
                f"or stay on {found}:  PG_BIN=/path/to/postgresql-{found}/bin make run"
            )

    def _wait_for_the_last_one(self) -> None:
        """A postmaster whose launcher was killed may still be leaving; a stale lock file of a recycled pid is removed."""
        lock = self.data / "postmaster.pid"
        until = time.monotonic() + _LEAVING_SECONDS
        while (holder := _holder(lock)) is not None and _works_on(holder, self.data):
            if time.monotonic() > until:
                raise ClusterInUse(
                    f"PostgreSQL {holder} already runs on {self.data}; stop it first: kill -INT {holder}"
                )
            time.sleep(0.05)
        if sys.platform == "linux" and lock.exists():
            lock.unlink(missing_ok=True)

    def _make(self) -> None:
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self.build.major >= 17
            else ["--locale=C.UTF-8"]
        )
        with tempfile.TemporaryDirectory(prefix="initdb-") as room:
            Path(room).chmod(0o700)
            secret = Path(room) / "password"
            secret.write_text(self.password + "\n", "utf-8")
            for path in (Path(room), secret):
                self._run_as.give(path)
            words = [
                "-D",
                str(self.data),
                "-U",
                SUPERUSER,
                "-E",
                "UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
                *locale,
            ]
            done = subprocess.run(
                [*self._run_as.prefix, str(self.build.program("initdb")), *words],
                capture_output=True,
                text=True,
                env=self._environment(),
                cwd="/",
                **self._run_as.identity,
            )
        if done.returncode:
            raise ClusterError(f"initdb failed in {self.data}:\n{done.stderr[-1200:]}")

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C",
            "TZ": "UTC",
            "HOME": str(self.data),
        }

    def _launch(self, port: int) -> None:
        settings = {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "port": port,
            "max_connections": 150,
            "log_directory": str(self.log_dir),
            **_QUIET_LOGS,
            **_ROTATED_LOGS,
            **self.options,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        first_words = self.log_dir / "start.log"
        with first_words.open("wb") as log:
            self._child = start_child(
                [*self._run_as.prefix, self.build.program("postgres"), "-D", self.data, *words],
                log=log,
                env=self._environment(),
                at_parent_death=signal.SIGINT,  # PostgreSQL's fast shutdown
                **self._run_as.identity,
            )
        self._wait_until_ready(first_words)

    def _wait_until_ready(self, first_words: Path) -> None:
        assert self._child is not None
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._child.poll() is not None:
                self._child = None
                raise ClusterError(f"PostgreSQL did not start on {self.data}:\n{self._last_words(first_words)}")
            if _holder(self.data / "postmaster.pid", ready=True) == self._child.pid:
                return
            time.sleep(0.02)
        self.stop()
        raise ClusterError(f"PostgreSQL was not ready after {_START_SECONDS:.0f} s:\n{self._last_words(first_words)}")

    def _last_words(self, first_words: Path) -> str:
        newest = max(self.log_dir.glob("postgresql-*.log"), key=lambda file: file.stat().st_mtime, default=None)
        texts = [file.read_text("utf-8", "replace")[-1000:] for file in (first_words, newest) if file is not None]
        return "\n".join(text for text in texts if text)


def _holder(lock: Path, *, ready: bool = False) -> int | None:
    """The pid in a `postmaster.pid`; with `ready`, only once line 8 of the file says that it accepts connections."""
    try:
        lines = lock.read_text("utf-8").split("\n")
        if ready and not lines[7].startswith("ready"):
            return None
        return int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _works_on(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL on `data`. Where there is no /proc, PostgreSQL's own check of the lock stands."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in words and any(word.endswith(b"postgres") for word in words)
