"""What must hold when the dust has settled, as SQL over what the services stored and as the operator's own record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from driver import Acknowledged
from rig import Rig

EVENT_OF = {
    "open": "support.ticket.opened.v1",
    "process": "support.ticket.processed.v1",
    "confirm": "support.ticket.closed.v1",
}
_TOLD = "type <> 'support.record.seen.v1'"  # who looked is no change of a ticket, and notify tells nobody of it
DRAIN_S = 90.0
STANDSTILL_S = 14.0  # longer than a lease


@dataclass
class Verdict:
    """Counts of what went wrong; all zero when all is well."""

    lost: int = 0
    double: int = 0
    out_of_order: int = 0
    stuck: int = 0
    details: list[str] = field(default_factory=list)
    drained_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.double or self.out_of_order or self.stuck)


async def judge(rig: Rig, done: Acknowledged, *, drain_s: float = DRAIN_S) -> Verdict:
    """Wait until nothing moves any more, then look."""
    verdict = Verdict()
    loop = asyncio.get_running_loop()
    began = moved = loop.time()
    seen: dict[str, int] = {}
    while (left := await _waiting(rig)) and loop.time() - began < drain_s and loop.time() - moved < STANDSTILL_S:
        if left != seen:
            seen, moved = left, loop.time()
        await asyncio.sleep(0.2)
    verdict.drained_s = round(loop.time() - began, 1)
    if left:
        verdict.stuck = sum(left.values())
        verdict.details.append(f"still waiting: {left} {await _why(rig)}")
    await _business(rig, done, verdict)
    await _effects(rig, done, verdict)
    await _texts(rig, verdict)
    return verdict


async def _waiting(rig: Rig) -> dict[str, int]:
    """Rows that should move by themselves and have not; dead ones count too."""
    questions = {
        "support outbox": ("support", "select count(*) from outbox where published_at is null"),
        "notify parked or dead": ("notify", "select count(*) from inbox where state in ('parked','dead')"),
        "notify intents": (
            "notify",
            "select count(*) from intents where kind = 'sms.send' and state in ('waiting','sending','unknown','dead')",
        ),
    }
    found = {}
    for name, (package, sql) in questions.items():
        if count := await _count(rig, package, sql):
            found[name] = count
    published = await _count(rig, "support", f"select count(*) from outbox where published_at is not null and {_TOLD}")
    taken = await _count(rig, "notify", "select count(*) from inbox where type like 'support.%'")
    if published > taken:
        found["not taken in"] = published - taken
    return found


async def _why(rig: Rig) -> list[str]:
    """What the rows themselves say about why they wait."""
    notify = await rig.verify("notify")
    try:
        intents = await notify.fetch(
            "select state, attempts, error, next_attempt_at - now() as due from intents"
            " where kind = 'sms.send' and state not in ('done', 'refused', 'expired') limit 3"
        )
        held = await notify.fetch("select state, attempts, error from inbox where state in ('parked','dead') limit 3")
    finally:
        await notify.close()
    return [str(dict(row)) for row in (*intents, *held)]


async def _business(rig: Rig, done: Acknowledged, verdict: Verdict) -> None:
    """Acknowledged writes exist, once, each with its event."""
    support = await rig.verify("support")
    try:
        cases = await support.fetch("select case_id::text, count(*) as n from tickets group by 1")
        counted = {row["case_id"]: row["n"] for row in cases}
        _tally(verdict, "lost", [c for c in done.cases if c not in counted], "acknowledged tickets that do not exist")
        _tally(verdict, "double", [c for c, n in counted.items() if n > 1], "tickets opened twice")
        moves = await support.fetch("select case_id::text as id, action, count(*) as n from case_moves group by 1, 2")
        made = {(row["id"], row["action"]) for row in moves}
        acts = [(t, a) for t, acts in done.tickets.items() for a in acts if a != "open"]
        _tally(verdict, "lost", [act for act in acts if act not in made], "acknowledged moves that do not exist")
        events = await support.fetch(
            f"select split_part(aggregate, ':', 2) as id, type, count(*) as n from outbox where {_TOLD} group by 1, 2"
        )
        told = {(row["id"], row["type"]): row["n"] for row in events}
        owed = [(row["id"], EVENT_OF[row["action"]]) for row in moves if row["action"] in EVENT_OF]
        owed += [(row["id"], EVENT_OF["open"]) for row in await support.fetch("select id::text from tickets")]
        _tally(verdict, "lost", [each for each in owed if each not in told], "changes without their event")
        _tally(verdict, "lost", [each for each in told if each not in set(owed)], "events without their change")
        _tally(verdict, "double", [each for each, n in told.items() if n > 1], "events recorded twice")
        gaps = await support.fetch(
            "select aggregate from outbox group by 1 having count(*) <> max(version) or count(distinct version) <> count(*)"
        )
        _tally(verdict, "lost", list(gaps), "aggregates whose versions have gaps")
    finally:
        await support.close()


async def _effects(rig: Rig, done: Acknowledged, verdict: Verdict) -> None:
    """Every event had exactly one effect at the consumer, in its aggregate's order."""
    support, notify = await rig.verify("support"), await rig.verify("notify")
    try:
        produced = {str(row[0]) for row in await support.fetch(f"select event_id from outbox where {_TOLD}")}
        told = await notify.fetch("select event_id::text, count(*) as n from tellings group by 1")
        _tally(verdict, "lost", list(produced - {row[0] for row in told}), "events that were never told")
        doubled = await notify.fetch(
            "select event_id from notices group by event_id, person, channel having count(*) > 1"
        )
        _tally(verdict, "double", list(doubled), "notices made twice")
        inbox = await notify.fetch(
            "select type, aggregate from inbox where state = 'applied' and type like 'support.%'"
            " group by type, aggregate having count(*) > 1"
        )
        _tally(verdict, "double", list(inbox), "effects had twice")
        order = await notify.fetch(
            """
            select 1 from (
                select i.version < lag(i.version) over (partition by i.aggregate order by t.recorded_at) as wrong
                from inbox i join tellings t using (event_id)
            ) seen where wrong
            """
        )
        _tally(verdict, "out_of_order", list(order), "effects out of their aggregate's order")
    finally:
        await support.close()
        await notify.close()


async def _texts(rig: Rig, verdict: Verdict) -> None:
    """The operator's own record: every text once."""
    notify = await rig.verify("notify")
    try:
        asked = await notify.fetch("select reference, state from intents where kind = 'sms.send'")
    finally:
        await notify.close()
    operator = await rig.verify("partners")
    try:
        sent = await operator.fetch("select reference, max(copy) + 1 as times from text_parts group by 1")
    finally:
        await operator.close()
    times = {row["reference"]: row["times"] for row in sent}
    done = [row["reference"] for row in asked if row["state"] == "done"]
    _tally(verdict, "lost", [reference for reference in done if reference not in times], "texts done but not sent")
    _tally(verdict, "double", [reference for reference, n in times.items() if n > 1], "texts sent twice")


def _tally(verdict: Verdict, what: str, found: list[Any], words: str) -> None:
    if found:
        setattr(verdict, what, getattr(verdict, what) + len(found))
        verdict.details.append(f"{len(found)} {words}")


async def _count(rig: Rig, package: str, sql: str) -> int:
    for _ in range(50):
        try:
            connection = await rig.verify(package)
            try:
                return int(await connection.fetchval(sql))
            finally:
                await connection.close()
        except OSError:
            await asyncio.sleep(0.2)
    raise TimeoutError(package)
