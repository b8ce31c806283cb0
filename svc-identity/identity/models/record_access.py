"""Who saw or acted on a person's record, in any service: the copy that person reads; and what staff are counted by."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import Base


class RecordAccess(Base):
    """One record of one person, looked at (`purpose`) or acted on (`action`) by another."""

    __tablename__ = "record_access"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str]
    service: Mapped[str]
    standing: Mapped[str]
    office: Mapped[str | None]
    actor: Mapped[str | None] = mapped_column(comment="absent for staff, who are told of by role and office")
    object: Mapped[str]
    purpose: Mapped[str | None]
    action: Mapped[str | None]
    at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_record_access_person", "person", "id"),)


class StaffLook(Base):
    """A record that a member of staff looked at, in any service; kept for as long as it counts."""

    __tablename__ = "staff_looks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    staff: Mapped[str]
    standing: Mapped[str]
    person: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_staff_looks_staff", "staff", "at"),)
