"""A service's own books of money that others hold: reserve, then consume or release, each once, in double entry.

The payment body's balance is the truth for prepaid money; these lines say what we did with it. Amounts are whole minor
units (halalas). Every entry's lines sum to zero.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Session
from chassis.identifiers import uuid7
from chassis.refusals import Conflict


class LedgerLine(Base):
    """One side of one entry; the unique key makes each kind of entry happen once per reservation."""

    __tablename__ = "ledger_lines"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    reservation: Mapped[uuid.UUID]
    entry: Mapped[str]
    account: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    entered_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("reservation", "entry", "account"),
        sa.CheckConstraint("entry in ('reserve','consume','release','charge')", name="entry"),
        sa.Index(
            "uq_ledger_lines_closing",
            "reservation",
            "account",
            unique=True,
            postgresql_where=sa.text("entry in ('consume','release') and account = 'reserved'"),
        ),
    )


class AlreadyClosed(Conflict):
    """The reservation was consumed or released before."""

    slug = "reservation-closed"


async def reserve(session: Session, reservation: uuid.UUID, amount_minor: int, now: datetime) -> None:
    """Prepaid money is set aside for one case."""
    _enter(session, reservation, "reserve", {"prepaid": -amount_minor, "reserved": amount_minor}, now)
    await session.flush()


async def consume(session: Session, reservation: uuid.UUID, now: datetime) -> int:
    """The reserved money became a fee; returns the amount in minor units. Raises AlreadyClosed."""
    amount = await _open_amount(session, reservation)
    _enter(session, reservation, "consume", {"reserved": -amount, "fees": amount}, now)
    await session.flush()
    return amount


async def release(session: Session, reservation: uuid.UUID, now: datetime) -> int:
    """The reserved money goes back to the person's balance. Raises AlreadyClosed."""
    amount = await _open_amount(session, reservation)
    _enter(session, reservation, "release", {"reserved": -amount, "prepaid": amount}, now)
    await session.flush()
    return amount


async def charge(session: Session, reservation: uuid.UUID, account: str, amount_minor: int, now: datetime) -> None:
    """Another party bears a cost that the person does not pay."""
    _enter(session, reservation, "charge", {account: -amount_minor, "fees": amount_minor}, now)
    await session.flush()


def _enter(session: Session, reservation: uuid.UUID, entry: str, sides: dict[str, int], now: datetime) -> None:
    assert sum(sides.values()) == 0, "an entry sums to zero"
    for account, amount in sides.items():
        session.add(
            LedgerLine(reservation=reservation, entry=entry, account=account, amount_minor=amount, entered_at=now)
        )


async def _open_amount(session: Session, reservation: uuid.UUID) -> int:
    lines = list(
        await session.scalars(sa.select(LedgerLine).where(LedgerLine.reservation == reservation).with_for_update())
    )
    amount = sum(line.amount_minor for line in lines if line.account == "reserved")
    if amount <= 0 or any(line.entry in ("consume", "release") for line in lines):
        raise AlreadyClosed
    return amount
