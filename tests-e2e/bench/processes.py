"""What a process and its children have used, read from /proc: CPU seconds (user and system) and resident memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024.0


def tree(pid: int) -> list[int]:
    """A process and all its descendants that are alive."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        if (fields := _stat(int(entry.parent.name))) is not None:
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting += parents.get(each, [])
    return found


def cpu_s(*pids: int) -> float:
    """CPU seconds of these processes' trees so far; children that ended and were waited for are counted too."""
    total = 0
    for each in {member for pid in pids for member in tree(pid)}:
        if (fields := _stat(each)) is not None:
            total += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return total / _TICKS


@dataclass(frozen=True)
class Memory:
    """Mebibytes."""

    rss: float
    pss: float


def memory(*pids: int) -> Memory:
    """Resident and proportional memory of exactly these processes, without their children."""
    rss = pss = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss"):
                amount = int(rest.split()[0])
                rss, pss = (rss + amount, pss) if name == "Rss" else (rss, pss + amount)
    return Memory(round(rss / _MIB, 1), round(pss / _MIB, 1))


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the name, which may hold spaces; None when the process has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
