"""The first four numbers of delivery: handed over today, promises kept, envelopes past their promise, open searches."""

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa

from chassis.clock import RIYADH
from chassis.database import Session
from chassis.ops.blocks import Card
from delivery.domain.shipment import WITH_CARRIER, Status
from delivery.models import Shipment
from delivery.wiring import Delivery

COUNTED = 1000


def cards(service: Delivery) -> tuple[Any, ...]:
    """The cards of this service, each asked when the page is drawn."""

    async def handed_over_today(session: Session) -> Card:
        midnight = datetime.combine(service.clock.today(), time.min, RIYADH)
        return Card("ops.card.handed-over-today", await _count(session, Shipment.handed_over_at >= midnight))

    async def promises_kept(session: Session) -> Card:
        kept, decided = await _kept(session, service.clock.now())
        share = None if not decided else kept * 100 // decided
        is_bad = share is not None and share < service.rules().number("delivery.shipment.kept_share")
        return Card("ops.card.promises-kept", None if share is None else f"{share} %", is_bad=is_bad)

    async def past_promise(session: Session) -> Card:
        late = sa.and_(Shipment.overdue_at.is_not(None), Shipment.status.in_(WITH_CARRIER))
        count = await _count(session, late)
        oldest = await session.scalar(sa.select(sa.func.min(Shipment.promised_by)).where(late))
        return Card("ops.card.past-promise", count, _day(oldest), is_bad=count > 0)

    async def searches_open(session: Session) -> Card:
        claimed = Shipment.status == Status.CLAIMED
        oldest = await session.scalar(sa.select(sa.func.min(Shipment.moved_at)).where(claimed))
        return Card("ops.card.searches-open", await _count(session, claimed), _day(oldest))

    return (handed_over_today, promises_kept, past_promise, searches_open)


async def _kept(session: Session, now: datetime) -> tuple[int, int]:
    """How many of the newest promises that are decided were kept: delivered in time, among delivered or due."""
    newest = (
        sa.select(Shipment.delivered_at, Shipment.promised_by)
        .where(sa.or_(Shipment.delivered_at.is_not(None), Shipment.promised_by <= now))
        .order_by(Shipment.id.desc())
        .limit(COUNTED)
        .subquery()
    )
    in_time = newest.c.delivered_at <= newest.c.promised_by
    row = (await session.execute(sa.select(sa.func.count().filter(in_time), sa.func.count()).select_from(newest))).one()
    return int(row[0]), int(row[1])


async def _count(session: Session, where: sa.ColumnElement[bool]) -> int:
    bounded = sa.select(Shipment.id).where(where).limit(COUNTED + 1).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(bounded)) or 0)


def _day(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(RIYADH).date().isoformat()
