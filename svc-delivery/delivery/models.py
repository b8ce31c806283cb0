"""The rows delivery owns: shipments and their custody, scans, door codes, hand-overs, offices and copied contacts."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.crypto import Encrypted
from chassis.database import Base as ChassisBase
from chassis.freezes import Freeze
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from contracts.events import ApplicationPrinted
from delivery.domain.shipment import SHIPMENT, Status


class Base(DeclarativeBase):
    """Delivery's own tables; the mechanism's are the chassis'."""

    metadata = sa.MetaData(naming_convention=ChassisBase.metadata.naming_convention)
    type_annotation_map = ChassisBase.type_annotation_map


class HandOver(Base):
    """One manifest: the envelopes an office gave to the post at one time."""

    __tablename__ = "hand_overs"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(unique=True)
    office: Mapped[str]
    clerk: Mapped[str]
    handed_over_at: Mapped[datetime]


class Shipment(Case, Base):
    """An envelope with one document in it, from the order to the door."""

    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = SHIPMENT

    __tablename__ = "shipments"
    case_id: Mapped[uuid.UUID] = mapped_column(comment="the application whose document this is")
    case_reference: Mapped[str]
    document_number: Mapped[str]
    recipient: Mapped[str] = mapped_column(Encrypted("delivery"))
    short_address: Mapped[str] = mapped_column(Encrypted("delivery"))
    collect_old_number: Mapped[str | None] = mapped_column(comment="the document to be collected at the door")
    reissue: Mapped[bool] = mapped_column(server_default=sa.false())
    ordered_from_post_at: Mapped[datetime | None] = mapped_column(comment="when the order was first written")
    orders: Mapped[int] = mapped_column(server_default="0", default=0, comment="how often it was ordered from the post")
    order_refused: Mapped[str | None] = mapped_column(comment="the post's slug, while the order stands refused")
    envelope: Mapped[str | None] = mapped_column(unique=True, comment="the post's S10 identifier")
    office: Mapped[str | None] = mapped_column(comment="where it was packed and where an old document comes back to")
    hand_over_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("hand_overs.id"))
    packed_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    promised_by: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None] = mapped_column(comment="when the promise was found broken")
    last_scan_at: Mapped[datetime | None] = mapped_column(comment="by the carrier's clock; older scans change nothing")
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    held_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    proof: Mapped[str | None] = mapped_column(comment="the signed scan whose door code was right")
    old_document: Mapped[str] = mapped_column(server_default="none", default="none")
    __table_args__ = (
        sa.Index("ix_shipments_person", "person", "id"),
        sa.Index("ix_shipments_case_id", "case_id"),
        sa.Index("ix_shipments_status", "status", "id"),
        sa.Index(
            "uq_shipments_live_document",
            "document_number",
            unique=True,
            postgresql_where=sa.text("status not in ('lost','cancelled','returned_to_source','ordered_again')"),
        ),
        sa.CheckConstraint("status <> 'delivered' or proof is not null", name="proof"),
        sa.CheckConstraint("old_document in ('none','expected','collected','returned')", name="old_document"),
    )

    @classmethod
    def ordered_for(cls, printed: ApplicationPrinted, reference: str, now: datetime) -> Self:
        """A new shipment for a document that was just printed."""
        return cls(
            id=uuid7(),
            reference=reference,
            person=printed.person,
            status=str(SHIPMENT.initial),
            opened_at=now,
            moved_at=now,
            case_id=printed.application_id,
            case_reference=printed.reference,
            document_number=printed.passport_number,
            recipient=printed.recipient,
            short_address=printed.short_address,
            collect_old_number=printed.collect_old_number,
            old_document="expected" if printed.collect_old_number else "none",
            reissue=printed.reissue,
        )

    def ordered_once_more(self, reference: str, short_address: str, now: datetime) -> Self:
        """A new shipment for the same document, which came back."""
        return type(self)(
            id=uuid7(),
            reference=reference,
            person=self.person,
            status=str(SHIPMENT.initial),
            opened_at=now,
            moved_at=now,
            case_id=self.case_id,
            case_reference=self.case_reference,
            document_number=self.document_number,
            recipient=self.recipient,
            short_address=short_address,
            collect_old_number=self.collect_old_number,
            old_document="expected" if self.collect_old_number else "none",
            reissue=self.reissue,
        )

    @property
    def stands(self) -> Status:
        """The status as the lifecycle's own word."""
        return Status(self.status)


class Custody(Base):
    """Who gave one of an envelope's documents to whom. Append-only: each step begins with whom the last one ended."""

    __tablename__ = "custody"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    shipment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("shipments.id"))
    item: Mapped[str]
    step: Mapped[int]
    given_by: Mapped[str]
    taken_by: Mapped[str]
    office: Mapped[str | None]
    evidence: Mapped[str] = mapped_column(comment="the manifest or the signed scan that says so")
    passed_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("shipment_id", "item", "step"),
        sa.CheckConstraint("item in ('document','old_document')", name="item"),
        sa.CheckConstraint("given_by in ('printer','office','carrier','holder')", name="given_by"),
        sa.CheckConstraint("taken_by in ('office','carrier','holder','nobody')", name="taken_by"),
    )


class Scan(Base):
    """One signed callback of the carrier, by its message id: applied once, and answered alike when it comes again."""

    __tablename__ = "scans"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    envelope: Mapped[str]
    kind: Mapped[str]
    office: Mapped[str | None]
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    shipment_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("shipments.id"))
    verdict: Mapped[str]
    reason: Mapped[str | None] = mapped_column(comment="why it was not applied")
    settled_by: Mapped[str | None] = mapped_column(comment="the member of staff who looked at a parked scan")
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("verdict in ('taken','applied','known','superseded','parked','refused')", name="verdict"),
        sa.Index("ix_scans_shipment_id", "shipment_id"),
        sa.Index(
            "ix_scans_parked", "received_at", postgresql_where=sa.text("verdict = 'parked' and settled_at is null")
        ),
    )


class DoorCode(Base):
    """The code of the present round, as a keyed digest, and how often it was guessed at."""

    __tablename__ = "door_codes"
    shipment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("shipments.id"), primary_key=True)
    round: Mapped[int]
    digest: Mapped[str]
    guesses: Mapped[int] = mapped_column(server_default="0", default=0)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Contact(Base):
    """How a person is reached: a copy of identity's, the newest kept."""

    __tablename__ = "contacts"
    person: Mapped[str] = mapped_column(primary_key=True)
    mobile: Mapped[str] = mapped_column(Encrypted("delivery"))
    language: Mapped[str]


class AccountFreeze(Freeze, Base):
    """Whose account is frozen, and until when: a copy of identity's word."""

    __tablename__ = "account_freezes"


class Office(Base):
    """A place where documents are packed, handed out and matched; its hours are data."""

    __tablename__ = "offices"
    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name_ar: Mapped[str]
    name_en: Mapped[str]
    city_ar: Mapped[str]
    city_en: Mapped[str]
    hours: Mapped[list[dict[str, Any]]]
    walk_in: Mapped[bool] = mapped_column(server_default=sa.true())
    __table_args__ = (sa.CheckConstraint("kind in ('directorate','mall','airport')", name="kind"),)
