"""Parked events: tried again on a growing schedule, released in order, declared dead at the end, replayed by hand."""

import asyncio
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from chassis.database import Session, is_away, wake_after_commit
from chassis.events.inbox import RETRY_AFTER_S, SIGHT, describe, order, retry_at
from chassis.events.reactions import Reactions, met
from chassis.models import InboxRow
from chassis.refusals import NotFound
from chassis.telemetry import traces
from chassis.wiring import Service
from contracts.envelope import Envelope

POLL_S = 1.0
BATCH = 50
log = structlog.get_logger()


class Parking:
    """Works through one service's parked events until stopped."""

    def __init__(self, service: Service, reactions: Reactions) -> None:
        self.service = service
        self.reactions = reactions
        self._wake = service.database.wakes.event("inbox")

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            try:
                worked = await self.retry_due()
            except Exception as error:  # edge: the loop outlives a database that is away
                if not is_away(error):
                    log.error("parking.failed", service=self.service.name, reason=describe(error))
                worked = 0
            if not worked and not stopping.is_set():
                await _wait(self._wake, POLL_S)

    async def retry_due(self) -> int:
        """Try every event that is due once; returns how many were applied."""
        async with self.service.database.transaction(SIGHT) as session:
            due = list(
                await session.scalars(
                    sa.select(InboxRow.event_id)
                    .where(InboxRow.state == "parked", InboxRow.next_attempt_at <= sa.func.clock_timestamp())
                    .order_by(InboxRow.aggregate, InboxRow.version)
                    .limit(BATCH)
                )
            )
        return sum([await self._retry(event_id) for event_id in due])

    async def _retry(self, event_id: UUID) -> bool:
        try:
            return await self._apply(event_id)
        except Exception as error:  # edge: one event's failure must not stop the others
            if is_away(error):
                raise
            await self._failed(event_id, describe(error))
            return False

    async def _apply(self, event_id: UUID) -> bool:
        async with self.service.database.transaction(SIGHT, now=self.service.clock.now()) as session:
            row = await _locked(session, event_id, "parked")
            if row is None or row.body is None:
                return False
            envelope = Envelope.model_validate(row.body)
            reaction = self.reactions.by_key[envelope.type]
            with traces.under(traces.continued(envelope.traceparent)):
                verdict = await order(session, row.aggregate, row.version, reaction.kind)
                if verdict is not None and verdict.startswith("parked"):
                    row.next_attempt_at = retry_at(1)
                    return False
                if verdict is None:
                    event = reaction.event.model_validate(envelope.data)
                    met(session, envelope)
                    await reaction.run(self.service, session, event)
            row.state, _, row.error = (verdict or "applied").partition(":")
            row.settled_at = sa.func.clock_timestamp()
            row.body = row.body if row.state == "dead" else None
            await _release_behind(session, row.aggregate)
        self.service.metrics.received.labels("applied_after_parking").inc()
        return True

    async def _failed(self, event_id: UUID, error: str) -> None:
        async with self.service.database.transaction(SIGHT) as session:
            row = await _locked(session, event_id, "parked")
            if row is None:
                return
            row.attempts += 1
            row.error = error
            if row.attempts > len(RETRY_AFTER_S):
                row.state = "dead"
                log.error("event.dead", type=row.type, event_id=str(event_id), reason=error)
            else:
                row.next_attempt_at = retry_at(row.attempts - 1)


async def replay(session: Session, event_id: UUID) -> None:
    """Put a dead or parked event back in line now. Raises NotFound."""
    row = await _locked(session, event_id, "parked", "dead")
    if row is None or row.body is None or "unreadable" in row.body:
        raise NotFound
    row.state, row.attempts, row.next_attempt_at = "parked", 0, sa.func.clock_timestamp()
    wake_after_commit(session, "inbox")


async def discard(session: Session, event_id: UUID, reason: str) -> None:
    """Give a dead event up for a stated reason; what waits behind it goes on. Raises NotFound."""
    row = await _locked(session, event_id, "parked", "dead")
    if row is None:
        raise NotFound
    row.state, row.error, row.settled_at = "discarded", reason, sa.func.clock_timestamp()
    await _release_behind(session, row.aggregate)
    wake_after_commit(session, "inbox")


async def _locked(session: Session, event_id: UUID, *states: str) -> Any:
    return await session.scalar(
        sa.select(InboxRow)
        .where(InboxRow.event_id == event_id, InboxRow.state.in_(states))
        .with_for_update(skip_locked=True)
    )


async def _release_behind(session: Session, aggregate: str) -> None:
    await session.execute(
        sa.update(InboxRow)
        .where(InboxRow.aggregate == aggregate, InboxRow.state == "parked")
        .values(next_attempt_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    wake_after_commit(session, "inbox")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
