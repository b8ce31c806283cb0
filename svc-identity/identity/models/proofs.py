"""What else proves a person than password and text: passkeys, recovery codes; and the devices they were seen with."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import Base


class Device(Base):
    """A browser that has signed in as somebody, known again by a cookie of its own. One row per browser and account."""

    __tablename__ = "devices"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    token_digest: Mapped[str]
    name: Mapped[str] = mapped_column(comment="family of browser and system, coarse")
    first_seen_at: Mapped[datetime]
    trusted_at: Mapped[datetime] = mapped_column(comment="from then on good for acts of consequence")
    seen_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("account_id", "token_digest"),
        sa.Index("ix_devices_seen_at", "seen_at"),
    )


class Passkey(Base):
    """A key pair of which we have the public half. `sign_count` only grows; one that does not is a copy of the key."""

    __tablename__ = "passkeys"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True, comment="base64url, as the authenticator named it")
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(comment="what its owner calls it")
    is_backed_up: Mapped[bool]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_passkeys_account_id", "account_id", "id"),)


class RecoveryCode(Base):
    """One of a set of codes shown once, each good once instead of the authenticator's. A new set takes the old one's place."""

    __tablename__ = "recovery_codes"
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A passkey's challenge that was answered: kept until it is too old anyway, so that no answer counts twice."""

    __tablename__ = "spent_challenges"
    digest: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_spent_challenges_expires_at", "expires_at"),)
