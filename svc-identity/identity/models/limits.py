"""How often something happened: what limits are asked of, and what the operators' page reads."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from identity.models.columns import Base


class Allowance(Base):
    """The latest uses of something limited, under a keyed digest of whom it is limited for. Locked while it is asked."""

    __tablename__ = "allowances"
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[list[datetime]] = mapped_column(ARRAY(sa.TIMESTAMP(timezone=True)), server_default="{}")
    used_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_allowances_used_at", "used_at"),)


class Tally(Base):
    """How often something happened on a day: what the operators' page reads instead of counting rows."""

    __tablename__ = "tallies"
    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(sa.BigInteger)
