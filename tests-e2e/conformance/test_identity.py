"""The pack on svc-identity, without what waits for half a minute: `make conformance` plays the rest, the twin and the clients."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from conformance import ours
from conformance.pack.play import chosen, play

LONGEST_WAIT_S = 0


async def test_every_module_that_does_not_wait_passes() -> None:
    async with ours.running() as target:
        results = await play(target, chosen(longest_wait_s=LONGEST_WAIT_S))
    assert len(results) == 74
    faults = {result.module.name: result.fault for result in results if result.fault}
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())
