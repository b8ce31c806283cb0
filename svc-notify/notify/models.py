"""The rows of this service: what was announced, each notice of it, how people are reached, what they chose not to hear."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import chassis.database
from chassis.crypto import Encrypted
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from notify.domain.notice import NOTICE

SERVICE = "notify"


class Base(DeclarativeBase):
    """Declarative base of this service."""

    metadata = sa.MetaData(naming_convention=chassis.database.Base.metadata.naming_convention)
    type_annotation_map = chassis.database.Base.type_annotation_map


class Telling(Base):
    """An event that was announced to people: what happened to whose record, and by which channels it is told."""

    __tablename__ = "tellings"
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event: Mapped[str]
    person: Mapped[str] = mapped_column(comment="whose record changed")
    applicant: Mapped[str | None] = mapped_column(comment="who acted for them, where the event says so")
    grantee: Mapped[str | None] = mapped_column(comment="whom it was granted to, where the event says so")
    channels: Mapped[list[str]] = mapped_column(comment="by the dated rule of that day")
    words: Mapped[dict[str, Any]] = mapped_column(comment="what the texts fill in, by language")
    occurred_at: Mapped[datetime]
    told_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"))
    __table_args__ = (sa.Index("ix_tellings_person_told_at", "person", "told_at"),)


class Contact(Base):
    """How a person was reached from when to when. One row a person has no end: the present one."""

    __tablename__ = "contacts"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str]
    account_id: Mapped[uuid.UUID]
    mobile: Mapped[str] = mapped_column(Encrypted(SERVICE))
    mobile_index: Mapped[str]
    email: Mapped[str | None] = mapped_column(Encrypted(SERVICE))
    email_index: Mapped[str | None]
    language: Mapped[str]
    known_from: Mapped[datetime]
    known_until: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("uq_contacts_present", "person", unique=True, postgresql_where=sa.text("known_until is null")),
        sa.Index("ix_contacts_mobile_index", "mobile_index"),
        sa.CheckConstraint("known_until is null or known_until >= known_from", name="interval"),
        sa.CheckConstraint("language in ('ar','en')", name="language"),
    )


class Notice(Case, Base):
    """One event told to one person by one channel. `person` is the recipient, `about` whose record it is about."""

    __tablename__ = "notices"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = NOTICE

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tellings.event_id"))
    about: Mapped[str]
    standing: Mapped[str]
    kind: Mapped[str]
    channel: Mapped[str]
    critical: Mapped[bool]
    title: Mapped[dict[str, Any]]
    texts: Mapped[dict[str, Any]] = mapped_column(comment="what is said, in both languages, for good")
    contact_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contacts.id"))
    language: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    parts: Mapped[int | None] = mapped_column(sa.SmallInteger, comment="SMS parts of the last attempt")
    heard: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}", default=dict, comment="receipts of the last attempt, by the id the operator gave"
    )
    asks: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0", default=0)
    due_at: Mapped[datetime | None] = mapped_column(comment="when the sweep looks at it again")
    queued_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    error: Mapped[str | None]
    read_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("event_id", "person", "channel"),
        sa.CheckConstraint("channel in ('sms','email','inbox')", name="channel"),
        sa.CheckConstraint(
            "status in ('selected','muted','queued','sent','delivered','failed','lapsed','dead')", name="status"
        ),
        sa.Index("ix_notices_inbox", "person", "id", postgresql_where=sa.text("channel = 'inbox'")),
        sa.Index("ix_notices_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        sa.Index("ix_notices_waiting", "person", postgresql_where=sa.text("status = 'selected'")),
        sa.Index("ix_notices_moved_at", "channel", "status", "moved_at"),
    )

    @property
    def sending(self) -> str:
        """The reference of the attempt under way, by which the operator knows it; `notice_of` takes it apart."""
        return f"{self.reference}.{self.attempts}"


def notice_of(sending: str) -> str:
    """The notice's reference in the reference of one of its attempts."""
    return sending.partition(".")[0]


class Preference(Base):
    """What a person chose not to be told: channels by kind of notice. Critical notices come all the same."""

    __tablename__ = "preferences"
    person: Mapped[str] = mapped_column(primary_key=True)
    muted: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
