"""Any item by any id, and its whole timeline in this service: moves, events out and in, intents, deadlines, acts.

What has no index is looked for among the newest rows only, so that a search costs the same on every day.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.audit.guard import nothing_personal
from chassis.audit.rows import ActRow
from chassis.database import Session
from chassis.models import Case, CaseMoveRow, InboxRow, IntentRow, OutboxRow, TimerRow
from chassis.ops.blocks import Step, Tone
from contracts.event import REGISTRY

NEWEST = 20_000
SHOWN = 200
_SHOWABLE = re.compile(r"[a-z][a-z0-9_.-]*|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d(T[0-9:.+Z-]+)?|true|false")
_TONES: dict[str, Tone] = {"dead": "bad", "refused": "bad", "parked": "slow", "unknown": "slow", "expired": "slow"}
_QUEUES: tuple[tuple[str, Any, Any, str], ...] = (
    ("inbox", InboxRow, InboxRow.event_id, "type"),
    ("outbox", OutboxRow, OutboxRow.event_id, "type"),
    ("intents", IntentRow, IntentRow.id, "kind"),
    ("timers", TimerRow, TimerRow.id, "kind"),
)


@dataclass(frozen=True)
class Found:
    """Something that carries the id that was asked for."""

    queue: str
    id: UUID
    kind: str
    state: str


@dataclass
class Item:
    """One item: what it is, how it stands, its content with what may be personal masked, and its timeline."""

    queue: str
    kind: str
    state: str
    aggregate: str | None
    error: str | None
    attempts: int | None
    next_attempt_at: datetime | None
    trace: str | None
    content: list[tuple[str, str]]
    steps: list[Step] = field(default_factory=list)

    @property
    def may_be_retried(self) -> bool:
        return (self.queue == "inbox" and self.state in ("parked", "dead")) or (
            self.queue in ("intents", "timers") and self.state == "dead"
        )

    @property
    def may_be_discarded(self) -> bool:
        return self.queue == "inbox" and self.state in ("parked", "dead")


async def find(session: Session, service: str, wanted: str) -> list[Found]:
    """Events, intents and deadlines with this id, the case it names, or the reference it is."""
    identifier = _uuid(wanted)
    if identifier is None:
        return await _by_reference(session, service, wanted)
    found: list[Found] = []
    for queue, table, key, kind in _QUEUES:
        rows = await session.scalars(sa.select(table).where(key == identifier))
        found += [Found(queue, identifier, getattr(row, kind), _state(row)) for row in rows]
    if await _case_is_known(session, service, identifier):
        found.append(Found("case", identifier, "case", ""))
    return found


async def _by_reference(session: Session, service: str, reference: str) -> list[Found]:
    intents = await session.scalars(sa.select(IntentRow).where(IntentRow.reference == reference))
    found = [Found("intents", row.id, row.kind, row.state) for row in intents]
    for cases in cases_of(service):
        rows = list(await session.scalars(sa.select(cases).where(cases.reference == reference.upper())))
        nothing_personal(session, rows)
        found += [Found("case", row.id, cases.lifecycle.name, row.status) for row in rows]
    return found


async def item(session: Session, service: str, item_id: UUID) -> Item | None:
    """The item with this id and everything known of the same case and trace; None when there is none."""
    told: Item | None = None
    for queue, table, key, kind in _QUEUES:
        row = await session.scalar(sa.select(table).where(key == item_id))
        if row is not None:
            told = _item(queue, row, getattr(row, kind))
            break
    if told is None and await _case_is_known(session, service, item_id):
        told = Item("case", "case", "", str(item_id), None, None, None, None, [])
    if told is None:
        return None
    about = (told.aggregate or "").rpartition(":")[2] or str(item_id)
    told.steps = await steps(session, service, [about], {told.trace} if told.trace else set())
    return told


async def _case_is_known(session: Session, service: str, case_id: UUID) -> bool:
    for cases in cases_of(service):
        if await session.scalar(sa.select(cases.id).where(cases.id == case_id)) is not None:
            return True
    aggregates = aggregates_of(str(case_id))
    return await session.scalar(sa.select(OutboxRow.id).where(OutboxRow.aggregate.in_(aggregates)).limit(1)) is not None


def _item(queue: str, row: Any, kind: str) -> Item:
    body = getattr(row, "body", None) or {}
    content = body.get("data", body) if isinstance(body, dict) else {}
    aggregate = getattr(row, "aggregate", None) or content.get("case_id") or getattr(row, "subject", None)
    return Item(
        queue=queue,
        kind=kind,
        state=_state(row),
        aggregate=None if aggregate is None else str(aggregate),
        error=getattr(row, "error", None) or getattr(row, "held_back", None),
        attempts=getattr(row, "attempts", None),
        next_attempt_at=getattr(row, "next_attempt_at", None) or getattr(row, "due_at", None),
        trace=_trace(getattr(row, "traceparent", None)),
        content=[(name, masked(value)) for name, value in sorted(content.items())],
    )


def masked(value: Any) -> str:
    """A value as operators may see it: ids, words of machines, instants and small figures; everything else is hidden."""
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str) and _SHOWABLE.fullmatch(value):
        return value
    return "•••"


async def steps(
    session: Session, service: str, about: Collection[str], traces: set[str], *, ahead: timedelta = timedelta()
) -> list[Step]:
    """Everything known here of these ids and traces, by time. Traces that are met on the way join the others.

    `ahead`: how far business time is before the machine's (a sandbox's clock is moved); what the machine's clock dated
    stands among the rest by it.
    """
    aggregates = [each for one in about for each in aggregates_of(one)]
    cases = [identifier for one in about if (identifier := _uuid(one)) is not None]
    kinds = [each.lifecycle.name for each in cases_of(service)]
    moves = sa.select(CaseMoveRow).where(CaseMoveRow.case_kind.in_(kinds), CaseMoveRow.case_id.in_(cases))
    found = [
        Step(move.moved_at, "move", f"{move.action} → {move.to_status}", "good", move.standing)
        for move in await session.scalars(moves.limit(SHOWN))
    ]
    for row in await session.scalars(sa.select(OutboxRow).where(OutboxRow.aggregate.in_(aggregates)).limit(SHOWN)):
        if trace := _trace(row.traceparent):
            traces.add(trace)
        found.append(_event_out(row))
    machines = await _inbox_steps(session, aggregates, traces) + await _intent_steps(session, about, traces)
    found += [replace(step, at=step.at + ahead) for step in machines]
    found += await _timer_steps(session, about)
    found += await _act_steps(session, [*about, *await _references(session, service, cases)])
    return sorted(found, key=lambda step: step.at)[:SHOWN]


def _event_out(row: OutboxRow) -> Step:
    return Step(row.occurred_at, "outbox", row.held_back, "good" if row.published_at else "slow", row.type)


async def events_of_traces(session: Session, aggregates: Collection[str], traces: Collection[str]) -> list[Step]:
    """Events that left under these traces about something else than these aggregates."""
    rows = newest(OutboxRow, OutboxRow.id)
    same = sa.func.substr(rows.traceparent, 4, 32).in_(traces)
    found = await session.scalars(sa.select(rows).where(same, rows.aggregate.not_in(aggregates)).limit(SHOWN))
    return [_event_out(row) for row in found]


async def _inbox_steps(session: Session, aggregates: Collection[str], traces: Collection[str]) -> list[Step]:
    rows = newest(InboxRow, InboxRow.event_id)
    same = sa.or_(rows.aggregate.in_(aggregates), sa.func.substr(rows.traceparent, 4, 32).in_(traces))
    found = await session.scalars(sa.select(rows).where(same).limit(SHOWN))
    return [
        Step(row.received_at, "inbox", row.error or row.state, _TONES.get(row.state, "good"), row.type) for row in found
    ]


async def _intent_steps(session: Session, about: Collection[str], traces: Collection[str]) -> list[Step]:
    rows = newest(IntentRow, IntentRow.id)
    same = sa.or_(rows.body["case_id"].astext.in_(about), sa.func.substr(rows.traceparent, 4, 32).in_(traces))
    found = await session.scalars(sa.select(rows).where(same).limit(SHOWN))
    return [
        Step(row.created_at, "intents", row.error or row.state, _TONES.get(row.state, "good"), row.kind)
        for row in found
    ]


async def _timer_steps(session: Session, about: Collection[str]) -> list[Step]:
    rows = newest(TimerRow, TimerRow.id)
    found = await session.scalars(sa.select(rows).where(rows.subject.in_(about)).limit(SHOWN))
    return [Step(row.due_at, "timers", row.error or row.state, _TONES.get(row.state, ""), row.kind) for row in found]


async def _act_steps(session: Session, names: list[str]) -> list[Step]:
    rows = newest(ActRow, ActRow.id)
    found = await session.scalars(sa.select(rows).where(rows.object.in_(names)).limit(SHOWN))
    return [Step(row.at, "act", row.reason, "", f"{row.action} · {row.standing}") for row in found]


async def _references(session: Session, service: str, case_ids: Collection[UUID]) -> list[str]:
    """What people call the cases with these ids."""
    found: list[str] = []
    for cases in cases_of(service) if case_ids else ():
        found += await session.scalars(sa.select(cases.reference).where(cases.id.in_(case_ids)))
    return found


def newest(table: Any, key: Any) -> Any:
    """A table's newest rows only."""
    return sa.orm.aliased(table, sa.select(table).order_by(key.desc()).limit(NEWEST).subquery())


def aggregates_of(about: str) -> list[str]:
    """Every name an aggregate with this id could have in the contracts."""
    nouns = {".".join(key.split(".")[:2]) for key in REGISTRY}
    return [f"{noun}:{about}" for noun in sorted(nouns)]


def cases_of(service: str) -> list[Any]:
    """The kinds of cases this service has."""
    return [
        cases for cases in _descend(Case) if cases.__module__.split(".")[0] == service and hasattr(cases, "lifecycle")
    ]


def _descend(kind: type[Any]) -> Iterable[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descend(each)


def _state(row: Any) -> str:
    if isinstance(row, OutboxRow):
        return "published" if row.published_at else "waiting"
    return str(row.state)


def _trace(traceparent: str | None) -> str | None:
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
