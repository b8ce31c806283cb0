"""The audit's own rows: what was done, what was looked at, the seals over both, and what a supervisor has to see.

Acts, looks, seals and kept heads are only ever added; their numbers (`seq`) come from one sequence per database, so that
the rows of all tables stand in one order (`chassis.sealing`).
"""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.identifiers import uuid7
from chassis.models import numbered

_DB_NOW = sa.text("clock_timestamp()")


class ActRow(Base):
    """Who did what to whose record, through which door and by which rules. Append-only."""

    __tablename__ = "acts"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    actor: Mapped[str]
    standing: Mapped[str]
    person: Mapped[str]
    channel: Mapped[str]
    action: Mapped[str]
    object: Mapped[str]
    reason: Mapped[str | None]
    rules: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    request_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None] = mapped_column(
        comment="for whom the actor acted by a grant; absent: in their own right"
    )
    seq: Mapped[int] = numbered()
    __table_args__ = (sa.Index("ix_acts_person", "person", "at"),)
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own protocol


class LookRow(Base):
    """Who looked at another person's record, and why. Append-only."""

    __tablename__ = "looks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    actor: Mapped[str]
    standing: Mapped[str]
    person: Mapped[str]
    object: Mapped[str]
    purpose: Mapped[str]
    reason: Mapped[str | None] = mapped_column(comment="in the words of whoever looked, when no case led there")
    request_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None] = mapped_column(
        comment="for whom the actor looked by a grant; absent: in their own right"
    )
    seq: Mapped[int] = numbered()
    __table_args__ = (sa.Index("ix_looks_person", "person", "at"), sa.Index("ix_looks_actor", "actor", "at"))
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own protocol


class SealRow(Base):
    """One sealed batch: which rows, how many, and a digest over them and the seal before. Append-only."""

    __tablename__ = "seals"
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    first_seq: Mapped[int] = mapped_column(sa.BigInteger)
    last_seq: Mapped[int] = mapped_column(sa.BigInteger)
    rows: Mapped[int]
    form: Mapped[int] = mapped_column(sa.SmallInteger, comment="which version of the canonical form was hashed")
    previous: Mapped[str]
    digest: Mapped[str]
    sealed_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)


class SealHeadRow(Base):
    """A seal of another service's chain, kept here where whoever can edit that service's database cannot. Append-only."""

    __tablename__ = "seal_heads"
    chain: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(sa.BigInteger)
    rows: Mapped[int]
    digest: Mapped[str]
    sealed_at: Mapped[datetime]
    kept_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)


class AlarmRow(Base):
    """Something about who looks at what that a supervisor has to see. Holds the number of staff, never a person's."""

    __tablename__ = "audit_alarms"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    standing: Mapped[str]
    office: Mapped[str | None]
    object: Mapped[str]
    reason: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None]
    remark: Mapped[str | None]
    __table_args__ = (
        sa.CheckConstraint("kind in ('canary','limit','stated-reason','unstated')", name="kind"),
        sa.Index("ix_audit_alarms_open", "id", postgresql_where=sa.text("seen_at is null")),
        sa.Index("ix_audit_alarms_actor", "actor", "at"),
    )


class CanaryRow(Base):
    """A record that nobody has a reason to open: whoever does is seen by a supervisor."""

    __tablename__ = "canaries"
    person: Mapped[str] = mapped_column(primary_key=True)
    planted_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
