"""Child processes that cannot outlive the process that started them (Linux), and free loopback ports for them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


class NotTheMainThread(RuntimeError):
    """A child was about to be started from another thread than the main one, and would die with that thread."""


def free_port() -> int:
    """A TCP port nobody listens on at the moment. The caller should be ready to lose the race and ask again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    """Whether `port` can be bound on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def start_child(
    argv: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    at_parent_death: signal.Signals = signal.SIGTERM,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    **identity: Any,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own; the kernel sends it `at_parent_death` when this process goes, however it goes.

    `log` receives both outputs. `identity` is Popen's user, group and extra_groups. Raises NotTheMainThread off the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        raise NotTheMainThread(
            "start children from the main thread: the parent-death signal is bound to the thread that forked"
        )
    return subprocess.Popen(
        [os.fspath(word) for word in argv],
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=stdin,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), at_parent_death),
        **identity,
    )


def _die_with(parent: int, at_parent_death: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def in_the_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, at_parent_death)
        if os.getppid() != parent:  # the parent went between fork and prctl: nobody will send the signal any more
            os._exit(1)

    return in_the_child


def stop_child(child: subprocess.Popen[bytes], signals: Sequence[signal.Signals], *, seconds_each: float) -> int:
    """Send each signal to the child's whole group in turn until it has gone, SIGKILL at the end. Returns its exit status."""
    for number in (*signals, signal.SIGKILL):
        if child.poll() is not None:
            break
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(seconds_each)
        except subprocess.TimeoutExpired:
            continue
    return child.wait()
