"""What has changed about people and things at the outside bodies: the rows of the database `partners`.

People themselves are computed (`people.py`); only balances, booklets, items, scans, messages and movements are kept.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis import database


class Base(database.Base):
    """A metadata of its own: in one process the services' tables live in theirs."""

    __abstract__ = True
    metadata = sa.MetaData(naming_convention=database.Base.metadata.naming_convention)


booklet_serial = sa.Sequence("booklet_serial", metadata=Base.metadata)
label_serial = sa.Sequence("label_serial", metadata=Base.metadata)


class WorldRow(Base):
    """The one row of this world: the day its people began, and how far its sandbox clock was moved ahead."""

    __tablename__ = "world"
    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    began_on: Mapped[date]
    ahead_s: Mapped[float] = mapped_column(sa.Double, server_default="0")
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)


class Balance(Base):
    """Prepaid money of one person for one service code, in minor units."""

    __tablename__ = "balances"
    person: Mapped[str] = mapped_column(primary_key=True)
    service_code: Mapped[str] = mapped_column(primary_key=True)
    available_minor: Mapped[int] = mapped_column(sa.BigInteger)
    reserved_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    __table_args__ = (
        sa.CheckConstraint("available_minor >= 0", name="available_not_negative"),
        sa.CheckConstraint("reserved_minor >= 0", name="reserved_not_negative"),
    )


class PaymentRow(Base):
    """The first and only result of a sequence number, carried out or refused."""

    __tablename__ = "payments"
    sequence: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    kind: Mapped[str]
    person: Mapped[str | None]
    service_code: Mapped[str | None]
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    reservation: Mapped[str | None] = mapped_column(sa.ForeignKey("payments.sequence"))
    refused_slug: Mapped[str | None]
    refused_details: Mapped[dict[str, Any] | None]
    reference: Mapped[str]
    answered_at: Mapped[datetime]
    arrives_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index(
            "uq_payments_settled_once",
            "reservation",
            unique=True,
            postgresql_where=sa.text("reservation is not null and refused_slug is null"),
        ),
        sa.Index("ix_payments_person", "person"),
    )


class Deposit(Base):
    """Money somebody put on a person's balance at the bank."""

    __tablename__ = "deposits"
    reference: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    service_code: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    deposited_at: Mapped[datetime]
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="amount_positive"),)


class PaidDue(Base):
    """A due that was paid at the bank and is gone."""

    __tablename__ = "paid_dues"
    person: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    paid_at: Mapped[datetime]


class Booklet(Base):
    """A document number the printer has allotted to a reference."""

    __tablename__ = "booklets"
    number: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    allotted_at: Mapped[datetime]


class PrintRow(Base):
    """A print order. Whether it is good is known when it is ready."""

    __tablename__ = "prints"
    reference: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.ForeignKey("booklets.number"), unique=True)
    kind: Mapped[str]
    person: Mapped[str]
    digest: Mapped[str]
    mrz_lines: Mapped[list[str]]
    order_reference: Mapped[str]
    spoiled: Mapped[bool]
    ordered_at: Mapped[datetime]
    ready_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_prints_person", "person"),)

    def state_at(self, now: datetime) -> str:
        if now < self.ready_at:
            return "queued"
        return "spoiled" if self.spoiled else "printed"


class Item(Base):
    """A delivery order and the item it became."""

    __tablename__ = "items"
    reference: Mapped[str] = mapped_column(primary_key=True)
    s10: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    order_reference: Mapped[str]
    person: Mapped[str]
    recipient: Mapped[str]
    short_address: Mapped[str]
    mobile: Mapped[str]
    ordered_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class ScanRow(Base):
    """One scan of an item, and what the platform answered when it was told."""

    __tablename__ = "scans"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    s10: Mapped[str] = mapped_column(sa.ForeignKey("items.s10"), index=True)
    kind: Mapped[str]
    scanned_at: Mapped[datetime]
    code: Mapped[str | None]
    old_document: Mapped[str | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    answer_code: Mapped[int | None] = mapped_column(sa.Integer)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    told_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_scans_untold", "id", postgresql_where=sa.text("told_at is null")),)


class NoticeRow(Base):
    """What the registry tells by itself about a person, and what the platform answered when it was told."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    person: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(unique=True)
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    answer_code: Mapped[int | None] = mapped_column(sa.Integer)
    told_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_notices_untold", "id", postgresql_where=sa.text("told_at is null")),)


class Search(Base):
    """An investigation of an item; its outcome is known when it is over."""

    __tablename__ = "searches"
    s10: Mapped[str] = mapped_column(sa.ForeignKey("items.s10"), primary_key=True)
    reference: Mapped[str]
    finding: Mapped[str]
    opened_at: Mapped[datetime]
    over_at: Mapped[datetime]


class TextPart(Base):
    """One part of a text as the operator took it. A text sent twice is twice here: nothing is hidden."""

    __tablename__ = "text_parts"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    reference: Mapped[str | None] = mapped_column(index=True)
    copy: Mapped[int] = mapped_column(sa.Integer, comment="how often this part of the reference had come before")
    source: Mapped[str]
    mobile: Mapped[str] = mapped_column(index=True)
    part: Mapped[int] = mapped_column(sa.Integer)
    parts: Mapped[int] = mapped_column(sa.Integer)
    data_coding: Mapped[int] = mapped_column(sa.Integer)
    octets: Mapped[bytes]
    state: Mapped[str]
    received_at: Mapped[datetime]
    receipt_at: Mapped[datetime | None]


class Letter(Base):
    """A letter in somebody's mailbox; further copies of the same Message-ID are only counted."""

    __tablename__ = "letters"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    mailbox: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str]
    subject: Mapped[str]
    language: Mapped[str | None]
    text: Mapped[str]
    html: Mapped[str | None]
    headers: Mapped[dict[str, Any]]
    copies: Mapped[int] = mapped_column(sa.Integer)
    received_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_letters_mailbox", "mailbox", "received_at"),)


class MovementRow(Base):
    """An exit or entry recorded at a port."""

    __tablename__ = "movements"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    person: Mapped[str]
    kind: Mapped[str]
    port: Mapped[str]
    moved_at: Mapped[datetime]
    __table_args__ = (
        sa.CheckConstraint("kind in ('exit', 'entry')", name="kind_known"),
        sa.Index("ix_movements_person", "person", "id"),
    )
