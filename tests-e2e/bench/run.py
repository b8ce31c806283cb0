"""`make bench`: the first figures, as ratios within one run. Raw results go to `.run/bench/`; one JSON line ends it.

Loopback only, bounded in time, everything started here dies with this process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import effect
import front_door
import relaying
import size
import submitting
from ground import ROOT, Ground

# Seconds each part may take at most; together the bound of the whole.
PARTS: dict[str, tuple[int, Callable[[Ground, tuple[int, int] | None], Awaitable[dict[str, Any]]]]] = {
    "gateway": (70, front_door.measure),
    "submission": (110, submitting.measure),
    "relay": (80, relaying.measure),
    "effect": (60, effect.measure),
    "memory": (40, size.measure),
}
FIGURES = (
    "gateway_cpu_ratio_to_nginx",
    "gateway_post_cpu_ratio_to_nginx",
    "gateway_p99_ms",
    "submissions_per_s",
    "submission_p95_ms",
    "relay_events_per_s",
    "relay_ratio_to_bare",
    "commit_to_effect_p99_ms",
    "commit_to_effect_embedded_p99_ms",
    "rss_mb",
)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="tests-e2e/bench/run.py", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part only; may be repeated")
    parser.add_argument("--keep", action="store_true", help="keep the processes' logs and say where")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    ground = Ground(folder)
    raw: dict[str, Any] = {"machine": _machine(), "parts": {}}
    try:
        for name in given.only or PARTS:
            raw["parts"][name] = await _part(ground, name)
    finally:
        raw["machine"]["load_at_end"] = os.getloadavg()
        ground.stop()
        if given.keep:
            _say(f"logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(_figures(raw["parts"])), flush=True)
    _say(f"raw results: {_write(raw)}", sys.stderr)
    return 1 if any("failed" in part for part in raw["parts"].values()) else 0


async def _part(ground: Ground, name: str) -> dict[str, Any]:
    """One part's results; a part that cannot run says why and does not stop the others."""
    seconds, measure = PARTS[name]
    _say(f"{name} (load average {os.getloadavg()[0]:.1f})")
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            found = await measure(ground, _cores())
    except Exception as error:  # edge: a figure that could not be had is null, with its reason
        found = {"failed": f"{type(error).__name__}: {error}"[:600]}
    ground.sweep()
    found["seconds"] = round(time.monotonic() - began, 1)
    told = {key: value for key, value in found.items() if key in FIGURES or key in ("failed", "seconds", "pinned")}
    _say(f"  {json.dumps(told)}")
    return found


def _figures(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    found = {key: value for part in parts.values() for key, value in part.items()}
    return {name: found.get(name) for name in FIGURES}


def _cores() -> tuple[int, int] | None:
    """Two cores to pin to, where there are two and a way to pin."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (allowed[0], allowed[1]) if len(allowed) > 1 and shutil.which("taskset") else None


def _machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_at_start": os.getloadavg(),
    }


def _write(raw: dict[str, Any]) -> Path:
    room = ROOT / ".run" / "bench"
    room.mkdir(parents=True, exist_ok=True)
    file = room / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(raw, indent=1))
    return file


def _say(line: str, stream: Any = None) -> None:
    print(f"· {line}", file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
