"""Electronic authorisations: who may act for whom in which service, from when to when, how often."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.lifecycle import Lifecycle
from chassis.models import Case
from contracts.authority import AuthorisedService
from identity.domain.authorisation import AUTHORISATION, LIVE
from identity.models.columns import Base


def _listed(values: Any) -> str:
    return ",".join(f"'{value}'" for value in sorted(values))


class Authorisation(Case, Base):
    """One grantor lets one grantee use one service for them. `person` is the grantor: it is their record.

    Its id is also its relation's: other services name the authorisation by the relation they copied.
    """

    __tablename__ = "authorisations"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = AUTHORISATION

    grantee: Mapped[str]
    asked_by: Mapped[str] = mapped_column(comment="who began it: the grantor, or the grantee who asks")
    service: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(comment="the last day it is good for")
    narrowed_to: Mapped[str | None] = mapped_column(
        comment="the one record it is good for; absent: all of the grantor's"
    )
    uses_allowed: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default="0", default=0)
    confirmed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(comment="why it ended by itself")
    __table_args__ = (
        sa.Index(
            "uq_authorisations_live",
            "person",
            "service",
            "narrowed_to",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text(f"status in ({_listed(LIVE)})"),
        ),
        sa.Index("ix_authorisations_person", "person", "id"),
        sa.Index("ix_authorisations_grantee", "grantee", "id"),
        sa.Index("ix_authorisations_service", "person", "service"),
        sa.CheckConstraint(f"service in ({_listed(AuthorisedService)})", name="service"),
        sa.CheckConstraint("ends_on >= starts_on", name="days"),
        sa.CheckConstraint("grantee <> person", name="another"),
        sa.CheckConstraint("grantee like '1%'", name="citizen"),
        sa.CheckConstraint("uses_allowed is null or uses <= uses_allowed", name="uses"),
    )
