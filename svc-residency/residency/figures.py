"""What operators count and look through: cases that wait, why they are blocked, what is due. Every count is bounded."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database import Session
from residency.domain.exit_reentry_visa import Status as Visa
from residency.domain.iqama_renewal import Status as Renewal
from residency.models import ExitReentryVisa, IqamaRenewal, Residence

COUNTED = 1000
VISA_WAITS = (Visa.VERIFYING, Visa.ISSUING)
RENEWAL_WAITS = (Renewal.DRAFT, Renewal.SUBMITTED, Renewal.RENEWING)


@dataclass(frozen=True)
class Waiting:
    """How many cases wait (up to a bound), and since when the oldest does."""

    count: int
    since: datetime | None


def waiting_visas() -> sa.Select[ExitReentryVisa]:
    """Visas that wait for a body outside or for their fee to be taken."""
    return sa.select(ExitReentryVisa).where(ExitReentryVisa.status.in_(VISA_WAITS))


def waiting_renewals() -> sa.Select[IqamaRenewal]:
    """Renewals that wait for a body outside or for their fee to be taken."""
    return sa.select(IqamaRenewal).where(IqamaRenewal.status.in_(RENEWAL_WAITS))


def blocked_renewals() -> sa.Select[IqamaRenewal]:
    """Renewals with something in the way."""
    return sa.select(IqamaRenewal).where(IqamaRenewal.status == Renewal.BLOCKED)


async def waiting(session: Session) -> Waiting:
    """Both kinds of case together."""
    parts = [
        sa.select(row.moved_at).where(row.status.in_(statuses)).order_by(row.moved_at).limit(COUNTED + 1)
        for row, statuses in ((ExitReentryVisa, VISA_WAITS), (IqamaRenewal, RENEWAL_WAITS))
    ]
    both = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    count, since = (await session.execute(sa.select(sa.func.count(), sa.func.min(both.c.moved_at)))).one()
    return Waiting(count, since)


async def blocked_by(session: Session) -> dict[str, int]:
    """How many renewals each requirement blocks, the most frequent first, among a bounded number of them."""
    some = blocked_renewals().with_only_columns(IqamaRenewal.missing).limit(COUNTED).subquery()
    name = sa.func.jsonb_array_elements_text(some.c.missing).table_valued("value").lateral()
    found = await session.execute(
        sa.select(name.c.value, sa.func.count())
        .select_from(some.join(name, sa.true()))
        .group_by(name.c.value)
        .order_by(sa.func.count().desc(), name.c.value)
    )
    return {str(row[0]): int(row[1]) for row in found}


async def blocked(session: Session) -> int:
    """Renewals with something in the way."""
    return await _count(session, blocked_renewals().with_only_columns(IqamaRenewal.id))


async def issued_since(session: Session, since: datetime) -> int:
    """Visas issued since an instant."""
    return await _count(session, sa.select(ExitReentryVisa.id).where(ExitReentryVisa.issued_at >= since))


async def due_soon(session: Session, today: date, days: int) -> int:
    """Residences that run out within so many days and are not over yet."""
    soon = sa.select(Residence.id).where(
        Residence.valid_until >= today, Residence.valid_until <= today + timedelta(days=days)
    )
    return await _count(session, soon)


async def _count(session: Session, rows: Any) -> int:
    bounded = rows.limit(COUNTED + 1).subquery()
    return int(await session.scalar(sa.select(sa.func.count()).select_from(bounded)) or 0)
