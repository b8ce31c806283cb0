"""Pins every requirement with the hashes of its files; records no index and no host, so any mirror serves.

python -m tools.lock            keep what is pinned, add and drop what pyproject.toml asks for
python -m tools.lock --upgrade  newest versions that pyproject.toml allows
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tools.project import ROOT

_PLACE = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|file:|@ ")
_OLDEST_PYTHON = "3.11"


class LockError(RuntimeError):
    """The lock could not be made, or it records where files came from."""


def main(words: list[str]) -> int:
    """Write both locks; 0 when they stand."""
    upgrade = ["--upgrade"] if "--upgrade" in words else []
    runtime, dev = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
    compile_lock(["pyproject.toml", *upgrade], runtime)
    # Tests run on the very versions that run: the first lock constrains the second.
    compile_lock(["--group", "dev", "-c", runtime.name, *upgrade], dev)
    for lock in (runtime, dev):
        print(f"{lock.name}: {len(pins(lock))} packages")
    return 0


def compile_lock(what: list[str], lock: Path) -> None:
    """Resolve `what` into `lock` for every platform at once. Raises LockError."""
    options = [
        "--generate-hashes",
        "--universal",
        "--python-version",
        _OLDEST_PYTHON,
        "--no-emit-index-url",
        "--no-annotate",
        "-q",
    ]
    uv = [sys.executable, "-m", "uv", "pip", "compile", *options, "--custom-compile-command", "make lock"]
    done = subprocess.run([*uv, *what, "-o", lock.name], cwd=lock.parent)
    if done.returncode:
        raise LockError(f"{lock.name} could not be made; uv's words are above")
    if places := places_in(lock.read_text("utf-8")):
        raise LockError(f"{lock.name} records where files come from: {places[0]}")


def places_in(text: str) -> list[str]:
    """The lines of a lock that name an index, a host or a file."""
    return [line for line in text.splitlines() if _PLACE.search(line)]


def pins(lock: Path) -> dict[str, str]:
    """The pinned version of every package in `lock`, by lower-case name with dashes."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
