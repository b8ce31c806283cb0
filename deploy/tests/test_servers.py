"""The servers way without Docker: every process compose.yaml names, started here with exactly its command and variables.

What Docker would do is done here instead: names become loopback addresses, container ports free ports, volumes folders.
PostgreSQL and RabbitMQ are private ones of this test. What only Docker can show (image, volumes' owners, networks) is not
shown here.
"""

import asyncio
import json
import re
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest
import pytest_asyncio
import yaml

from deploy import servers, stack
from deploy.embedded.children import free_port, start_child, stop_child
from deploy.embedded.postgres import Cluster
from tools.project import packages
from tools.servers.for_tests import FAST_AND_LOOSE

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load(stack.FILE.read_text("utf-8"))
PROCESSES = {name: each for name, each in COMPOSE["services"].items() if each["image"] == stack.OURS["image"]}
LASTING = {name: each for name, each in PROCESSES.items() if each["restart"] != "no"}
READY_WITHIN_S = 180.0  # on a machine that does much else; seconds on a quiet one
FOLLOWED_S = 1.5  # three looks at the clock


class Stack:
    """The processes of compose.yaml on this machine, in one folder."""

    def __init__(self, folder: Path, postgres: str, rabbitmq: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.mkdir()
        self._servers = {"--postgres": postgres, "--rabbitmq": rabbitmq}
        numbers = {match for value in _strings(PROCESSES) for match in re.findall(r"(?<![\d.])\d{4}(?!\d)", value)}
        self.ports = {number: str(free_port()) for number in sorted(numbers)}
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def public_url(self) -> str:
        return self._here("http://localhost:${PORT:-8080}")

    @property
    def outside_url(self) -> str:
        return self._here(stack.OUTSIDE)

    def once(self, name: str) -> str:
        """Run a process that ends, and return what it printed."""
        argv, environment = self._start_of(name)
        done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        (self.log / name).write_text(done.stdout + done.stderr)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str) -> None:
        """Start a process that lasts."""
        argv, environment = self._start_of(name)
        with (self.log / name).open("wb") as log:
            self.children[name] = start_child(argv, log=log, env=environment, cwd=ROOT, at_parent_death=signal.SIGKILL)

    async def until_healthy(self, names: list[str]) -> None:
        """Until each answers its own health check, asked as Docker asks it."""
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        for name in names:
            # The check's own program is run in this process: as many interpreters again would only make all later.
            asked = compile(self._here(PROCESSES[name]["healthcheck"]["test"][3]), f"health check of {name}", "exec")
            while not await asyncio.to_thread(_is_well, asked):
                assert self.children[name].poll() is None, f"{name} ended: {self.last_words(name)}"
                assert asyncio.get_running_loop().time() < deadline, f"{name} is not healthy: {self.last_words(name)}"
                await asyncio.sleep(0.2)

    def last_words(self, name: str) -> str:
        return (self.log / name).read_text("utf-8", "replace")[-2000:]

    def stop(self) -> dict[str, int]:
        """SIGTERM to all at once, as `make down` does; the exit status of each."""
        for child in self.children.values():
            child.terminate()
        return {name: stop_child(child, (signal.SIGTERM,), seconds_each=15.0) for name, child in self.children.items()}

    def secrets(self) -> dict[str, str]:
        """Every secret by its file."""
        files = sorted(each for each in (self.folder / "prepare").rglob("*") if each.is_file())
        return {str(file.relative_to(self.folder)): file.read_text("utf-8") for file in files}

    def _start_of(self, name: str) -> tuple[list[str], dict[str, str]]:
        process = PROCESSES[name]
        words = [self._inside(process, word) for word in process["command"]]
        for option, url in self._servers.items():
            if option in words:
                words[words.index(option) + 1] = url
        given = {
            key: "127.0.0.1" if key.endswith("_HOST") else self._inside(process, value)
            for key, value in process.get("environment", {}).items()
        }
        return [sys.executable, "-m", *words], {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **given}

    def _inside(self, process: dict[str, Any], value: str) -> str:
        """A word of compose.yaml as it reads on this machine: volumes are folders, names and ports are loopback's."""
        if value == "/prepare":
            return str(self.folder / "prepare")
        for volume in process.get("volumes", []):
            name, target, *_ = volume.split(":")
            if value == target:
                return str(self.folder / "prepare" / name.removeprefix("secrets-"))
        return self._here(value)

    def _here(self, value: str) -> str:
        value = value.replace("${PORT:-8080}", "8080")
        names = "|".join(map(re.escape, COMPOSE["services"]))
        value = re.sub(rf"(//|@)(?:{names})(?=:\d)", r"\g<1>127.0.0.1", value)
        return re.sub(r"(?<![\d.])\d{4}(?!\d)", lambda match: self.ports.get(match[0], match[0]), value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _is_well(asked: Any) -> bool:
    try:
        exec(asked, {})
    except OSError:
        return False
    return True


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Cluster]:
    """A server of this test's own, whatever TEST_PG_DSN says: databases get their real names here."""
    cluster = Cluster(
        tmp_path / "postgres", log_dir=tmp_path, password_file=tmp_path / "postgres.password", options=FAST_AND_LOOSE
    )
    with cluster:
        yield cluster


