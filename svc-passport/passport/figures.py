"""What operators count: sent and printed today, what waits to be printed, refusals by reason, visits saved. Counts are bounded."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from chassis.database import Session
from passport.domain.renewal import Status
from passport.models import Application, Booklet

COUNTED = 1000


@dataclass(frozen=True)
class Waiting:
    """How many cases wait (up to a bound), and since when the oldest does."""

    count: int
    since: datetime | None


async def submitted_since(session: Session, instant: datetime) -> int:
    """Applications sent since an instant."""
    return await _count(session, sa.select(Application.id).where(Application.submitted_at >= instant))


async def printed_on(session: Session, day: date) -> int:
    """Booklets issued on a day, whatever became of them."""
    return await _count(session, sa.select(Booklet.number).where(Booklet.issued_on == day))


async def waiting_to_print(session: Session) -> Waiting:
    """Applications whose booklet is not made yet."""
    part = (
        sa.select(Application.moved_at)
        .where(Application.status.in_((Status.APPROVED, Status.PRINTING)))
        .order_by(Application.moved_at)
        .limit(COUNTED + 1)
        .subquery()
    )
    count, since = (await session.execute(sa.select(sa.func.count(), sa.func.min(part.c.moved_at)))).one()
    return Waiting(count, since)


async def refused_since(session: Session, instant: datetime) -> dict[str, int]:
    """Refusals since an instant by reason, the most frequent first."""
    part = (
        sa.select(Application.reason)
        .where(Application.status == Status.REFUSED, Application.moved_at >= instant)
        .limit(COUNTED + 1)
        .subquery()
    )
    rows = await session.execute(
        sa.select(part.c.reason, sa.func.count()).group_by(part.c.reason).order_by(sa.func.count().desc())
    )
    return {row[0]: row[1] for row in rows}


async def completed_since(session: Session, instant: datetime) -> tuple[int, int]:
    """Renewals completed since an instant, and how many of them without a visit: the old booklet came by post."""
    part = (
        sa.select(Application.old_office)
        .where(Application.status == Status.COMPLETED, Application.moved_at >= instant)
        .limit(COUNTED + 1)
        .subquery()
    )
    count, by_post = (await session.execute(sa.select(sa.func.count(), sa.func.count(part.c.old_office)))).one()
    return count, by_post


def refused_prints() -> sa.Select[Application]:
    """Prints the printing house refused; they wait for an operator."""
    return sa.select(Application).where(Application.status == Status.PRINTING, Application.print_trouble.is_not(None))


async def _count(session: Session, statement: sa.Select[uuid.UUID] | sa.Select[str]) -> int:
    found = await session.scalar(sa.select(sa.func.count()).select_from(statement.limit(COUNTED + 1).subquery()))
    return int(found or 0)
