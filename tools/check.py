"""What CI runs, suite by suite, with the seconds of each at the end. Needs a bare Python: it makes the environment itself.

python3 -m tools.check                 everything
python3 -m tools.check static tests    only these
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from deploy.embedded.children import start_child, stop_child

ROOT = Path(__file__).resolve().parents[1]
PY = str(ROOT / ".venv" / "bin" / "python")
_PATIENCE = 3
_STDOUT = 1  # the file, whatever `sys.stdout` is at the moment


@dataclass(frozen=True)
class Suite:
    """Commands that prove one thing, and the seconds they should take on two cores."""

    name: str
    seconds: int
    commands: tuple[tuple[str, ...], ...]


SUITES = (
    Suite(
        "set-up",
        240,
        ((sys.executable, "tools/bootstrap.py", "--dev"), (PY, "-m", "tools.servers", "fetch", "rabbitmq")),
    ),
    Suite(
        "static",
        120,
        (
            (PY, "-m", "ruff", "check", "."),
            (PY, "-m", "ruff", "format", "--check", "."),
            ("make", "types"),
            (PY, "-m", "tools.imports"),
            (PY, "-m", "tools.rules"),
            (PY, "-m", "tools.licences", "--check"),
            (PY, "-m", "tools.contracts", "check"),
            (PY, "-m", "tools.diagram", "--check"),
        ),
    ),
    Suite("tests", 480, ((PY, "-m", "tools.test"),)),
    Suite("matrix", 300, ((PY, "-m", "pytest", "tests-e2e/matrix"), (PY, "tests-e2e/matrix/run.py"))),
    Suite("faults", 240, ((PY, "tests-e2e/faults/run.py", "--short"),)),
    Suite(
        "journeys",
        210,
        (
            (PY, "tests-e2e/demo.py"),
            (PY, "-m", "pytest", "tests-e2e/test_demo.py"),
            (PY, "-m", "pytest", "tests-e2e/conformance"),
        ),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """How one suite ended: the seconds it took, and the commands that failed."""

    suite: Suite
    seconds: float
    failed: tuple[str, ...]


def main(names: list[str]) -> int:
    """Run the suites named, or all; 0 when every command of every suite succeeded."""
    signal.signal(signal.SIGTERM, _interrupt)
    known = {suite.name for suite in SUITES}
    if unknown := set(names) - known:
        print(
            f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SUITES)}",
            file=sys.stderr,
        )
        return 2
    outcomes = []
    for suite in SUITES:
        if names and suite.name not in names:
            continue
        outcomes.append(run(suite))
        if suite.name == "set-up" and outcomes[-1].failed:
            break  # nothing else can run without it
    report(outcomes)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def run(suite: Suite) -> Outcome:
    """Run every command of a suite, also after one failed: a reader wants all that is wrong at once."""
    began = time.monotonic()
    failed = []
    for command in suite.commands:
        words = " ".join(os.path.relpath(word, ROOT) if word.startswith("/") else word for word in command)
        print(f"\n── {suite.name}: {words}", flush=True)
        if not _succeeds(command, patience=suite.seconds * _PATIENCE):
            failed.append(words)
    return Outcome(suite, time.monotonic() - began, tuple(failed))


def report(outcomes: list[Outcome]) -> None:
    """Seconds per suite beside what it should take, and every command that failed."""
    print("\nsuite        seconds   should take   result")
    for outcome in outcomes:
        late = "  (over)" if outcome.seconds > outcome.suite.seconds else ""
        result = "FAILED" if outcome.failed else "ok"
        print(f"{outcome.suite.name:12} {outcome.seconds:7.0f}   {outcome.suite.seconds:11}   {result}{late}")
        for words in outcome.failed:
            print(f"{'':12} failed: {words}")
    print(
        f"{'all':12} {sum(outcome.seconds for outcome in outcomes):7.0f}   {sum(o.suite.seconds for o in outcomes):11}",
        flush=True,
    )


def _succeeds(command: tuple[str, ...], *, patience: float) -> bool:
    child = start_child(command, log=_STDOUT, env=os.environ, cwd=ROOT)
    try:
        return child.wait(patience) == 0
    except subprocess.TimeoutExpired:
        print(f"stopped: it took more than {patience:.0f} s", flush=True)
        return False
    finally:
        stop_child(child, (signal.SIGINT, signal.SIGTERM), seconds_each=20)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
