"""The rows this service owns: applications, portraits, accepted pledges and booklets."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import database
from chassis.crypto import Encrypted
from chassis.freezes import Freeze
from chassis.grants import GrantUse
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from contracts.authority import Actor
from passport.domain.booklet import BOOKLET, BookletAction, BookletStatus
from passport.domain.facts import FeeState
from passport.domain.pledges import Pledge
from passport.domain.renewal import ENDED, RENEWAL

_ENDED = ",".join(f"'{status}'" for status in sorted(ENDED))
_NAMESPACE = uuid.UUID("0190f0a0-7a61-7a77-8a00-706173737074")


class Base(DeclarativeBase):
    """Declarative base of this service's tables."""

    metadata = sa.MetaData(naming_convention=database.Base.metadata.naming_convention)
    type_annotation_map = database.Base.type_annotation_map


class Application(Case, Base):
    """One renewal: who for, what was prepared, what was paid, what became of it."""

    __tablename__ = "applications"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = RENEWAL

    kind: Mapped[str]
    applicant: Mapped[str] = mapped_column(comment="who opened it: the holder, or the head of their household")
    language: Mapped[str]
    validity_years: Mapped[int] = mapped_column(sa.SmallInteger)

    family_name: Mapped[str | None]
    given_names: Mapped[str | None]
    name_accepted_at: Mapped[datetime | None]
    photo_digest: Mapped[str | None]
    short_address: Mapped[str | None] = mapped_column(Encrypted("passport"))
    reviewed: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="what was shown and confirmed")
    reviewed_at: Mapped[datetime | None]

    payer: Mapped[str | None]
    fee_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    fee_rule_from: Mapped[date | None]
    fee_state: Mapped[str] = mapped_column(default="none", server_default="none")
    fee_attempt: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    fee_reason: Mapped[str | None]
    fee_asked_at: Mapped[datetime | None]
    fee_reservation: Mapped[uuid.UUID | None] = mapped_column(
        comment="the ledger's name of the present try to pay, for joining"
    )

    submitted_at: Mapped[datetime | None]
    promised_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(comment="why it was last returned, refused or given up")
    note: Mapped[str | None] = mapped_column(comment="the officer's words to the applicant")

    old_number: Mapped[str | None]
    old_office: Mapped[str | None] = mapped_column(comment="where the collected old booklet lies")
    print_attempt: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    print_trouble: Mapped[str | None]
    booklet_number: Mapped[str | None]

    __table_args__ = (
        sa.Index("uq_applications_open", "person", unique=True, postgresql_where=sa.text(f"status not in ({_ENDED})")),
        sa.Index("ix_applications_person", "person", "id"),
        sa.Index("ix_applications_status", "status", "moved_at"),
        sa.Index("ix_applications_submitted_at", "submitted_at"),
        sa.Index("ix_applications_in_review", "id", postgresql_where=sa.text("status = 'in_review'")),
        sa.CheckConstraint(f"fee_state in ({','.join(repr(str(state)) for state in FeeState)})", name="fee_state"),
    )

    @property
    def is_for_another(self) -> bool:
        """Whether somebody applied for their dependant."""
        return self.applicant != self.person

    @property
    def reservation(self) -> uuid.UUID:
        """The ledger's name of the present try to pay."""
        return uuid.uuid5(_NAMESPACE, f"{self.id}:fee:{self.fee_attempt}")

    def new_try_to_pay(self, payer: str, amount_minor: int, rule_from: date) -> None:
        """Count a try, and write down what is asked of whom and by which entry of the rule."""
        self.payer, self.fee_minor, self.fee_rule_from = payer, amount_minor, rule_from
        self.fee_state, self.fee_reason = FeeState.ASKED, None
        self.fee_attempt += 1
        self.fee_reservation = self.reservation

    @property
    def loss(self) -> uuid.UUID:
        """The ledger's name of what the carrier owes for the present booklet."""
        return uuid.uuid5(_NAMESPACE, f"{self.id}:loss:{self.print_attempt}")

    def amended(self) -> None:
        """Something that was reviewed changed: it is to be looked at once more."""
        self.reviewed, self.reviewed_at = None, None


class AuthorisationUse(GrantUse, Base):
    """A use of an electronic authorisation, spent on an application. Append-only."""

    __tablename__ = "authorisation_uses"
    __table_args__ = (sa.UniqueConstraint("authorisation_id", "object"),)


class AccountFreeze(Freeze, Base):
    """Whose account is frozen, and until when: a copy of identity's word."""

    __tablename__ = "account_freezes"


class Photo(Base):
    """The portrait of an application, cleaned and encrypted; kept apart so that no list carries it along."""

    __tablename__ = "photos"
    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    person: Mapped[str]
    content: Mapped[str] = mapped_column(Encrypted("passport"), comment="base64 of a JPEG")
    digest: Mapped[str]
    uploaded_at: Mapped[datetime]


class PledgeAcceptance(Base):
    """A pledge as it was shown and accepted. Append-only."""

    __tablename__ = "pledge_acceptances"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("applications.id"))
    person: Mapped[str]
    pledge: Mapped[str]
    version: Mapped[int] = mapped_column(sa.SmallInteger)
    language: Mapped[str]
    text: Mapped[str]
    accepted_by: Mapped[str]
    accepted_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("application_id", "pledge", "version"),)

    @property
    def identity(self) -> tuple[str, int]:
        return Pledge(self.pledge, self.version).identity


class Booklet(Base):
    """A passport booklet. Its number never comes back; one person has at most one that is active."""

    __tablename__ = "booklets"
    number: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    application_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("applications.id"))
    status: Mapped[str]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    zone_first: Mapped[str | None]
    zone_second: Mapped[str | None]
    source: Mapped[str] = mapped_column(comment="who made it known: printing, or the registry for older ones")
    known_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (
        sa.Index("uq_booklets_active", "person", unique=True, postgresql_where=sa.text("status = 'active'")),
        sa.Index("ix_booklets_person", "person"),
        sa.Index("ix_booklets_issued_on", "issued_on"),
        sa.CheckConstraint(f"status in ({','.join(repr(str(status)) for status in BookletStatus)})", name="status"),
    )

    @classmethod
    def blocked(cls, number: str, person: str, expires_on: date | None, now: datetime) -> sa.Executable:
        """One statement: a booklet known from the registry is being renewed; a known active one is blocked (BLOCK)."""
        return (
            insert(cls)
            .values(
                number=number,
                person=person,
                status=BookletStatus.RENEWAL_BLOCKED,
                expires_on=expires_on,
                source="registry",
                known_at=now,
                changed_at=now,
            )
            .on_conflict_do_update(
                index_elements=["number"],
                set_={"status": BookletStatus.RENEWAL_BLOCKED, "changed_at": now},
                where=cls.status == BookletStatus.ACTIVE,
            )
        )

    def change(self, action: BookletAction, now: datetime) -> None:
        """Advance along the booklet's life. Raises MoveNotOpen."""
        made = BOOKLET.advance(BookletStatus(self.status), action, Actor.SYSTEM, None)
        self.status = str(made.target)
        self.changed_at = now
