"""`make matrix`: every route by everybody in every state of every relation, by every way there is; and planted leaks.

python tests-e2e/matrix/run.py                     all of it
python tests-e2e/matrix/run.py --only passport     one service
Ends with one JSON line. Needs PostgreSQL only: the one of TEST_PG_DSN, else a private one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import structlog

from chassis.testing.tokens import TokenMint
from matrix import pivot as pivots
from matrix.assignment import try_assignment
from matrix.cast import CAST
from matrix.checks import Multiplier
from matrix.corpus import try_headers, try_tokens
from matrix.furniture import SERVICES
from matrix.judging import Tally, judge_all, tell
from matrix.leaks import Caught, try_leaks
from matrix.pivot import Pivot, PivotWrong
from matrix.scopes import try_scopes
from matrix.servers import fresh_databases
from matrix.stage import FreshDatabase, Stage, build
from matrix.timing import try_timing
from matrix.unbelieved import try_silence, try_unheard_ends

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Totals(Tally):
    """Everything a run found."""

    routes: int = 0
    cells: int = 0
    leaks: Caught = field(default_factory=Caught)


async def main(services: list[str], *, leaks: bool) -> int:
    """Run it; 0 when nothing is wrong and every leak was caught."""
    began, totals, pivot = time.monotonic(), Totals(), pivots.read()
    pivots.compare(pivot, pivots.published(), services)
    folder = ROOT / ".run" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    async with fresh_databases(folder) as fresh:
        mint = TokenMint()
        for service in services:
            await _one_service(pivot, service, fresh, mint, totals, leaks=leaks)
    tell(totals.leaks.wrong)
    print(
        json.dumps(
            {
                "routes": totals.routes,
                "cells": totals.cells,
                "checks": totals.checks,
                "allowed": totals.allowed,
                "denied": totals.denied,
                "wrong": len(totals.wrong),
                "planted": totals.leaks.planted,
                "caught": totals.leaks.caught,
                "seconds": round(time.monotonic() - began, 1),
            }
        )
    )
    return 1 if totals.wrong or totals.leaks.wrong else 0


async def _one_service(
    pivot: Pivot, service: str, fresh: FreshDatabase, mint: TokenMint, totals: Totals, *, leaks: bool
) -> None:
    began, stage = time.monotonic(), await build(service, fresh, mint)
    try:
        tally = await _all_checks(pivot, stage)
        if leaks:
            await try_leaks(pivot, stage, tally, totals.leaks)
    finally:
        await stage.close()
    totals.routes += len(pivot.of(service))
    totals.cells += len(pivot.of(service)) * len(CAST)
    totals.take(tally)
    told = f"{tally.checks:6} checks, {len(tally.wrong)} wrong, {time.monotonic() - began:5.1f} s"
    print(f"{service:10} {len(pivot.of(service)):3} routes, {told}", file=sys.stderr, flush=True)
    tell(tally.wrong)


async def _all_checks(pivot: Pivot, stage: Stage) -> Tally:
    tally = await judge_all(stage, pivot, Multiplier(pivot, stage).checks())
    tally.take(try_scopes(pivot, stage))
    tally.take(await try_tokens(stage))
    tally.take(await try_headers(stage))
    tally.take(await try_assignment(pivot, stage))
    tally.take(await try_timing(pivot, stage))
    if stage.api.state.relations_owner is not None:
        tally.take(await try_unheard_ends(pivot, stage))
        tally.take(await try_silence(pivot, stage))
    return tally


if __name__ == "__main__":
    words = argparse.ArgumentParser(description="The authorisation matrix over HTTP, and the leaks it has to see")
    words.add_argument("--only", action="append", choices=SERVICES, help="this service; may be repeated")
    words.add_argument("--no-leaks", action="store_true", help="plant nothing")
    given = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        sys.exit(asyncio.run(main(given.only or list(SERVICES), leaks=not given.no_leaks)))
    except PivotWrong as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(1)
