"""The private broker, the search for programs, and the servers of a test run: started, killed, and gone with their starter."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import psutil
import pytest

from tools.project import ROOT
from tools.servers import Node, ProgramMissing, find, find_or_fetch, look_for, start_for_tests
from tools.servers.__main__ import main
from tools.servers.for_tests import _folder, rooms_of_runs
from tools.servers.rabbitmq import DECLARED_QUEUES_SETTLE_SECONDS
from tools.tests.processes import gone, mentioning

_OWN_PROCESS = """
import sys
from pathlib import Path
from tools.servers import Node, find_or_fetch
node = Node(Path(sys.argv[1]), find_or_fetch("rabbitmq")).start()
print(node.amqp_url, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("rabbitmq"), find_or_fetch("rabbitmq")) as started:
        yield started


async def test_a_confirmed_message_survives_a_kill_of_the_node(node: Node) -> None:
    async with await aio_pika.connect(node.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        await asyncio.sleep(DECLARED_QUEUES_SETTLE_SECONDS)
        message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "kept")
    node.kill()
    assert not node.running()
    node.start()
    async with await aio_pika.connect(node.amqp_url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        answer = await queue.get(timeout=20)
        assert answer is not None
        assert answer.body == b"kept"
        await answer.ack()


def test_the_management_interface_and_the_command_answer(node: Node) -> None:
    node.api("vhosts/mine", method="PUT")
    assert {host["name"] for host in node.api("vhosts")} == {"/", "mine"}
    assert node.api("vhosts/mine", method="DELETE") is None
    assert "jawaz" in node.ctl("list_users")


def test_it_listens_on_loopback_only(node: Node) -> None:
    ports = {node.port, node.api_port, *(listener["port"] for listener in node.api("overview")["listeners"])}
    found = listening_addresses(ports)
    assert set(found) == ports
    assert {address for addresses in found.values() for address in addresses} == {"127.0.0.1"}
    assert (node.folder / "password").stat().st_mode & 0o077 == 0


def listening_addresses(ports: set[int]) -> dict[int, set[str]]:
    """Who listens where, from the kernel: the management plugin reports its listener as `::` whatever it is bound to."""
    found: dict[int, set[str]] = {}
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port in ports:
            found.setdefault(connection.laddr.port, set()).add(connection.laddr.ip)
    return found


def test_nothing_is_left_when_the_starter_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OWN_PROCESS, str(tmp_path)]
    starter = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline().startswith("amqp://")
    before = [pid for pid in mentioning("epmd") if _parent(pid) == starter.pid]
    assert before, "epmd is a child of ours, not a daemon"
    assert mentioning(str(tmp_path))
    starter.kill()
    starter.wait()
    assert gone(str(tmp_path / "mnesia"), within_s=30)
    assert not set(before) & set(mentioning("epmd"))


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_given_program_is_used_and_a_wrong_one_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "wrk"
    program.touch()
    monkeypatch.setenv("WRK_BIN", str(program))
    assert find("wrk").path == program
    monkeypatch.setenv("WRK_BIN", str(tmp_path / "nothing"))
    with pytest.raises(ProgramMissing, match="WRK_BIN"):
        find("wrk")


def test_a_program_we_unpacked_comes_with_the_environment_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("usr/bin/wrk", "usr/lib/x86_64-linux-gnu/libluajit.so"):
        (tmp_path / "wrk" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "wrk" / path).touch()
    monkeypatch.setenv("PROGRAMS_DIR", str(tmp_path))
    found = find("wrk")
    assert found.origin == "unpacked by us"
    assert found.environment["LD_LIBRARY_PATH"] == str(tmp_path / "wrk/usr/lib/x86_64-linux-gnu")
    assert found.environment["PATH"].startswith(str(tmp_path / "wrk/usr/bin"))


def test_what_is_missing_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROGRAMS_DIR", str(tmp_path))
    monkeypatch.setattr("tools.servers.programs.shutil.which", lambda _name: None)
    if look_for("wrk") is None:
        assert main(["find", "wrk"]) == 1
        said = capsys.readouterr().err
        assert "python -m tools.servers fetch wrk" in said
        assert "WRK_BIN" in said
    monkeypatch.setattr("tools.servers.fetching.look_for", lambda _name: None)
    monkeypatch.setattr("tools.servers.fetching.shutil.which", lambda _name: None)
    with pytest.raises(ProgramMissing, match="no Debian or Ubuntu"):
        find_or_fetch("wrk")


def test_given_servers_are_used_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PG_DSN", "postgresql://given")
    monkeypatch.setenv("TEST_AMQP_URL", "amqp://given")
    monkeypatch.setenv("TEST_RABBIT_API", "http://given")
    servers = start_for_tests()
    servers.stop()
    assert servers.environment() == {
        "TEST_PG_DSN": "postgresql://given",
        "TEST_AMQP_URL": "amqp://given",
        "TEST_RABBIT_API": "http://given",
    }
    assert all("given" in line for line in servers.lines)
    monkeypatch.delenv("TEST_RABBIT_API")
    with pytest.raises(RuntimeError, match="go together"):
        start_for_tests()


def test_folders_of_killed_runs_are_swept() -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = rooms_of_runs() / f"{dead.pid}-left"
    left.mkdir(parents=True, exist_ok=True)
    mine, another = _folder(), _folder()
    assert not left.exists()
    assert mine.exists(), "a second run of the same process does not sweep the first"
    mine.rmdir()
    another.rmdir()


def test_an_ended_test_command_leaves_nothing(tmp_path: Path) -> None:
    waiting = tmp_path / "test_waiting.py"
    waiting.write_text("import time\n\ndef test_waiting():\n    time.sleep(600)\n", "utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "PYTEST_"))}
    words = [sys.executable, "-m", "tools.test", "-n1", "-p", "no:cacheprovider", str(waiting)]
    ends = {
        number: subprocess.Popen(
            words, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        for number in (signal.SIGKILL, signal.SIGINT)
    }
    folders = [_ended_when_ready(command, number) for number, command in ends.items()]
    assert len(set(folders)) == 2
    assert all(gone(folder, within_s=30) for folder in folders)
    assert gone(str(waiting), within_s=30)


def _ended_when_ready(command: subprocess.Popen[str], number: signal.Signals) -> str:
    """Wait until the test command has its servers, end it, and return the folder they worked in."""
    assert command.stdout is not None
    seen: list[str] = []
    for line in command.stdout:
        seen.append(line)
        if line.startswith("servers ready"):
            break
    assert seen[0].startswith("PostgreSQL: ")
    assert seen[1].startswith("RabbitMQ: ")
    folder = str(rooms_of_runs() / f"{command.pid}-")
    assert mentioning(folder)
    command.send_signal(number)
    command.wait()
    return folder
