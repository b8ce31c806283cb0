"""How the service's queues are: age of the oldest before length, what is tried again, what is dead and why.

Every count is bounded: a page about trouble must not be trouble itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from chassis.database import Session
from chassis.models import InboxRow, IntentRow, OutboxRow, TimerRow

COUNTED = 1000
GROUPS = 50
LAG_OF, LAG_SLOTS, LAG_SLOT_S = 5_000, 12, 300.0
SLOW_S = 30.0
STUCK_S = 300.0
_OPEN = ("waiting", "sending", "unknown")
State = Literal["working", "slow", "stuck"]


@dataclass(frozen=True)
class Queue:
    """One queue. `waiting` and `dead` are counted up to a bound; ages in seconds, None when nothing waits."""

    name: str
    waiting: int
    oldest_s: float | None
    retried: int
    dead: int

    @property
    def state(self) -> State:
        """In words: what is dead or five minutes old needs somebody, half a minute is slow."""
        age = self.oldest_s or 0.0
        if self.dead or age > STUCK_S:
            return "stuck"
        return "slow" if age > SLOW_S else "working"


@dataclass(frozen=True)
class Group:
    """Items that died of the same cause."""

    queue: str
    kind: str
    cause: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Outside:
    """What leaves the house, by kind: what waits, how old the oldest is, what is tried again, when it last went well."""

    kind: str
    waiting: int
    oldest_s: float | None
    retried: int
    last_done_at: datetime | None


async def queues(session: Session, now: datetime) -> list[Queue]:
    """Outbox, inbox, intents, timers. `now` is business time, by which timers are due."""
    out = sa.select(OutboxRow.recorded_at.label("since"), OutboxRow.held_back.is_not(None).label("again")).where(
        OutboxRow.published_at.is_(None)
    )
    parked = sa.select(InboxRow.received_at.label("since"), (InboxRow.attempts > 0).label("again")).where(
        InboxRow.state == "parked"
    )
    intents = sa.select(IntentRow.created_at.label("since"), (IntentRow.attempts > 1).label("again")).where(
        IntentRow.state.in_(_OPEN)
    )
    timers = sa.select(TimerRow.due_at.label("since"), (TimerRow.attempts > 0).label("again")).where(
        TimerRow.state == "armed", TimerRow.due_at <= now
    )
    machine, business = sa.func.clock_timestamp(), sa.literal(now)
    return [
        await _queue(session, "outbox", out.order_by(OutboxRow.id), machine, None),
        await _queue(session, "inbox", parked, machine, InboxRow),
        await _queue(session, "intents", intents.order_by(IntentRow.created_at), machine, IntentRow),
        await _queue(session, "timers", timers.order_by(TimerRow.due_at), business, TimerRow),
    ]


async def _queue(session: Session, name: str, rows: Any, now: Any, dying: Any) -> Queue:
    bounded = rows.limit(COUNTED + 1).subquery()
    told = (
        await session.execute(
            sa.select(
                sa.func.count(),
                sa.extract("epoch", now - sa.func.min(bounded.c.since)),
                sa.func.count().filter(bounded.c.again),
            ).select_from(bounded)
        )
    ).one()
    dead = 0
    if dying is not None:
        dead = await _count(session, sa.select(sa.literal(1)).select_from(dying).where(dying.state == "dead"))
    return Queue(name, told[0], None if told[1] is None else float(told[1]), told[2], dead)


@dataclass(frozen=True)
class Lag:
    """Events of one slot of the last hour: seconds from the change to the marked publication. Nothing published: None."""

    slots_ago: int
    p50: float | None
    p95: float | None
    p99: float | None


async def outbox_lag(session: Session) -> list[Lag]:
    """The last hour in twelve slots, the oldest first, over the newest events only."""
    newest = (
        sa.select(OutboxRow.recorded_at, OutboxRow.published_at).order_by(OutboxRow.id.desc()).limit(LAG_OF).subquery()
    )
    ago = sa.func.extract("epoch", sa.func.clock_timestamp() - newest.c.recorded_at)
    took = sa.func.extract("epoch", newest.c.published_at - newest.c.recorded_at)
    within = (
        sa.select(sa.func.floor(ago / LAG_SLOT_S).label("slot"), took.label("took"))
        .where(newest.c.published_at.is_not(None), ago < LAG_SLOTS * LAG_SLOT_S)
        .subquery()
    )
    shares = [sa.func.percentile_cont(share).within_group(within.c.took) for share in (0.50, 0.95, 0.99)]
    found = await session.execute(sa.select(within.c.slot, *shares).group_by(within.c.slot))
    told = {int(slot): [float(each) for each in quantiles] for slot, *quantiles in found}
    return [Lag(each, *told.get(each, (None, None, None))) for each in range(LAG_SLOTS - 1, -1, -1)]


async def _count(session: Session, rows: Any) -> int:
    bounded = rows.limit(COUNTED + 1).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(bounded)) or 0)


async def dead_groups(session: Session) -> list[Group]:
    """Everything that is dead, and events that are parked, by cause; the largest group first."""
    found = [
        *await _groups(session, "inbox", InboxRow, InboxRow.type, InboxRow.received_at, ("parked", "dead")),
        *await _groups(session, "intents", IntentRow, IntentRow.kind, IntentRow.created_at, ("dead",)),
        *await _groups(session, "timers", TimerRow, TimerRow.kind, TimerRow.due_at, ("dead",)),
    ]
    return sorted(found, key=lambda group: -group.count)


async def _groups(session: Session, queue: str, rows: Any, kind: Any, since: Any, states: Any) -> list[Group]:
    bounded = (
        sa.select(kind.label("kind"), sa.func.coalesce(rows.error, "").label("cause"), since.label("since"))
        .where(rows.state.in_(states))
        .limit(COUNTED)
        .subquery()
    )
    found = await session.execute(
        sa.select(
            bounded.c.kind,
            bounded.c.cause,
            sa.func.count(),
            sa.func.min(bounded.c.since),
            sa.func.max(bounded.c.since),
        )
        .group_by(bounded.c.kind, bounded.c.cause)
        .order_by(sa.func.count().desc())
        .limit(GROUPS)
    )
    return [Group(queue, *each) for each in found]


async def outside(session: Session) -> list[Outside]:
    """Senders by kind, over what is open and the newest that was carried out."""
    newest = sa.select(IntentRow).order_by(IntentRow.id.desc()).limit(COUNTED * 5).subquery()
    is_open = newest.c.state.in_(_OPEN)
    found = await session.execute(
        sa.select(
            newest.c.kind,
            sa.func.count().filter(is_open),
            sa.extract("epoch", sa.func.clock_timestamp() - sa.func.min(newest.c.created_at).filter(is_open)),
            sa.func.count().filter(is_open, newest.c.attempts > 1),
            sa.func.max(newest.c.settled_at).filter(newest.c.state == "done"),
        )
        .group_by(newest.c.kind)
        .order_by(newest.c.kind)
    )
    return [Outside(kind, n, None if age is None else float(age), again, last) for kind, n, age, again, last in found]
