"""Establishments and who may act for them."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.lifecycle import Lifecycle
from chassis.models import Case
from identity.domain.membership import MEMBERSHIP
from identity.models.columns import Base


class Establishment(Base):
    """A firm, by the number the authorities know it by."""

    __tablename__ = "establishments"
    number: Mapped[str] = mapped_column(primary_key=True)
    name_ar: Mapped[str]
    name_en: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]


class Membership(Case, Base):
    """One person's place in an establishment: a role, at one branch or at all. `person` is the member."""

    __tablename__ = "memberships"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = MEMBERSHIP

    establishment: Mapped[str] = mapped_column(sa.ForeignKey("establishments.number"))
    role: Mapped[str]
    branch: Mapped[str | None] = mapped_column(comment="absent: every branch")
    invited_by: Mapped[str]
    approved_by: Mapped[str | None]
    relation_id: Mapped[uuid.UUID | None] = mapped_column(comment="the open relation it became")
    __table_args__ = (
        sa.Index(
            "uq_memberships_open",
            "establishment",
            "person",
            "role",
            sa.text("coalesce(branch, '')"),
            unique=True,
            postgresql_where=sa.text("status in ('proposed','invited','member')"),
        ),
        sa.Index("ix_memberships_person", "person", "id"),
        sa.CheckConstraint(
            "role not in ('owner','signatory') or approved_by is null or approved_by <> invited_by", name="two_people"
        ),
    )
