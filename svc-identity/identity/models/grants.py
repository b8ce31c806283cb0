"""What lies between a client's wish and its tokens: consents, devices that wait to be let in, assertions used up."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import Base


class Consent(Base):
    """What a person allowed another's client to know of them."""

    __tablename__ = "consents"
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid7, comment="by which its person takes it back")
    person: Mapped[str]
    scope: Mapped[str]
    claims: Mapped[list[str]] = mapped_column(server_default="[]", default=list)
    given_at: Mapped[datetime]
    __table_args__ = (sa.Index("uq_consents_id", "id", unique=True), sa.Index("ix_consents_person", "person", "id"))


class DeviceRequest(Base):
    """A counter or television that waits until somebody types its code into a browser they are signed in with."""

    __tablename__ = "device_requests"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    digest: Mapped[str] = mapped_column(unique=True, comment="of the device's own code")
    user_code_index: Mapped[str] = mapped_column(unique=True, comment="keyed digest of the code a person types")
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"))
    scope: Mapped[str]
    interval_seconds: Mapped[int]
    asked_at: Mapped[datetime | None] = mapped_column(comment="when the device asked last")
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("accounts.id"), comment="of who decided")
    person: Mapped[str | None]
    session_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("sessions.id"), comment="in which they decided")
    approved: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_device_requests_expires_at", "expires_at"),)


class SpentAssertion(Base):
    """The id of an assertion a client has proved itself with: good once."""

    __tablename__ = "spent_assertions"
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"), primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_spent_assertions_expires_at", "expires_at"),)
