"""The rows of the support service: tickets, their thread, attachments, copies of blocked acts and contacts, attempts."""

import uuid
from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.crypto import Encrypted
from chassis.database import Base as Mechanism
from chassis.identifiers import uuid7
from chassis.models import Case
from support.domain.ticket import TICKET

NAME = "support"


class Base(DeclarativeBase):
    """Tables of this service."""

    metadata = sa.MetaData(naming_convention=Mechanism.metadata.naming_convention)
    type_annotation_map = Mechanism.type_annotation_map


class Ticket(Case, Base):
    """A request for help with something that could not be completed. `person` is the applicant."""

    __tablename__ = "tickets"
    lifecycle: ClassVar = TICKET

    service: Mapped[str]
    category: Mapped[str]
    language: Mapped[str]
    description: Mapped[str] = mapped_column(Encrypted(NAME))
    case_id: Mapped[uuid.UUID | None]
    case_reference: Mapped[str | None]
    missing: Mapped[list[str]] = mapped_column(comment="requirements that block the case, as its service told them")
    case_is_verified: Mapped[bool]
    promised_on: Mapped[date]
    paused_on: Mapped[date | None]
    escalated_at: Mapped[datetime | None]
    tracking_index: Mapped[str | None] = mapped_column(comment="keyed digest of reference and mobile's last digits")
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger)
    __table_args__ = (
        sa.Index("ix_tickets_person", "person", "id"),
        sa.Index("ix_tickets_work", "promised_on", postgresql_where=sa.text("status <> 'closed'")),
        sa.Index("ix_tickets_case_id", "case_id"),
    )


class Message(Base):
    """One entry of a ticket's thread. Never edited."""

    __tablename__ = "messages"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    ticket_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tickets.id"))
    author: Mapped[str] = mapped_column(comment="applicant, specialist or system")
    text: Mapped[str] = mapped_column(Encrypted(NAME))
    written_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_messages_ticket_id", "ticket_id", "id"),)


class Attachment(Base):
    """A file as it was decoded and written anew; `digest` is of exactly the bytes that were scanned and are served."""

    __tablename__ = "attachments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    ticket_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tickets.id"))
    name: Mapped[str] = mapped_column(Encrypted(NAME), comment="as its sender called it; for display only")
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(comment="the bytes, encrypted")
    scan: Mapped[str]
    attached_at: Mapped[datetime]
    __table_args__ = (
        sa.Index("ix_attachments_ticket_id", "ticket_id", "id"),
        sa.CheckConstraint("scan in ('clean','unscanned')", name="scan"),
    )


class BlockedAct(Base):
    """A case that cannot go on, as its service told; a ticket may start from it."""

    __tablename__ = "blocked_acts"
    case_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    service: Mapped[str]
    reference: Mapped[str]
    person: Mapped[str]
    applicant: Mapped[str]
    missing: Mapped[list[str]]
    blocked_at: Mapped[datetime]


class Contact(Base):
    """The last digits of a person's mobile: what tracking without signing in asks for."""

    __tablename__ = "contacts"
    person: Mapped[str] = mapped_column(primary_key=True)
    mobile_end: Mapped[str] = mapped_column(Encrypted(NAME))


class TrackingAttempt(Base):
    """Wrong pairs in an hour, per ticket number and per address; counted before anything is compared."""

    __tablename__ = "tracking_attempts"
    key: Mapped[str] = mapped_column(primary_key=True, comment="keyed digest; neither number nor address is stored")
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    __table_args__ = (sa.Index("ix_tracking_attempts_hour", "hour"),)
