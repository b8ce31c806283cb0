"""Every test on real servers: finds or starts PostgreSQL and RabbitMQ, says which, runs pytest, stops what it started.

python -m tools.test [words for pytest]
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from deploy.embedded.children import start_child, stop_child
from tools.project import ROOT
from tools.servers import ProgramMissing, start_for_tests

# A file keeps to one process: its servers start once. Which begin first is said in conftest.py.
_WORKERS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
_INTERRUPTED = 130
_FAILED = 1
_STDIN, _STDOUT = 0, 1  # the files, whatever `sys.stdin` and `sys.stdout` are at the moment


def main(words: list[str]) -> int:
    """Run pytest with `words`; its exit status. A skipped test fails the run: what is missing is an error, never a skip."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us with it ignored
    began = time.monotonic()
    try:
        servers = start_for_tests(print)
    except (ProgramMissing, RuntimeError) as trouble:
        print(f"the servers tests need are not there:\n{trouble}", file=sys.stderr)
        return 1
    try:
        for line in servers.lines:
            print(line)
        print(f"servers ready in {time.monotonic() - began:.1f} s", flush=True)
        # What tests write is gone with the run too, and is kept where the servers' files are: in memory if there is room.
        environment = {**os.environ, "TMPDIR": str(servers.room), **servers.environment()}
        status = _pytest(words, environment)
        if status == _FAILED and not words:
            _once_more(environment)
        return status
    except KeyboardInterrupt:
        print("interrupted: stopping the servers", file=sys.stderr)
        return _INTERRUPTED
    finally:
        servers.stop()


def _once_more(environment: dict[str, str]) -> None:
    """Run what failed once more, alone, to tell a fault from a neighbour's load. The run has failed all the same."""
    print("\nwhat failed, once more and alone (the run has failed all the same):", flush=True)
    _pytest(["-n0", "--last-failed", "--last-failed-no-failures=none"], environment)


def _pytest(words: list[str], environment: dict[str, str]) -> int:
    workers = () if any(word.startswith(("-n", "--pdb")) for word in words) else _WORKERS
    command = [sys.executable, "-m", "pytest", *workers, "-p", "tools.noskips", *words]
    # A session of its own: Ctrl-C comes to us first, and we end pytest and its workers as one group.
    pytest = start_child(command, log=_STDOUT, env=environment, cwd=ROOT, stdin=_STDIN)
    try:
        return pytest.wait()
    finally:
        stop_child(pytest, (signal.SIGINT, signal.SIGTERM), seconds_each=10)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
