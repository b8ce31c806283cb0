"""From the writer's commit to the consumer's commit, at 50 a second: as processes over RabbitMQ, and all in one process.

Both ends note the machine's monotonic clock, which is one for all processes: after the commit has returned.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ground import Ground, spread, until_bound

COMMITS = 500
PER_S = 50


async def measure(ground: Ground, cores: tuple[int, int] | None) -> dict[str, Any]:
    """Embedded first, then apart."""
    embedded = await _embedded(ground)
    apart = await _apart(ground)
    return {
        "commit_to_effect_p99_ms": apart["ms"]["p99"],
        "commit_to_effect_embedded_p99_ms": embedded["ms"]["p99"],
        "commits": COMMITS,
        "per_s": PER_S,
        "pinned": "nothing pinned",
        "apart": apart,
        "embedded": embedded,
    }


async def _embedded(ground: Ground) -> dict[str, Any]:
    written, taken = await ground.database("passport"), await ground.database("passport")
    stamps = ground.folder / "embedded"
    await ground.finish(ground.role("ends.py", "embedded", written.run_dsn, taken.run_dsn, *_size(), str(stamps)))
    return _delays(stamps)


async def _apart(ground: Ground) -> dict[str, Any]:
    written, taken, host = await ground.database("passport"), await ground.database("passport"), ground.new_host()
    stamps = ground.folder / "apart"
    relay = ground.product("passport", "worker", "--only", "relay", database_url=written.run_dsn, broker_url=host)
    consumer = ground.role("ends.py", "consumer", taken.run_dsn, host, *_size(), str(stamps))
    try:
        await until_bound(host, "bench", consumer)
        await ground.finish(ground.role("ends.py", "writer", written.run_dsn, *_size(), str(stamps)))
        await ground.finish(consumer)
    finally:
        ground.end(relay)
    return _delays(stamps)


def _size() -> tuple[str, str]:
    return str(COMMITS), str(PER_S)


def _delays(stamps: Path) -> dict[str, Any]:
    committed: dict[str, int] = json.loads(stamps.with_suffix(".committed").read_text())
    effects: dict[str, int] = json.loads(stamps.with_suffix(".effects").read_text())
    if set(committed) - set(effects):
        raise RuntimeError(f"{len(set(committed) - set(effects))} of {len(committed)} commits had no effect")
    return {"ms": spread([(effects[each] - at) / 1e6 for each, at in committed.items()]), "pairs": len(committed)}
