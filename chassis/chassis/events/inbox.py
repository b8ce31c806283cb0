"""The inbox: one transaction inserts the event's id and runs its reaction; the message is acknowledged after the commit.

A reaction that fails is parked here, in the consumer's own database, and tried again on a growing schedule; the message
is acknowledged all the same. Retries, dead events and replay are therefore rows: the same on every transport. While the
database is away nothing is acknowledged and nothing is counted against a message.
"""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session, Sight, is_away, wake_after_commit
from chassis.events.reactions import Kind, Reaction, Reactions, met
from chassis.models import InboxPosition, InboxRow
from chassis.telemetry import traces
from chassis.wiring import Service
from contracts.envelope import Envelope

RETRY_AFTER_S = (1, 5, 30, 120, 600, 1800, 3600, 3600, 3600, 3600, 3600)
DELIVERED_TOO_OFTEN = 3
AWAY_PAUSE_S = 0.3
ERROR_LENGTH = 500
SIGHT = Sight.system("inbox")
log = structlog.get_logger()


class Inbox:
    """Takes events in for one service. `deliver` is what a bus calls; it raises nothing but cancellation."""

    def __init__(self, service: Service, reactions: Reactions) -> None:
        self.service = service
        self.reactions = reactions
        self._turn = asyncio.Lock()

    async def deliver(self, message: bytes, *, type_hint: str, attempts: int) -> None:
        """Take one message in: applied, known already, superseded, or parked. Waits while the database is away."""
        async with self._turn:
            while True:
                try:
                    return await self._settle(message, type_hint, attempts)
                except Exception as error:  # edge: whatever a reaction raised has been parked; here only storage fails
                    if not is_away(error):
                        log.error("inbox.cannot_store", type=type_hint, reason=repr(error)[:ERROR_LENGTH])
                    await asyncio.sleep(AWAY_PAUSE_S)

    async def _settle(self, message: bytes, type_hint: str, attempts: int) -> None:
        try:
            envelope = Envelope.model_validate_json(message)
            reaction = self.reactions.by_key[envelope.type]
            event = reaction.event.model_validate(envelope.data)
        except (ValidationError, KeyError) as malformed:
            await self._keep_malformed(message, type_hint, malformed)
            return
        with traces.under(traces.continued(envelope.traceparent)), traces.span(f"react {envelope.type}"):
            if attempts >= DELIVERED_TOO_OFTEN:
                await self._park(envelope, "delivered too often: its reaction may be what kills the consumer")
                return
            try:
                await self._apply(envelope, reaction, event)
            except Exception as error:  # edge: one event's failure must not stop the others
                if is_away(error):
                    raise
                await self._park(envelope, describe(error))

    async def _apply(self, envelope: Envelope, reaction: Reaction, event: Any) -> None:
        now = self.service.clock.now()
        if reaction.kind is Kind.MARK:
            async with self.service.database.transaction(SIGHT, now=now) as session:
                await reaction.run(self.service, session, event)
            return
        async with self.service.database.transaction(SIGHT, now=now) as session:
            row = _row(envelope, "applied")
            if not await _insert(session, row):
                self._count("known")
                return
            if (verdict := await self._order(session, envelope, reaction.kind)) is not None:
                await _restate(session, envelope, verdict)
                self._count(verdict.split(":")[0])
                return
            met(session, envelope)
            await reaction.run(self.service, session, event)
        self._count("applied")
        lag = (self.service.clock.now() - envelope.time).total_seconds()
        self.service.metrics.event_lag.observe(max(0.0, lag))

    async def _order(self, session: Session, envelope: Envelope, kind: Kind) -> str | None:
        return await order(session, envelope.aggregate, envelope.version, kind)

    async def _park(self, envelope: Envelope, error: str) -> None:
        async with self.service.database.transaction(SIGHT) as session:
            row = _row(envelope, "parked")
            row.update(error=error, attempts=1, next_attempt_at=retry_at(0), body=envelope.model_dump(mode="json"))
            row["settled_at"] = None
            await _insert(session, row)
            wake_after_commit(session, "inbox")
        self._count("parked")
        log.warning("event.parked", type=envelope.type, event_id=str(envelope.id), reason=error)

    async def _keep_malformed(self, message: bytes, type_hint: str, error: Exception) -> None:
        digest = hashlib.sha256(message).digest()
        async with self.service.database.transaction(SIGHT) as session:
            await _insert(
                session,
                {
                    "event_id": UUID(bytes=digest[:16]),
                    "type": type_hint[:200],
                    "aggregate": "unreadable",
                    "version": 0,
                    "state": "dead",
                    "body": {"unreadable": message[:20_000].decode("utf-8", "replace")},
                    "error": "unknown type" if isinstance(error, KeyError) else "malformed",
                    "attempts": 1,
                },
            )
        self._count("malformed")
        log.error("event.malformed", type=type_hint[:200])

    def _count(self, outcome: str) -> None:
        self.service.metrics.received.labels(outcome).inc()


