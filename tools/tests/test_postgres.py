"""The private PostgreSQL: starts, recovers, refuses other versions, and never outlives the process that started it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.children import NotTheMainThread, start_child
from deploy.embedded.postgres import Cluster, ClusterError, ClusterInUse, WrongMajorVersion
from deploy.embedded.programs import NoPostgres, build_at, find_build
from tools.project import ROOT
from tools.tests.processes import gone, mentioning

_OWN_PROCESS = """
import sys
from pathlib import Path
from deploy.embedded.postgres import Cluster
room = Path(sys.argv[1])
cluster = Cluster(room / "data", log_dir=room / "log", password_file=room / "password").start()
print(cluster.dsn(), flush=True)
sys.stdin.read()
"""


def cluster_in(room: Path, **more: object) -> Cluster:
    return Cluster(
        room / "data",
        log_dir=room / "log",
        password_file=room / "secrets" / "postgres",
        options={"fsync": "off"},
        **more,
    )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture
def cluster(room: Path) -> Iterator[Cluster]:
    with cluster_in(room) as started:
        yield started


async def test_what_was_committed_survives_a_kill(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.dsn())
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (7)")
    connection.terminate()
    port = cluster.port
    cluster.kill()
    cluster.start()
    assert cluster.port == port
    connection = await asyncpg.connect(cluster.dsn())
    assert await connection.fetchval("SELECT n FROM kept LIMIT 1") == 7
    await connection.close()


async def test_a_wrong_password_is_refused_and_the_right_one_is_private(cluster: Cluster, room: Path) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(cluster.dsn(password="wrong"))
    assert stat.S_IMODE((room / "secrets" / "postgres").stat().st_mode) == 0o600
    assert stat.S_IMODE((room / "data").stat().st_mode) == 0o700


async def test_no_personal_data_reaches_its_log(cluster: Cluster, room: Path) -> None:
    connection = await asyncpg.connect(cluster.dsn())
    await connection.execute("CREATE TABLE IF NOT EXISTS people (national_id text PRIMARY KEY)")
    await connection.execute("INSERT INTO people VALUES ($1)", "1098765432")
    with pytest.raises(asyncpg.UniqueViolationError) as refusal:
        await connection.execute("INSERT INTO people VALUES ($1)", "1098765432")
    assert "1098765432" in str(refusal.value.detail), "the database tells the program what it keeps from its log"
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("SELECT '1098765432'::nothing")
    await connection.close()
    logs = "".join(file.read_text("utf-8") for file in (room / "log").rglob("*.log"))
    assert "duplicate key" in logs
    assert "1098765432" not in logs


def test_it_listens_on_loopback_only_and_on_no_socket_file(cluster: Cluster, room: Path) -> None:
    lines = (room / "data" / "postmaster.pid").read_text("utf-8").splitlines()
    assert (lines[4], lines[5]) == ("", "127.0.0.1")


def test_a_second_start_on_the_same_data_names_the_first(
    cluster: Cluster, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.embedded.postgres._LEAVING_SECONDS", 0.2)
    with pytest.raises(ClusterInUse, match=str(cluster.pid)):
        cluster_in(room).start()


def test_a_lock_file_of_a_recycled_process_number_does_not_block_a_start(room: Path) -> None:
    started = cluster_in(room).start()
    started.kill()
    lock = room / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n" + lock.read_text("utf-8").partition("\n")[2], "utf-8")
    with cluster_in(room) as again:
        assert again.running()


def test_data_of_another_major_version_is_refused_with_the_commands_that_fix_it(room: Path) -> None:
    cluster_in(room).start().stop()
    version = room / "data" / "PG_VERSION"
    kept = version.read_text("ascii")
    version.write_text("14\n", "ascii")
    try:
        with pytest.raises(WrongMajorVersion, match=r"make backup.*make reset.*make restore"):
            cluster_in(room).start()
    finally:
        version.write_text(kept, "ascii")


def test_a_lost_password_file_is_named(room: Path, tmp_path: Path) -> None:
    cluster_in(room).start().stop()
    elsewhere = Cluster(room / "data", log_dir=room / "log", password_file=tmp_path / "postgres")
    with elsewhere, pytest.raises(ClusterError, match="is missing but the data is there"):
        elsewhere.dsn()


def test_a_program_folder_that_holds_no_postgres_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoPostgres):
        build_at(tmp_path)
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(NoPostgres, match=str(tmp_path)):
        find_build()


def test_a_child_is_refused_off_the_main_thread() -> None:
    refused: list[BaseException] = []

    def elsewhere() -> None:
        try:
            start_child(["true"], log=subprocess.DEVNULL)
        except NotTheMainThread as refusal:
            refused.append(refusal)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(refused) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_when_the_starter_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", _OWN_PROCESS, str(tmp_path)]
    starter = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline().startswith("postgresql://")
    assert mentioning(str(tmp_path / "data"))
    starter.send_signal(number)
    starter.wait()
    assert gone(str(tmp_path), within_s=15)
    with Cluster(tmp_path / "data", log_dir=tmp_path / "log", password_file=tmp_path / "password") as again:
        assert again.running()
