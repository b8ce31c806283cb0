"""`make faults`: transactions under kills and under network faults, and planted bugs that the same checks must see.

Ends with one JSON line. Loopback only, bounded in time, everything started here dies with this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

from authority import Found, ended_relations
from chaos import Chaos, break_some, kill_plan, kill_some
from driver import Driver
from invariants import Verdict, judge
from plans import PLANTED, Planted, Scenario
from rig import Rig, Run
from servers import Servers

AT_ONCE = 3
RESTARTS = 10
AWAY_S = 60.0


@dataclass
class Totals:
    transactions: int = 0
    kills: int = 0
    net_faults: int = 0
    lost: int = 0
    double: int = 0
    out_of_order: int = 0
    stuck: int = 0
    caught: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    relations: Found | None = None

    def take(self, verdict: Verdict) -> None:
        self.lost += verdict.lost
        self.double += verdict.double
        self.out_of_order += verdict.out_of_order
        self.stuck += verdict.stuck
        self.problems += verdict.details


async def under_kills(servers: Servers, totals: Totals, seed: int, tickets: int, kills: int, *, hard: bool) -> None:
    """Tickets while processes, and when `hard` the servers, are killed."""
    await _suffering(servers, totals, seed, Run("kills"), tickets, kills=kills, hard=hard)


async def under_network_faults(servers: Servers, totals: Totals, seed: int, tickets: int, faults: int) -> None:
    """Tickets while the lines break."""
    await _suffering(servers, totals, seed, Run("network"), tickets, faults=faults)


async def _suffering(
    servers: Servers,
    totals: Totals,
    seed: int,
    run: Run,
    tickets: int,
    *,
    kills: int = 0,
    faults: int = 0,
    hard: bool = False,
) -> None:
    chance, chaos, began = random.Random(seed), Chaos(), time.monotonic()
    rig = Rig(servers, run, seed)
    await rig.start()
    try:
        driver = Driver(rig, seed)
        await driver.prepare(tickets)
        work = asyncio.create_task(driver.run(tickets, at_once=4))
        if kills:
            await kill_some(rig, chance, chaos, kill_plan(chance, kills, servers=hard), every_s=0.6)
        if faults:
            await break_some(rig, chance, chaos, faults, every_s=0.2)
        done = await work
        verdict = await judge(rig, done)
    finally:
        await rig.stop()
    totals.transactions += done.transactions
    totals.kills += chaos.kill_count
    totals.net_faults += chaos.fault_count
    totals.take(verdict)
    _say(
        f"{run.name}: {done.transactions} transactions, {chaos.kill_count} kills {chaos.kills}, "
        f"{chaos.fault_count} network faults, {done.retries} retries, drained in {verdict.drained_s} s, "
        f"{'clean' if verdict.is_clean else verdict.details} ({time.monotonic() - began:.0f} s)"
    )


async def without_database(servers: Servers, totals: Totals, seed: int, tickets: int, seconds: float) -> None:
    """The consumer's database is away for so long while the consumer is started again ten times: nothing may die."""
    rig = Rig(servers, Run("database-away"), seed)
    await rig.start()
    try:
        driver = Driver(rig, seed)
        await driver.prepare(tickets)
        away = asyncio.create_task(rig.proxies["inbox-db"].suffer("down", seconds))
        work = asyncio.create_task(driver.run(tickets, at_once=2))
        for _ in range(RESTARTS):
            await asyncio.sleep(seconds / (RESTARTS + 1))
            rig.kill("inbox")
        done = await work
        await away
        verdict = await judge(rig, done)
    finally:
        await rig.stop()
    totals.transactions += done.transactions
    totals.kills += RESTARTS
    totals.take(verdict)
    _say(
        f"database away for {seconds:.0f} s, consumer started again {RESTARTS} times: "
        f"{'0 dead' if verdict.is_clean else verdict.details}"
    )


async def relations_that_end(servers: Servers, totals: Totals) -> None:
    """Relations end while the broker, and then identity, is away: nothing goes through them any more."""
    totals.relations = found = await ended_relations(servers)
    if found.acts_after_end:
        found.problems.append(f"{found.acts_after_end} acts after the relation had ended")
    totals.problems += found.problems
    _say(
        f"relations that end: {found.acts_tried} acts tried, {found.acts_after_end} went through; {found.reads_tried} reads, "
        f"the last shown after {found.last_read_s:.2f} s, without the broker after {found.last_read_without_broker_s:.2f} s; "
        f"an ended session's token was last let in after {found.last_own_read_s:.2f} s; "
        f"{found.problems or 'nothing else'}"
    )