@pytest_asyncio.fixture
async def prepared(tmp_path: Path, postgres: Cluster, broker: str) -> AsyncIterator[Stack]:
    """Secrets and databases are there; both servers are somebody's own, so their passwords were put in place before."""
    given = tmp_path / "prepare" / "prepare"
    given.mkdir(parents=True, mode=0o700)
    door = urlsplit(broker)
    for name, password in (("postgres", postgres.password), ("rabbitmq", unquote(door.password or ""))):
        (given / f"{name}-password").write_text(password)
        (given / f"{name}-password").chmod(0o600)
    user = door._replace(netloc=f"{door.username}@{door.hostname}:{door.port}").geturl()
    made = Stack(tmp_path, f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres", user)
    made.once("secrets")
    made.once("prepare")
    try:
        yield made
    finally:
        made.stop()


async def test_a_journey_through_every_process_of_the_stack(prepared: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prepared.secrets()
    for name in LASTING:
        prepared.start(name)
    await prepared.until_healthy(["simulators"])
    told = json.loads(prepared.once("seeds"))
    await prepared.until_healthy([name for name in LASTING if "healthcheck" in PROCESSES[name]])

    monkeypatch.syspath_prepend(ROOT / "tests-e2e")
    from journeys import account, visa
    from journeys.outside import Outside
    from journeys.telling import Teller
    from journeys.world import World

    class Waiting(Outside):
        """Each process follows the moved clock by itself; a person is not that quick."""

        async def move_clock(self, seconds: float) -> None:
            await super().move_clock(seconds)
            await asyncio.sleep(FOLLOWED_S)

    sign_ins = {each["role"]: each for each in told}
    world = World(prepared.public_url, Waiting(prepared.outside_url), sign_ins, Teller(quiet=True))
    try:
        await account.play(world)
        await visa.play(world)
    finally:
        await world.close()
    assert world.teller.failed == []
    assert world.teller.journeys == 2
    assert world.teller.checks >= 20
    assert {name: child.poll() for name, child in prepared.children.items()} == dict.fromkeys(LASTING)
    _nothing_leaked(prepared, before)
    assert set(prepared.stop().values()) <= {0, -signal.SIGTERM}


def _nothing_leaked(prepared: Stack, before: dict[str, str]) -> None:
    """No process had to make a secret, and none is in a log or in the environment of a process."""
    assert prepared.secrets() == before
    values = [part for value in before.values() for part in re.findall(r"[\w-]{30,}", value)]
    assert len(values) > 40
    seen = {name: (prepared.log / name).read_text("utf-8", "replace") for name in PROCESSES}
    seen |= {f"{name} (environment)": str(prepared._start_of(name)) for name in PROCESSES}
    for name, text in seen.items():
        assert not [value for value in values if value in text], f"{name} shows a secret"


async def test_preparing_twice_changes_nothing_and_a_service_cannot_do_more_than_it_should(prepared: Stack) -> None:
    before = prepared.secrets()
    for file in before:
        assert stat.S_IMODE((prepared.folder / file).stat().st_mode) == 0o600, file
    prepared.once("secrets")
    prepared.once("prepare")
    assert prepared.secrets() == before
    assert before["prepare/delivery/post-callback"] == before["prepare/partners/post-callback"]
    assert before["prepare/delivery/ops-cookies"] != before["prepare/notify/ops-cookies"]
    own = await asyncpg.connect(before["prepare/support/support_database_url"].strip())
    try:
        assert await own.fetchval("select count(*) from tickets") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await own.execute("drop table tickets")
    finally:
        await own.close()
    foreign = before["prepare/support/support_database_url"].strip().removesuffix("support") + "passport"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)


def test_an_address_with_a_password_in_it_is_refused() -> None:
    assert servers.with_password("amqp://u@h:1/v", "p/w") == "amqp://u:p%2Fw@h:1/v"
    for url in ("postgresql://postgres:secret@db/postgres", "postgresql://db/postgres"):
        with pytest.raises(SystemExit, match="no password"):
            servers.with_password(url, "p")


def test_the_committed_file_is_what_the_table_makes_and_reads_as_the_table() -> None:
    assert stack.FILE.read_text("utf-8") == stack.written()
    assert {key: value for key, value in COMPOSE.items() if key != "x-process"} == stack.stack()


def test_the_file_names_nothing_that_is_not_there_and_opens_only_two_doors() -> None:
    declared = set(COMPOSE["volumes"])
    for name, each in COMPOSE["services"].items():
        assert set(each.get("depends_on", {})) <= set(COMPOSE["services"]), name
        assert set(each["networks"]) <= set(COMPOSE["networks"]), name
        assert {volume.split(":")[0] for volume in each.get("volumes", [])} <= declared, name
        for needed, how in each.get("depends_on", {}).items():
            ends = COMPOSE["services"][needed].get("restart") == "no"
            assert (how["condition"] == "service_completed_successfully") == ends, f"{name} waits for {needed}"
            assert ends or "healthcheck" in COMPOSE["services"][needed], f"{name} waits for {needed}"
    open_doors = {name: each["ports"] for name, each in COMPOSE["services"].items() if "ports" in each}
    assert set(open_doors) == {"gateway", "simulators"}
    assert all(door.startswith("127.0.0.1:") for doors in open_doors.values() for door in doors)


def test_a_process_sees_its_own_secrets_only_and_cannot_change_them() -> None:
    for name, each in LASTING.items():
        holder = "partners" if name == "simulators" else each["command"][0]
        own = [] if holder == "gateway" else [f"secrets-{holder}:/secrets:ro"]
        assert each.get("volumes", []) == own, name


def test_the_image_puts_every_package_on_the_path_and_has_a_folder_for_every_secret() -> None:
    told = stack.FILE.with_name("Dockerfile").read_text("utf-8")
    path = re.search(r"PYTHONPATH=(\S+)", told)
    assert path is not None
    folders = {f"/app/{folder.parent.relative_to(ROOT)}" for folder in packages().values()}
    assert set(path[1].split(":")) == {"/app", *folders}
    assert {folder.removeprefix("/prepare/") for folder in re.findall(r"/prepare/\w+", told)} == set(servers.GIVEN)
    kept = stack.FILE.with_name("Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert {f"!{folder.removeprefix('/app/')}" for folder in folders} | {"!deploy", "!requirements.txt"} <= set(kept)
