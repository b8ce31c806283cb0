"""The rows identity owns: accounts and what proves them, codes, sessions, tokens, clients, and the limits on all of it.

Mobiles, e-mail addresses and TOTP seeds are encrypted; a keyed index finds a mobile without reading it. Tokens, codes
and links are kept as digests only.
"""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import chassis.database
from chassis.crypto import Encrypted
from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from identity.domain.account import ACCOUNT

_SEALED = Encrypted("identity")


class Base(DeclarativeBase):
    """Declarative base of identity's tables."""

    metadata = sa.MetaData(naming_convention=chassis.database.Base.metadata.naming_convention)
    type_annotation_map = chassis.database.Base.type_annotation_map


class Account(Case, Base):
    """One person's, or one member of staff's, account. `person` is a national or resident number, or `S-…` for staff."""

    __tablename__ = "accounts"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = ACCOUNT

    kind: Mapped[str]
    language: Mapped[str]
    name_ar: Mapped[str | None]
    name_en: Mapped[str | None]
    mobile: Mapped[str | None] = mapped_column(_SEALED)
    mobile_index: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(_SEALED)
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    code_misses: Mapped[int] = mapped_column(server_default="0", default=0, comment="wrong codes in a row")
    totp_seed: Mapped[str | None] = mapped_column(_SEALED)
    totp_step: Mapped[int] = mapped_column(
        sa.BigInteger, server_default="0", default=0, comment="the newest step used: a code counts once"
    )
    __table_args__ = (
        sa.UniqueConstraint("person"),
        sa.Index(
            "uq_accounts_mobile_owner", "mobile_index", unique=True, postgresql_where=sa.text("status = 'active'")
        ),
        sa.Index("ix_accounts_code_misses", "code_misses", postgresql_where=sa.text("code_misses > 0")),
        sa.Index("ix_accounts_waiting", "id", postgresql_where=sa.text("status = 'registered'")),
    )


class Binding(Base):
    """A clerk bound this mobile to this account. Append-only."""

    __tablename__ = "bindings"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    mobile_index: Mapped[str]
    clerk: Mapped[str]
    office: Mapped[str]
    bound_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_bindings_account_id", "account_id", "bound_at"),)


class Registration(Base):
    """Somebody asks for an account: waits for the registry, then for the code that was sent to the mobile."""

    __tablename__ = "registrations"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str]
    mobile: Mapped[str] = mapped_column(_SEALED)
    mobile_index: Mapped[str]
    email: Mapped[str | None] = mapped_column(_SEALED)
    language: Mapped[str]
    source_index: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None] = mapped_column(comment="when the registry's answer was acted upon")
    finding: Mapped[str | None] = mapped_column(comment="why no code was sent; never told outside")
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_registrations_expires_at", "expires_at"),)


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
    __table_args__ = (
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
    second: Mapped[str] = mapped_column(comment="sms or totp")
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
    second: Mapped[str]
    device: Mapped[str] = mapped_column(comment="family of browser and system, coarse")
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        sa.Index("ix_sessions_account_id", "account_id", postgresql_where=sa.text("ended_at is null")),
        sa.Index("ix_sessions_person", "person", "id"),
    )


class Client(Base):
    """A program that may send people here to sign in. `${PUBLIC_URL}` in an address stands for the platform's own."""

    __tablename__ = "clients"
    id: Mapped[str] = mapped_column(primary_key=True)
    name_ar: Mapped[str]
    name_en: Mapped[str]
    channel: Mapped[str]
    secret_digest: Mapped[str | None] = mapped_column(comment="absent: a public client, proved by PKCE alone")
    redirect_uris: Mapped[list[str]]
    after_sign_out_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    any_loopback_port: Mapped[bool] = mapped_column(server_default=sa.false())
    development_only: Mapped[bool] = mapped_column(server_default=sa.false())


class AuthorisationCode(Base):
    """A code on its way through a browser to a client; used once, within a minute."""

    __tablename__ = "authorisation_codes"
    digest: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("sessions.id"))
    family: Mapped[uuid.UUID] = mapped_column(comment="of the tokens it becomes")
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str | None]
    code_challenge: Mapped[str]
    signed_in_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_authorisation_codes_expires_at", "expires_at"),)


class RefreshToken(Base):
    """One leaf of a family: used once, then its successor; used again after the grace, the whole family ends."""

    __tablename__ = "refresh_tokens"
    digest: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[uuid.UUID]
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("sessions.id"))
    scope: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str | None]
    __table_args__ = (
        sa.Index(
            "uq_refresh_tokens_leaf",
            "family",
            unique=True,
            postgresql_where=sa.text("used_at is null and revoked_at is null"),
        ),
        sa.Index("ix_refresh_tokens_family", "family"),
        sa.Index("ix_refresh_tokens_session_id", "session_id"),
        sa.Index("ix_refresh_tokens_expires_at", "expires_at"),
    )


class Link(Base):
    """A link that is good once: by it a member of staff sets a password and enrols an authenticator."""

    __tablename__ = "links"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    digest: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    totp_seed: Mapped[str] = mapped_column(_SEALED, comment="shown on the page; becomes the account's when proved")
    guesses: Mapped[int] = mapped_column(server_default="0", default=0)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Allowance(Base):
    """The latest uses of something limited, under a keyed digest of whom it is limited for. Locked while it is asked."""

    __tablename__ = "allowances"
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[list[datetime]] = mapped_column(ARRAY(sa.TIMESTAMP(timezone=True)), server_default="{}")
    used_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_allowances_used_at", "used_at"),)


class Tally(Base):
    """How often something happened on a day: what the operators' page reads instead of counting rows."""

    __tablename__ = "tallies"
    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(sa.BigInteger)
