"""Batches of activations: who handed one in, and its rows, leased by workers until each has its verdict."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import SEALED, Base

_OPEN = "state in ('waiting','working')"


class ActivationBatch(Base):
    """Many activations handed in at once. Staff's waits for a second member of staff; a client's begins at once."""

    __tablename__ = "activation_batches"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(unique=True)
    person: Mapped[str] = mapped_column(comment="who handed it in: a member of staff or a client")
    standing: Mapped[str] = mapped_column(comment="officer, operator or client")
    channel: Mapped[str] = mapped_column(comment="where the people in it proved themselves")
    office: Mapped[str]
    rows: Mapped[int]
    opened_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("released_by is null or released_by <> person or standing = 'client'", name="two_people"),
        sa.Index("ix_activation_batches_person", "person", "id"),
    )


class ActivationRow(Base):
    """One row of a batch. Its mobile is kept only until it has its verdict."""

    __tablename__ = "activation_rows"
    batch_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("activation_batches.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, comment="of the file, from 1")
    handed_in_by: Mapped[str]
    number: Mapped[str]
    mobile: Mapped[str | None] = mapped_column(SEALED)
    language: Mapped[str]
    state: Mapped[str]
    reasons: Mapped[list[str]] = mapped_column(server_default="[]", comment="why it was refused, as slugs")
    account_id: Mapped[uuid.UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    fence: Mapped[int] = mapped_column(server_default="0", default=0)
    lease_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"))
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("state in ('held','waiting','working','activated','refused')", name="state"),
        sa.CheckConstraint(
            "(state in ('activated','refused')) = (mobile is null and settled_at is not null)", name="mobile_goes"
        ),
        sa.CheckConstraint("(state = 'activated') = (account_id is not null)", name="activated_is_an_account"),
        sa.Index("ix_activation_rows_open", "next_attempt_at", "batch_id", "line", postgresql_where=sa.text(_OPEN)),
    )
