"""`make conformance`: the pack on the certified provider, on its broken twin and on svc-identity; then the clients of others.

run.py                                everything
run.py reference|twin|identity|clients   one part
run.py identity --module NAME …        some modules
run.py twin --defect NAME …            some defects, each in a twin of its own

Ends with one JSON line; the exit status is not 0 when anything did not come out as it must.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from conformance import ours, reference, twin
from conformance.clients.playing import play_clients
from conformance.node_programs import NodeMissing
from conformance.pack.play import Result, chosen, play
from conformance.pack.target import Target

PARTS = ("reference", "twin", "identity", "clients")
_TWINS_AT_ONCE = 2


@dataclass
class Summary:
    """What the last line says."""

    modules: int = 0
    passed: int = 0
    twin_defects: int = 0
    twin_caught: int = 0
    clients: int = 0
    flows: int = 0
    failed: int = 0
    seconds: float = 0


async def on_target(target: Target, names: list[str], summary: Summary) -> None:
    """The pack, told line by line: every module has to pass."""
    began = time.monotonic()
    results = await play(target, chosen(names=names), lambda result: tell(target.name, result))
    failed = sum(bool(result.fault) for result in results)
    summary.modules += len(results)
    summary.passed += len(results) - failed
    summary.failed += failed
    print(f"{target.name}: {len(results) - failed} of {len(results)} in {time.monotonic() - began:.0f} s\n", flush=True)


async def on_reference(names: list[str], summary: Summary) -> None:
    """The certified provider."""
    async with reference.running() as target:
        await on_target(target, names, summary)


def tell(where: str, result: Result) -> None:
    """One line for a module that did not simply pass."""
    if result.fault:
        print(f"FAILED {where}: {result.module.name}: {result.fault}", flush=True)
    for warning in result.warnings:
        print(f"warned {where}: {result.module.name}: {warning}", flush=True)


async def on_twins(names: list[str], summary: Summary) -> None:
    """Every twin: exactly the modules named for its defects fail."""
    defects = [each for each in twin.DEFECTS if not names or each.name in names]
    if unplanted := twin.planted_names() ^ {each.name for each in twin.DEFECTS}:
        raise ValueError(f"not both planted and told of: {sorted(unplanted)}")
    twins = [broken for each in defects for broken in twin.twins([each])] if names else twin.twins(defects)
    hands = asyncio.Semaphore(_TWINS_AT_ONCE)
    await asyncio.gather(*(_on_twin(broken, hands, summary) for broken in sorted(twins, key=_waits)))
    summary.twin_defects += len(defects)
    print(f"broken twins: {summary.twin_caught} of {len(defects)} defects caught by {len(twins)} twins\n", flush=True)


def _waits(broken: twin.Twin) -> float:
    return -max(module.waits_s for module in chosen(names=broken.played))


async def _on_twin(broken: twin.Twin, hands: asyncio.Semaphore, summary: Summary) -> None:
    async with contextlib.AsyncExitStack() as held:
        if not _waits(broken):
            await held.enter_async_context(hands)
        target = await held.enter_async_context(reference.running(defects=[each.name for each in broken.defects]))
        results = await play(target, chosen(names=broken.played))
    faults = {result.module.name: result.fault for result in results if result.fault and not result.broke}
    for result in results:
        if result.broke:
            print(f"FAILED twin: {result.module.name} {result.fault}", flush=True)
            summary.failed += 1
    for defect in broken.defects:
        if missed := defect.caught_by - set(faults):
            print(f"FAILED twin: {defect.name} is not seen by {', '.join(sorted(missed))}", flush=True)
            summary.failed += 1
        else:
            summary.twin_caught += 1
    for name in sorted(set(faults) - broken.expected):
        print(f"FAILED twin: {name} fails without cause: {faults[name]}", flush=True)
        summary.failed += 1


async def on_identity(names: list[str], parts: list[str], summary: Summary) -> None:
    """svc-identity: the pack, and the clients of others."""
    async with ours.running() as target:
        if "identity" in parts:
            await on_target(target, names, summary)
        if "clients" in parts:
            summary.clients, summary.flows, failed = await play_clients(target)
            summary.failed += failed


async def conform(parts: list[str], modules: list[str], defects: list[str]) -> Summary:
    """Play the parts: first those that calibrate the pack, then svc-identity."""
    summary, began = Summary(), time.monotonic()
    calibration = []
    if "reference" in parts:
        calibration.append(on_reference(modules, summary))
    if "twin" in parts:
        calibration.append(on_twins(defects, summary))
    # Side by side: most of their time is waiting.
    await asyncio.gather(*(_counted(part, summary) for part in calibration))
    if {"identity", "clients"} & set(parts):
        await _counted(on_identity(modules, parts, summary), summary)
    summary.seconds = round(time.monotonic() - began, 1)
    return summary


async def _counted(part: Coroutine[Any, Any, None], summary: Summary) -> None:
    """A part whose target does not come up has failed; the others go on."""
    try:
        await part
    except RuntimeError as trouble:
        print(f"FAILED {trouble}\n", flush=True)
        summary.failed += 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them, when none is named")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--defect", action="append", default=[])
    given = parser.parse_args()
    try:
        summary = asyncio.run(conform(given.parts or list(PARTS), given.module, given.defect))
    except NodeMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    print(json.dumps(asdict(summary)))
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