async def planted_bugs(servers: Servers, totals: Totals, seed: int, only: str | None) -> None:
    """Each scenario once without any bug (it must pass) and once with each of its bugs (it must fail)."""
    bugs = [planted for planted in PLANTED if only in (None, planted.bug)]
    scenarios = {planted.scenario.name: planted.scenario for planted in bugs}.values()
    # Most of a run is waiting for something that will not happen; each has databases, a broker's host and proxies of its own.
    turn = asyncio.Semaphore(AT_ONCE)

    async def judged(scenario: Scenario, planted: Planted | None) -> Verdict:
        async with turn:
            return await _scenario(servers, seed, scenario, planted)

    clean = asyncio.gather(*(judged(scenario, None) for scenario in scenarios))
    dirty = asyncio.gather(*(judged(planted.scenario, planted) for planted in bugs))
    for scenario, verdict in zip(scenarios, await clean, strict=True):
        totals.take(verdict)
        if not verdict.is_clean:
            _say(f"  {scenario.name} without a bug: {verdict.details}")
    for planted, verdict in zip(bugs, await dirty, strict=True):
        if verdict.is_clean:
            totals.missed.append(planted.bug)
            _say(f"  {planted.bug}: NOT SEEN")
        else:
            totals.caught[planted.bug] = "; ".join(verdict.details)
            _say(f"  {planted.bug}: seen: {totals.caught[planted.bug]}")


async def _scenario(servers: Servers, seed: int, scenario: Scenario, planted: Planted | None) -> Verdict:
    run = scenario.run(planted)
    rig = Rig(servers, run, seed)
    await rig.start()
    try:
        driver = Driver(rig, seed)
        await driver.prepare(scenario.tickets)
        breaking = asyncio.create_task(scenario.stumble(rig, random.Random(seed)))
        try:
            done = await driver.run(scenario.tickets, at_once=4)
        except (RuntimeError, TimeoutError) as refused:
            await breaking
            return Verdict(lost=1, details=[f"the driver was told: {refused}"])
        await breaking
        return await judge(rig, done, drain_s=scenario.drain_s)
    finally:
        await rig.stop()


async def main() -> int:
    parser = argparse.ArgumentParser(prog="tests-e2e/faults/run.py", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the size that runs in make check")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", choices=["kills", "network", "away", "authority", "planted"])
    parser.add_argument("--bug", help="one planted bug by name")
    parser.add_argument("--keep", action="store_true", help="keep the logs and say where")
    given = parser.parse_args()
    tickets, kills, faults = (26, 8, 8) if given.short else (340, 44, 44)
    totals, began = Totals(), time.monotonic()
    with _folder(keep=given.keep) as folder:
        servers = Servers(Path(folder))
        _say(f"seed {given.seed}; starting PostgreSQL (fsync on) and RabbitMQ")
        servers.start()
        try:
            if given.only in (None, "kills"):
                await under_kills(servers, totals, given.seed, tickets, kills, hard=not given.short)
            if given.only in (None, "network"):
                await under_network_faults(servers, totals, given.seed, tickets, faults)
            if given.only == "away" or (given.only is None and not given.short):
                await without_database(servers, totals, given.seed, 30, AWAY_S)
            if given.only == "authority" or (given.only is None and not given.short):
                await relations_that_end(servers, totals)
            if given.only in (None, "planted"):
                await planted_bugs(servers, totals, given.seed, given.bug)
        finally:
            servers.stop()
    unsafe = totals.relations is not None and bool(totals.relations.problems)
    failed = unsafe or totals.lost or totals.double or totals.out_of_order or totals.stuck or totals.missed
    print(
        json.dumps(
            {
                "transactions": totals.transactions,
                "kills": totals.kills,
                "net_faults": totals.net_faults,
                "lost": totals.lost,
                "double": totals.double,
                "out_of_order": totals.out_of_order,
                "stuck": totals.stuck,
                "acts_after_end": totals.relations and totals.relations.acts_after_end,
                "last_read_after_end_s": totals.relations and round(totals.relations.last_read_s, 2),
                "last_own_read_after_end_s": totals.relations and round(totals.relations.last_own_read_s, 2),
                "planted": len(totals.caught) + len(totals.missed),
                "caught": len(totals.caught),
                "missed": totals.missed,
                "caught_by": totals.caught,
                "seed": given.seed,
                "seconds": round(time.monotonic() - began),
            },
            ensure_ascii=False,
        )
    )
    return 1 if failed else 0


@contextlib.contextmanager
def _folder(*, keep: bool) -> Iterator[str]:
    """A folder for servers and logs, removed unless it is to be kept."""
    folder = tempfile.mkdtemp(prefix="faults-")
    try:
        yield folder
    finally:
        if keep:
            _say(f"logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _say(line: str) -> None:
    print(f"· {line}", flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
