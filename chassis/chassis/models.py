"""The mechanism's own tables, the same in every service: events out and in, what leaves the house, deadlines, history.

And the one method that changes a case's status: it asks the lifecycle, writes the history row and nothing else.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Session
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle, Move

_DB_NOW = sa.text("clock_timestamp()")


def numbered() -> Mapped[int]:
    """The row's place among everything that is sealed."""
    return mapped_column(sa.BigInteger, server_default=sa.text("nextval('audit_seq')"), unique=True)


class EventStream(Base):
    """How many events an aggregate has had. Its row lock makes the outbox's order the commit order per aggregate."""

    __tablename__ = "event_streams"
    aggregate: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer)


class OutboxRow(Base):
    """An event recorded in the transaction of its change, waiting to be published and then marked."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    type: Mapped[str]
    aggregate: Mapped[str]
    version: Mapped[int]
    partition: Mapped[int] = mapped_column(sa.SmallInteger)
    body: Mapped[dict[str, Any]]
    traceparent: Mapped[str | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    published_at: Mapped[datetime | None]
    held_back: Mapped[str | None] = mapped_column(comment="why the last try to publish failed")
    __table_args__ = (
        sa.UniqueConstraint("aggregate", "version"),
        sa.Index("ix_outbox_unpublished", "id", postgresql_where=sa.text("published_at is null")),
    )


class InboxRow(Base):
    """An event as this service met it: applied, superseded, parked for another try, dead or discarded."""

    __tablename__ = "inbox"
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    aggregate: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    body: Mapped[dict[str, Any] | None] = mapped_column(comment="kept while parked or dead")
    traceparent: Mapped[str | None]
    occurred_at: Mapped[datetime | None]
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("state in ('applied','superseded','parked','dead','discarded')", name="state"),
        sa.Index("ix_inbox_waiting", "next_attempt_at", postgresql_where=sa.text("state = 'parked'")),
        sa.Index("ix_inbox_held", "aggregate", "version", postgresql_where=sa.text("state in ('parked','dead')")),
    )


class InboxPosition(Base):
    """The newest version of an aggregate that was applied here; guards order without looking for gaps."""

    __tablename__ = "inbox_positions"
    aggregate: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]


class IntentRow(Base):
    """Something that shall leave the house: written with its cause, carried out by a sender, asked about when unsure."""

    __tablename__ = "intents"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True, comment="stable name the other side knows it by")
    body: Mapped[dict[str, Any]]
    sealed: Mapped[str | None] = mapped_column(comment="the part that only the sender may read, encrypted")
    lane: Mapped[int] = mapped_column(sa.SmallInteger, server_default="5", comment="lower goes first")
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    fence: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    expires_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    traceparent: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("state in ('waiting','sending','unknown','done','refused','expired','dead')", name="state"),
        sa.Index(
            "ix_intents_due",
            "lane",
            "next_attempt_at",
            postgresql_where=sa.text("state in ('waiting','sending','unknown')"),
        ),
        sa.Index("ix_intents_dead", "kind", postgresql_where=sa.text("state = 'dead'")),
    )


class TimerRow(Base):
    """A deadline that fires by itself: due in business time, leased and fenced in machine time."""

    __tablename__ = "timers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    subject: Mapped[str]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="armed")
    fence: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("state in ('armed','fired','disarmed','dead')", name="state"),
        sa.Index("uq_timers_armed", "kind", "subject", unique=True, postgresql_where=sa.text("state = 'armed'")),
        sa.Index("ix_timers_due", "due_at", postgresql_where=sa.text("state = 'armed'")),
        sa.Index("ix_timers_dead", "kind", postgresql_where=sa.text("state = 'dead'")),
    )


class IdempotencyRow(Base):
    """The stored answer to a creating request, kept with its effect in one transaction."""

    __tablename__ = "idempotency"
    subject: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    owner: Mapped[str | None] = mapped_column(comment="whose record the answer tells of; sight is checked again")
    status: Mapped[int | None]
    body: Mapped[bytes | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    __table_args__ = (sa.Index("ix_idempotency_created_at", "created_at"),)


class RelationRow(Base):
    """Why `subject` may see or act on `object`, from when to when; a copy of its owner's row unless local."""

    __tablename__ = "relations"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    relation: Mapped[str]
    subject: Mapped[str]
    object: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(comment="who keeps the original: a service, or local")
    learned_at: Mapped[datetime] = mapped_column(server_default=_DB_NOW)
    scope: Mapped[str | None] = mapped_column(comment="what the relation is good for; absent: everything its name says")
    narrowed_to: Mapped[str | None] = mapped_column(comment="the one object it is good for; absent: all of them")
    uses_allowed: Mapped[int | None] = mapped_column(comment="how often it may be used; absent: without limit")
    changed_at: Mapped[datetime | None] = mapped_column(
        comment="by its owner's clock: an older word never takes the place of a newer one"
    )
    __table_args__ = (
        sa.Index("ix_relations_changed", "subject", "changed_at"),
        sa.Index("ix_relations_subject", "subject", "relation", "object"),
        sa.Index("ix_relations_object", "object", "relation"),
        sa.CheckConstraint("ends_at is null or ends_at >= starts_at", name="interval"),
    )


class RelationSource(Base):
    """How far this service's copy of another's relations goes. The owner's own database has no row of itself."""

    __tablename__ = "relation_sources"
    source: Mapped[str] = mapped_column(primary_key=True)
    current_at: Mapped[datetime] = mapped_column(comment="the copy holds everything its owner had committed by then")


class FactRow(Base):
    """What a body outside answered about somebody, with its source, reference and age."""

    __tablename__ = "facts"
    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    source: Mapped[str]
    reference: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class CaseMoveRow(Base):
    """One status change of one case. Append-only: history is never edited."""

    __tablename__ = "case_moves"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    case_kind: Mapped[str]
    case_id: Mapped[uuid.UUID]
    version: Mapped[int]
    action: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    standing: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str | None]
    moved_at: Mapped[datetime]
    on_behalf_of: Mapped[str | None] = mapped_column(
        comment="for whom the actor acted by a grant; absent: in their own right"
    )
    seq: Mapped[int] = numbered()
    __table_args__ = (sa.UniqueConstraint("case_kind", "case_id", "version"),)
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own protocol


class Case:
    """Mixin of every case: an owner, a status that only `move` changes, and a version counting the moves."""

    lifecycle: ClassVar[Lifecycle[Any, Any, Any]]

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(unique=True)
    person: Mapped[str] = mapped_column(comment="whose record this is")
    status: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    opened_at: Mapped[datetime]
    moved_at: Mapped[datetime]

    def move(
        self,
        session: Session,
        action: Any,
        *,
        by: str | set[str],
        actor: str,
        facts: Any,
        now: datetime,
        reason: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Move[Any, Any, Any]:
        """Advance along the lifecycle and write the history row. Raises what `Lifecycle.advance` raises."""
        made = self.lifecycle.advance(self.lifecycle.statuses(self.status), action, by, facts)
        standing = min(made.by & ({by} if isinstance(by, str) else by))
        self.version += 1
        session.add(
            CaseMoveRow(
                case_kind=self.lifecycle.name,
                case_id=self.id,
                version=self.version,
                action=str(action),
                from_status=self.status,
                to_status=str(made.target),
                standing=standing,
                actor=actor,
                reason=reason,
                moved_at=now,
                on_behalf_of=on_behalf_of,
            )
        )
        self.status = str(made.target)
        self.moved_at = now
        return made
