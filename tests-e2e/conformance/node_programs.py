"""Programs of others from the npm registry: installed into .run/conformance on demand, never committed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import IO

from deploy.embedded.children import start_child, stop_child

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".run" / "conformance"
_OLDEST_NODE = (20, 12)


class NodeMissing(Exception):
    """No Node.js that will do, or its packages cannot be had; the message says what to do."""


@cache
def install() -> Path:
    """The folder with our scripts and the packages beside them. Raises NodeMissing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NodeMissing("Node.js and npm are needed (apt-get install nodejs npm, version 20.12 or newer)")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in said.lstrip("v").split(".")[:2]) < _OLDEST_NODE:
        raise NodeMissing(f"Node.js {said} is too old; 20.12 or newer is needed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for script in (*(HERE / "node").iterdir(), *(HERE / "clients").glob("*.mjs")):
        shutil.copy2(script, FOLDER / script.name)
    locked = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".locked"
    if not stamp.is_file() or stamp.read_text() != locked:
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise NodeMissing(f"npm ci failed: {done.stderr[-500:]}")
        stamp.write_text(locked)
    return FOLDER


def start(script: str, *, log: IO[bytes], **environment: str) -> subprocess.Popen[bytes]:
    """Start one of our scripts; it cannot outlive us."""
    return start_child(["node", FOLDER / script], log=log, cwd=FOLDER, env={**os.environ, **environment})


def stop(program: subprocess.Popen[bytes]) -> None:
    """End it."""
    stop_child(program, (signal.SIGTERM,), seconds_each=3)
