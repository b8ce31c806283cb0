"""The provider's rows: clients, codes on their way and refresh tokens."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from identity.models.columns import Base


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
