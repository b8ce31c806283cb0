"""Deadlines that fire by themselves: rows due in business time, armed and disarmed with the change that causes them.

A worker leases due rows in machine time and fires each in a transaction of its own, under the fence of its lease: a
worker that slept through its lease changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session, Sight, is_away, wake_after_commit
from chassis.identifiers import uuid7
from chassis.models import TimerRow
from chassis.wiring import Service

POLL_S = 0.5
LEASE_S = 30
BATCH = 50
MAX_ATTEMPTS = 10
SIGHT = Sight.system("timers")
log = structlog.get_logger()

Fire = Callable[[Any, Session, str], Awaitable[None]]


class Timers:
    """The deadlines one service knows, by kind: `@timers.on("hold_expires")`; the function gets the subject's id."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Fire] = {}

    def on(self, kind: str) -> Callable[[Fire], Fire]:
        def keep(fire: Fire) -> Fire:
            if kind in self.by_kind:
                raise ValueError(f"two timers are called {kind}")
            self.by_kind[kind] = fire
            return fire

        return keep


async def arm(session: Session, kind: str, subject: str, due_at: datetime) -> None:
    """Arm a deadline in the transaction of its cause; armed again, it moves to the new instant."""
    await session.execute(
        insert(TimerRow)
        .values(id=uuid7(), kind=kind, subject=subject, due_at=due_at, state="armed")
        .on_conflict_do_update(
            index_elements=["kind", "subject"], index_where=sa.text("state = 'armed'"), set_={"due_at": due_at}
        )
    )
    wake_after_commit(session, "timers")


async def disarm(session: Session, kind: str, subject: str) -> None:
    """Take a deadline back in the transaction that makes it moot."""
    await session.execute(
        sa.update(TimerRow)
        .where(TimerRow.kind == kind, TimerRow.subject == subject, TimerRow.state == "armed")
        .values(state="disarmed", settled_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class _Lease:
    id: UUID
    kind: str
    subject: str
    fence: int


class TimerWheel:
    """Fires one service's due timers until stopped."""

    def __init__(self, service: Service, timers: Timers) -> None:
        self.service = service
        self.timers = timers
        self._wake = service.database.wakes.event("timers")

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            try:
                fired = await self.fire_due()
            except Exception as error:  # edge: the loop outlives a database that is away
                if not is_away(error):
                    log.error("timers.failed", service=self.service.name, reason=repr(error)[:300])
                fired = 0
            if not fired and not stopping.is_set():
                await _wait(self._wake, POLL_S)

    async def fire_due(self) -> int:
        """Fire what is due now in business time; returns how many fired."""
        return sum([await self._fire(lease) for lease in await self._lease()])

    async def _lease(self) -> list[_Lease]:
        now = sa.func.clock_timestamp()
        due = (
            sa.select(TimerRow)
            .where(
                TimerRow.state == "armed",
                TimerRow.due_at <= self.service.clock.now(),
                TimerRow.kind.in_(self.timers.by_kind),
                sa.or_(TimerRow.lease_until.is_(None), TimerRow.lease_until < now),
            )
            .order_by(TimerRow.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        async with self.service.database.transaction(SIGHT) as session:
            leases = []
            for row in await session.scalars(due):
                row.fence += 1
                row.lease_until = now + timedelta(seconds=LEASE_S)
                leases.append(_Lease(row.id, row.kind, row.subject, row.fence))
            return leases

    async def _fire(self, lease: _Lease) -> bool:
        try:
            async with self.service.database.transaction(SIGHT, now=self.service.clock.now()) as session:
                row = await _fenced(session, lease)
                if row is None:
                    return False
                row.state, row.settled_at = "fired", sa.func.clock_timestamp()
                await session.flush()  # so that the function may arm the same deadline anew
                await self.timers.by_kind[lease.kind](self.service, session, lease.subject)
        except Exception as error:  # edge: one deadline's failure must not stop the others
            if is_away(error):
                raise
            await self._failed(lease, repr(error)[:300])
            return False
        self.service.metrics.timers.labels(lease.kind).inc()
        return True

    async def _failed(self, lease: _Lease, error: str) -> None:
        async with self.service.database.transaction(SIGHT) as session:
            if (row := await _fenced(session, lease)) is not None:
                row.attempts += 1
                row.error = error
                row.state = "dead" if row.attempts >= MAX_ATTEMPTS else "armed"
        log.error("timer.failed", kind=lease.kind, timer_id=str(lease.id), reason=error)


async def _fenced(session: Session, lease: _Lease) -> TimerRow | None:
    row: TimerRow | None = await session.scalar(
        sa.select(TimerRow)
        .where(TimerRow.id == lease.id, TimerRow.fence == lease.fence, TimerRow.state == "armed")
        .with_for_update()
    )
    return row


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
