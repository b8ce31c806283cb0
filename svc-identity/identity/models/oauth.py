"""The provider's rows: clients, codes on their way, and the tokens that came of one grant."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from identity.models.columns import Base

_OR_NOTHING = JSONB(none_as_null=True)


class Client(Base):
    """A program that may ask for tokens. `${PUBLIC_URL}` in an address stands for the platform's own.

    A client with a sector is another's: it knows people by names of its own, and its tokens open nothing of ours.
    """

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
    grants: Mapped[list[str]] = mapped_column(server_default="[]", comment="the grant types it may use")
    auth_method: Mapped[str] = mapped_column(server_default="none", default="none")
    jwks: Mapped[dict[str, Any] | None] = mapped_column(_OR_NOTHING, comment="its public keys, for private_key_jwt")
    sector: Mapped[str | None] = mapped_column(comment="pairwise subjects: clients of one sector share them")
    backchannel_logout_uri: Mapped[str | None]
    asks_consent: Mapped[bool] = mapped_column(server_default=sa.false(), default=False)
    introspects_all: Mapped[bool] = mapped_column(
        server_default=sa.false(), default=False, comment="a resource server: may ask about tokens of other clients"
    )
    added_at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint(
            "(auth_method in ('client_secret_basic','client_secret_post')) = (secret_digest is not null)"
            " and (auth_method = 'private_key_jwt') = (jwks is not null)",
            name="one_way_to_prove_itself",
        ),
        sa.CheckConstraint(
            "auth_method in ('none','client_secret_basic','client_secret_post','private_key_jwt')", name="auth_method"
        ),
    )


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
    claims: Mapped[dict[str, Any] | None] = mapped_column(_OR_NOTHING, comment="claims asked for by name")
    signed_in_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_authorisation_codes_expires_at", "expires_at"),)


class TokenFamily(Base):
    """Everything given for one grant. Every token names its family; what ended is believed nowhere any more."""

    __tablename__ = "token_families"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.ForeignKey("clients.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("accounts.id"), comment="of who signed in")
    person: Mapped[str] = mapped_column(comment="who signed in; a client's own are `client:<id>`")
    session_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("sessions.id"))
    sid: Mapped[str] = mapped_column(comment="the session's name for this client")
    grant_type: Mapped[str]
    scope: Mapped[str]
    claims: Mapped[dict[str, Any] | None] = mapped_column(_OR_NOTHING)
    on_behalf_of: Mapped[str | None] = mapped_column(comment="the person acted for")
    authorisation: Mapped[str | None] = mapped_column(comment="by which electronic authorisation")
    signed_in_at: Mapped[datetime | None] = mapped_column(
        comment="of the sign-in it rests on; the session may see later ones"
    )
    second: Mapped[str | None] = mapped_column(comment="what proved that sign-in")
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_for: Mapped[str | None]
    __table_args__ = (
        sa.Index("ix_token_families_session_id", "session_id"),
        sa.Index("ix_token_families_sid", "client_id", "sid"),
        sa.Index("ix_token_families_person", "person", "client_id"),
        sa.Index("ix_token_families_expires_at", "expires_at"),
        sa.Index("ix_token_families_ended_at", "ended_at", "id", postgresql_where=sa.text("ended_at is not null")),
    )


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
