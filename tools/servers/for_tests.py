"""Real PostgreSQL and real RabbitMQ for a test run: given addresses, else Docker, else private processes of our own.

What they keep is thrown away with the run, so it is kept in memory where there is room for it: every test makes a
database and drops it, and making and dropping hundreds of files is what a disk's file system does slowest.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.postgres import Cluster
from tools.servers.fetching import find_or_fetch
from tools.servers.programs import ROOT
from tools.servers.rabbitmq import Node

# A throw-away cluster: a crash may lose it, so nothing waits for the disk.
FAST_AND_LOOSE: dict[str, str | int] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "max_wal_size": "256MB",
    "max_connections": 300,
}
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, 0700, as on the disk
_ROOM_BYTES = 4 * 1024**3  # a run was seen to keep less than a quarter of it
_POSTGRES_IMAGE = "postgres:18-alpine"
_RABBITMQ_IMAGE = "rabbitmq:4-management-alpine"


@dataclass
class ServersForTests:
    """What a test run talks to. `lines` says which servers these are, for the top of the run; `room` is gone with them."""

    pg_dsn: str
    amqp_url: str
    rabbit_api: str
    lines: list[str]
    room: Path
    _stack: contextlib.ExitStack = field(repr=False)

    def stop(self) -> None:
        """Stop what was started for this run and remove its folder; servers that were given stay untouched."""
        self._stack.close()

    def environment(self) -> dict[str, str]:
        """The variables under which test processes find these servers."""
        return {"TEST_PG_DSN": self.pg_dsn, "TEST_AMQP_URL": self.amqp_url, "TEST_RABBIT_API": self.rabbit_api}


def start_for_tests(say: Callable[[str], None] = lambda _line: None) -> ServersForTests:
    """Find or start both servers. Call it from the main thread, and `stop()` the answer.

    TEST_PG_DSN, and TEST_AMQP_URL with TEST_RABBIT_API, name servers of yours. TEST_SERVERS=docker or =local insists on a way.
    """
    with contextlib.ExitStack() as stack:
        folder = _folder()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        docker = docker_answers()
        # The broker takes seconds to start and PostgreSQL less than one: the second comes up while the first does.
        broker_of = _broker(stack, folder, docker=docker, say=say)
        pg_dsn, pg_line = _postgres(stack, folder, docker=docker)
        amqp_url, rabbit_api, broker_line = broker_of()
        return ServersForTests(pg_dsn, amqp_url, rabbit_api, [pg_line, broker_line], folder, stack.pop_all())


def _postgres(stack: contextlib.ExitStack, folder: Path, *, docker: bool) -> tuple[str, str]:
    if given := os.environ.get("TEST_PG_DSN"):
        return given, "PostgreSQL: given by TEST_PG_DSN"
    if docker:
        from testcontainers.community.postgres import PostgresContainer

        command = " ".join(["postgres", *(f"-c {name}={value}" for name, value in FAST_AND_LOOSE.items())])
        container = stack.enter_context(PostgresContainer(_POSTGRES_IMAGE, driver=None).with_command(command))
        return str(container.get_connection_url()), f"PostgreSQL: Docker, {_POSTGRES_IMAGE}"
    cluster = Cluster(
        folder / "postgres", log_dir=folder / "log", password_file=folder / "postgres.password", options=FAST_AND_LOOSE
    )
    stack.callback(cluster.stop)
    cluster.start()
    return cluster.dsn(), f"PostgreSQL: {cluster.build.major}, private, from {cluster.build.bin_dir}"


def _broker(
    stack: contextlib.ExitStack, folder: Path, *, docker: bool, say: Callable[[str], None]
) -> Callable[[], tuple[str, str, str]]:
    given, api = os.environ.get("TEST_AMQP_URL"), os.environ.get("TEST_RABBIT_API")
    if given and api:
        return lambda: (given, api, "RabbitMQ: given by TEST_AMQP_URL")
    if given or api:
        raise RuntimeError("TEST_AMQP_URL and TEST_RABBIT_API go together: set both or neither")
    if docker:
        return lambda: _broker_in_docker(stack)
    found = find_or_fetch("rabbitmq", say)
    node = Node(folder / "rabbitmq", found)
    stack.callback(node.stop)  # epmd
    stack.callback(node.kill)  # nothing on it is worth the seconds of an orderly end
    node.start(wait=False)

    def when_ready() -> tuple[str, str, str]:
        node.wait_until_ready()
        version = node.api("overview")["rabbitmq_version"]
        return node.amqp_url, node.api_url, f"RabbitMQ: {version}, private, {found.origin}, from {found.path.parent}"

    return when_ready


def _broker_in_docker(stack: contextlib.ExitStack) -> tuple[str, str, str]:
    from testcontainers.community.rabbitmq import RabbitMqContainer

    container = stack.enter_context(RabbitMqContainer(_RABBITMQ_IMAGE).with_exposed_ports(5672, 15672))
    host, door = container.get_container_host_ip(), f"{container.username}:{container.password}"
    return (
        f"amqp://{door}@{host}:{container.get_exposed_port(5672)}/",
        f"http://{door}@{host}:{container.get_exposed_port(15672)}",
        f"RabbitMQ: Docker, {_RABBITMQ_IMAGE}",
    )


def docker_answers() -> bool:
    """Whether a Docker engine answers; a few milliseconds where there is none. TEST_SERVERS=docker makes its absence an error."""
    wanted = os.environ.get("TEST_SERVERS")
    if wanted == "local":
        return False
    try:
        import docker
        from docker.errors import DockerException
    except ImportError:
        if wanted == "docker":
            raise
        return False
    try:
        with contextlib.closing(docker.from_env(timeout=3)) as engine:
            return bool(engine.ping())
    except DockerException:
        if wanted == "docker":
            raise
        return False


def _folder() -> Path:
    """A new folder for this run, `…/<pid>-…`; what runs that were killed left behind is swept first."""
    rooms = rooms_of_runs()
    rooms.mkdir(parents=True, exist_ok=True, mode=0o700)
    for room in rooms.iterdir():
        owner = room.name.partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(room, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=rooms))


def rooms_of_runs() -> Path:
    """Where runs keep their folders: in memory if there is plenty of it, else in `.run/tests`."""
    if os.access(_IN_MEMORY, os.W_OK) and min(shutil.disk_usage(_IN_MEMORY).free, _memory_free()) > _ROOM_BYTES:
        return _IN_MEMORY / f"jawaz-tests-{os.geteuid()}"
    return ROOT / ".run" / "tests"


def _memory_free() -> int:
    """Bytes of memory nobody needs; 0 where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
