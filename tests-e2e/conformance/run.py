"""`make conformance`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from conformance import ours, reference
from conformance.pack.play import Result, chosen, play


def tell(r: Result) -> None:
    print(
        f"{'ok    ' if not r.fault else 'FAILED'} {r.module.name} {r.seconds:.1f} {r.fault} {' '.join(r.warnings)}",
        flush=True,
    )


async def main() -> None:
    if sys.argv[2] == "ours":
        async with ours.running() as target:
            await play(target, chosen(longest_wait_s=float(sys.argv[1]), names=sys.argv[3:]), tell)
        return
    async with reference.running(defects=list(sys.argv[2:])) as target:
        await play(target, chosen(longest_wait_s=float(sys.argv[1])), tell)


asyncio.run(main())
