"""The rows this service owns: residences, exit and re-entry visas, iqama renewals."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import database
from chassis.freezes import Freeze
from chassis.grants import GrantUse
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from residency.domain.exit_reentry_visa import EXIT_REENTRY_VISA, HAS_BEEN_ISSUED, IN_FORCE
from residency.domain.facts import Category, FeeState
from residency.domain.iqama_renewal import ENDED as RENEWAL_ENDED
from residency.domain.iqama_renewal import IQAMA_RENEWAL
from residency.domain.stay import Stay, Trips

_NAMESPACE = uuid.UUID("0190f0a0-7a61-7a77-8a00-7265736964ea")


def _listed(values: Any) -> str:
    return ",".join(f"'{value}'" for value in sorted(values))


class Base(DeclarativeBase):
    """Declarative base of this service's tables."""

    metadata = sa.MetaData(naming_convention=database.Base.metadata.naming_convention)
    type_annotation_map = database.Base.type_annotation_map


class Residence(Base):
    """Somebody's residence: made from what the registry told when it was first asked, then kept here."""

    __tablename__ = "residences"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]
    profession_ar: Mapped[str | None]
    profession_en: Mapped[str | None]
    valid_until: Mapped[date]
    registry_reference: Mapped[str | None] = mapped_column(comment="the registry's own name of the answer")
    told_at: Mapped[datetime]
    renewal_id: Mapped[uuid.UUID | None] = mapped_column(comment="the renewal that made it valid so long")
    __table_args__ = (
        sa.CheckConstraint(f"category in ({_listed(Category)})", name="category"),
        sa.Index("ix_residences_valid_until", "valid_until"),
    )


class Paid:
    """Mixin of every case that costs something: who asked for it, what it costs, where its fee stands."""

    id: Mapped[uuid.UUID]
    applicant: Mapped[str] = mapped_column(comment="who opened it: the employer, or the head of household")
    fee_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    fee_items: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    service_code: Mapped[str | None] = mapped_column(comment="under which the payment body knows this kind of fee")
    fee_state: Mapped[str] = mapped_column(default=str(FeeState.NONE), server_default="none")
    fee_attempt: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    fee_reservation: Mapped[uuid.UUID | None] = mapped_column(comment="the ledger's name of the present try to pay")
    fee_reason: Mapped[str | None] = mapped_column(comment="the payment body's slug, while it refuses")
    fee_asked_at: Mapped[datetime | None] = mapped_column(comment="when waiting for this payment began")
    reason: Mapped[str | None] = mapped_column(comment="why it last went back or ended")

    def reservation(self, attempt: int) -> uuid.UUID:
        """The ledger's name of one try to pay."""
        return uuid.uuid5(_NAMESPACE, f"{self.id}:fee:{attempt}")


class ExitReentryVisa(Case, Paid, Base):
    """Leave to go and come back, for a worker or dependant."""

    __tablename__ = "exit_reentry_visas"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = EXIT_REENTRY_VISA

    trips: Mapped[str]
    stay_days: Mapped[int | None] = mapped_column(comment="counted from the day of travel")
    return_by: Mapped[date | None] = mapped_column(comment="given, or counted once the holder has travelled")
    visa_number: Mapped[str | None] = mapped_column(unique=True)
    issued_at: Mapped[datetime | None]
    issued_on: Mapped[date | None]
    leave_by: Mapped[date | None]
    cancel_by: Mapped[date | None]
    travelled_on: Mapped[date | None]
    fine_minor: Mapped[int | None] = mapped_column(sa.BigInteger, comment="earned by letting it lapse")
    __table_args__ = (
        sa.Index(
            "uq_exit_reentry_visas_in_force",
            "person",
            unique=True,
            postgresql_where=sa.text(f"status in ({_listed(IN_FORCE)})"),
        ),
        sa.Index("ix_exit_reentry_visas_person", "person", "id"),
        sa.Index("ix_exit_reentry_visas_applicant", "applicant", "status"),
        sa.Index(
            "ix_exit_reentry_visas_waiting",
            "moved_at",
            postgresql_where=sa.text("status in ('issuing','verifying')"),
        ),
        sa.Index("ix_exit_reentry_visas_issued_at", "issued_at"),
        sa.CheckConstraint(f"trips in ({_listed(Trips)})", name="trips"),
        sa.CheckConstraint("stay_days is not null or return_by is not null", name="stay"),
        sa.CheckConstraint(f"fee_state in ({_listed(FeeState)})", name="fee_state"),
        sa.CheckConstraint(
            f"status not in ({_listed(HAS_BEEN_ISSUED)}) or (visa_number is not null and leave_by is not null)",
            name="issued",
        ),
    )

    @property
    def stay(self) -> Stay:
        """How long the holder may stay away."""
        return Stay(days=self.stay_days) if self.stay_days is not None else Stay(return_by=self.return_by)


class AuthorisationUse(GrantUse, Base):
    """A use of an electronic authorisation, spent on a visa or renewal. Append-only."""

    __tablename__ = "authorisation_uses"
    __table_args__ = (sa.UniqueConstraint("authorisation_id", "object"),)


class AccountFreeze(Freeze, Base):
    """Whose account is frozen, and until when: a copy of identity's word."""

    __tablename__ = "account_freezes"


class IqamaRenewal(Case, Paid, Base):
    """One renewal of one person's iqama."""

    __tablename__ = "iqama_renewals"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = IQAMA_RENEWAL

    period_months: Mapped[int] = mapped_column(sa.SmallInteger)
    missing: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]", comment="what stood in the way when it was last decided"
    )
    decided_at: Mapped[datetime | None] = mapped_column(comment="when all answers were last there")
    late_fine_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    renewed_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    __table_args__ = (
        sa.Index(
            "uq_iqama_renewals_open",
            "person",
            unique=True,
            postgresql_where=sa.text(f"status not in ({_listed(RENEWAL_ENDED)})"),
        ),
        sa.Index("ix_iqama_renewals_person", "person", "id"),
        sa.Index("ix_iqama_renewals_applicant", "applicant", "status"),
        sa.Index(
            "ix_iqama_renewals_waiting",
            "moved_at",
            postgresql_where=sa.text("status in ('draft','renewing','submitted')"),
        ),
        sa.Index("ix_iqama_renewals_blocked", "id", postgresql_where=sa.text("status = 'blocked'")),
        sa.CheckConstraint(f"fee_state in ({_listed(FeeState)})", name="fee_state"),
        sa.CheckConstraint("status <> 'renewed' or valid_until is not null", name="renewed"),
    )
