"""What the specialists' desk and its operators count: bounded, because a page about trouble must not be trouble."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from chassis.database import Session
from chassis.models import RelationRow
from contracts.authority import Relation
from support.domain.ticket import OURS, Status
from support.models import BlockedAct, Ticket

COUNTED = 1000


def bounded(count: int) -> str:
    """A count as it is shown: exact up to the bound."""
    return f"{COUNTED}+" if count > COUNTED else str(count)


async def unassigned(session: Session, now: datetime) -> int:
    """Tickets that are ours to handle and that nobody holds."""
    held = sa.exists().where(
        RelationRow.relation == Relation.ASSIGNEE,
        RelationRow.object == sa.cast(Ticket.id, sa.Text),
        RelationRow.starts_at <= now,
        sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
    )
    return await _count(session, sa.select(Ticket.id).where(Ticket.status.in_(OURS), ~held))


async def past_promise(session: Session, today: date) -> int:
    """Tickets that are ours to handle after the day they were promised for."""
    return await _count(session, sa.select(Ticket.id).where(Ticket.status.in_(OURS), Ticket.promised_on < today))


async def returned(session: Session) -> int:
    """Tickets that wait for their applicants."""
    return await _count(session, sa.select(Ticket.id).where(Ticket.status == Status.RETURNED_TO_APPLICANT))


async def blocks_most(session: Session) -> tuple[str | None, int]:
    """The requirement that blocks most of the cases told of last, and how many it blocks."""
    newest = sa.select(BlockedAct.missing).order_by(BlockedAct.blocked_at.desc()).limit(COUNTED).subquery()
    name = sa.func.jsonb_array_elements_text(newest.c.missing).label("name")
    each = sa.select(name).subquery()
    row = (
        await session.execute(
            sa.select(each.c.name, sa.func.count()).group_by(each.c.name).order_by(sa.func.count().desc()).limit(1)
        )
    ).first()
    return (None, 0) if row is None else (str(row[0]), int(row[1]))


async def _count(session: Session, ids: sa.Select[Any]) -> int:
    few = ids.limit(COUNTED + 1).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(few)) or 0)
