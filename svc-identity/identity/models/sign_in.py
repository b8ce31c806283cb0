"""What proves a person: codes, sign-ins under way, sessions, and links that are good once."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import SEALED, Base


class Challenge(Base):
    """A code sent to a mobile for one purpose and one object. Guesses are counted before they are compared."""

    __tablename__ = "challenges"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[str]
    object: Mapped[uuid.UUID] = mapped_column(comment="the registration or sign-in the code is for")
    person: Mapped[str]
    code_mac: Mapped[str]
    guesses: Mapped[int] = mapped_column(server_default="0", default=0)
    guesses_allowed: Mapped[int]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None] = mapped_column(comment="a newer code took its place")
    delivered_at: Mapped[datetime | None] = mapped_column(comment="when the operator had taken it")
    prefix: Mapped[str | None] = mapped_column(
        comment="the mobile without its last digits, where anybody can cause a text"
    )
    __table_args__ = (
        sa.Index("ix_challenges_prefix", "prefix", "sent_at", postgresql_where=sa.text("prefix is not null")),
        sa.Index(
            "uq_challenges_open",
            "purpose",
            "object",
            unique=True,
            postgresql_where=sa.text("used_at is null and replaced_at is null"),
        ),
        sa.Index("ix_challenges_expires_at", "expires_at"),
    )


class SignIn(Base):
    """A sign-in whose password was right and whose second proof is awaited, held by one browser."""

    __tablename__ = "sign_ins"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    browser_index: Mapped[str] = mapped_column(comment="digest of the cookie that may go on with it")
    second: Mapped[str] = mapped_column(comment="sms, totp or passkey: what is awaited first")
    next: Mapped[str]
    language: Mapped[str]
    codes_sent: Mapped[int] = mapped_column(server_default="0", default=0)
    guesses: Mapped[int] = mapped_column(server_default="0", default=0)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("ix_sign_ins_browser_index", "browser_index", "opened_at"),
        sa.Index("ix_sign_ins_expires_at", "expires_at"),
    )


class SignedIn(Base):
    """A session: one browser of one person, from a proved sign-in until it idles out, ends or is ended."""

    __tablename__ = "sessions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    second: Mapped[str] = mapped_column(comment="sms, totp, recovery or passkey")
    device: Mapped[str] = mapped_column(comment="family of browser and system, coarse")
    place: Mapped[str] = mapped_column(server_default="", default="", comment="the network it came from, coarse")
    device_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("devices.id", ondelete="SET NULL"))
    device_new_since: Mapped[datetime | None] = mapped_column(
        comment="first seen then, too lately to be trusted with much"
    )
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        sa.Index("ix_sessions_account_id", "account_id", postgresql_where=sa.text("ended_at is null")),
        sa.Index("ix_sessions_person", "person", "id"),
        sa.Index("ix_sessions_ended_at", "ended_at", "id", postgresql_where=sa.text("ended_at is not null")),
        sa.Index("ix_sessions_device_id", "device_id"),
    )


class Link(Base):
    """A link that is good once: by it a member of staff sets a password and enrols an authenticator."""

    __tablename__ = "links"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    digest: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    totp_seed: Mapped[str] = mapped_column(SEALED, comment="shown on the page; becomes the account's when proved")
    guesses: Mapped[int] = mapped_column(server_default="0", default=0)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