def describe(error: BaseException) -> str:
    """An error as a row may keep it: its type and words, cut; never the input it choked on."""
    if isinstance(error, ValidationError):
        return f"ValidationError: {[(e['loc'], e['type']) for e in error.errors()]}"[:ERROR_LENGTH]
    if isinstance(error, sa.exc.StatementError):
        return f"{type(error).__name__}: {type(error.orig).__name__}"[:ERROR_LENGTH]
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH]


def _row(envelope: Envelope, state: str) -> dict[str, Any]:
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "aggregate": envelope.aggregate,
        "version": envelope.version,
        "state": state,
        "traceparent": envelope.traceparent,
        "occurred_at": envelope.time,
        "settled_at": sa.func.clock_timestamp(),
    }


async def _insert(session: Session, row: dict[str, Any]) -> bool:
    statement = insert(InboxRow).values(**row).on_conflict_do_nothing().returning(InboxRow.event_id)
    return await session.scalar(statement) is not None


async def _restate(session: Session, envelope: Envelope, verdict: str) -> None:
    state, _, error = verdict.partition(":")
    values: dict[str, Any] = {"state": state, "error": error or None}
    if state in ("parked", "dead"):
        values.update(body=envelope.model_dump(mode="json"), attempts=1)
        log.warning("event.held", type=envelope.type, event_id=str(envelope.id), reason=error)
    if state == "parked":
        values.update(next_attempt_at=retry_at(0), settled_at=None)
        wake_after_commit(session, "inbox")
    await session.execute(sa.update(InboxRow).where(InboxRow.event_id == envelope.id).values(**values))


async def order(session: Session, aggregate: str, version: int, kind: Kind) -> str | None:
    """None: run its reaction now, and the aggregate's position has moved on. Else what becomes of the event instead.

    Takes the aggregate's position lock. A consumer sees only the keys it binds, so versions have gaps by nature:
    nothing waits for `last + 1`.
    """
    position = await session.scalar(
        insert(InboxPosition)
        .values(aggregate=aggregate, version=0)
        .on_conflict_do_update(index_elements=["aggregate"], set_={"version": InboxPosition.version})
        .returning(InboxPosition.version)
    )
    assert position is not None
    if version <= position:
        return "superseded" if kind is Kind.COPY else "dead:out of order: a newer event of this aggregate was applied"
    if kind is Kind.ACT and await _held_between(session, aggregate, position, version):
        return "parked:behind an earlier event that is parked"
    await session.execute(sa.update(InboxPosition).where(InboxPosition.aggregate == aggregate).values(version=version))
    return None


async def _held_between(session: Session, aggregate: str, applied: int, version: int) -> bool:
    held = sa.select(InboxRow.event_id).where(
        InboxRow.aggregate == aggregate,
        InboxRow.version > applied,
        InboxRow.version < version,
        InboxRow.state.in_(("parked", "dead")),
    )
    return bool(await session.scalar(sa.select(held.exists())))


def retry_at(attempt: int) -> Any:
    """When a parked event is tried again, by the database's clock."""
    return sa.func.clock_timestamp() + timedelta(seconds=RETRY_AFTER_S[min(attempt, len(RETRY_AFTER_S) - 1)])
