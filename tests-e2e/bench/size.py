"""How much memory the whole platform takes in one process: `make run` in an empty folder, when it has just got ready."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from ground import Ground
from processes import memory, tree

from deploy.embedded.children import free_port

READY_WITHIN_S = 35.0
SETTLE_S = 2.0


async def measure(ground: Ground, cores: tuple[int, int] | None) -> dict[str, Any]:
    """Resident memory of the platform's process; PostgreSQL's processes are told apart (their shared pages counted once)."""
    words = [
        sys.executable,
        "-m",
        "deploy.embedded",
        "--folder",
        ground.folder / "run",
        "run",
        "--port",
        str(free_port()),
    ]
    began = time.monotonic()
    platform = ground.start(words, ground.environment())
    try:
        while "Ready in" not in ground.said(platform):
            if platform.poll() is not None:
                raise RuntimeError(f"the platform ended at its start: {ground.said(platform)[-400:]}")
            if time.monotonic() - began > READY_WITHIN_S:
                raise TimeoutError("the platform was not ready in time")
            await asyncio.sleep(0.1)
        ready_s = round(time.monotonic() - began, 1)
        await asyncio.sleep(SETTLE_S)
        mine, children = memory(platform.pid), memory(*tree(platform.pid)[1:])
    finally:
        ground.end(platform)
    return {
        "rss_mb": mine.rss,
        "what": "the one Python process of the embedded platform, idle after its first start",
        "pss_mb": mine.pss,
        "postgresql_pss_mb": children.pss,
        "first_start_s": ready_s,
    }
