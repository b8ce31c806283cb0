"""Accounts, who bound what to them, and those who ask for one."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from chassis.lifecycle import Lifecycle
from chassis.models import Case
from identity.domain.account import ACCOUNT
from identity.models.columns import SEALED, Base


class Account(Case, Base):
    """One person's, or one member of staff's, account. `person` is a national or resident number, or `S-…` for staff."""

    __tablename__ = "accounts"
    lifecycle: ClassVar[Lifecycle[Any, Any, Any]] = ACCOUNT

    kind: Mapped[str]
    language: Mapped[str]
    name_ar: Mapped[str | None]
    name_en: Mapped[str | None]
    mobile: Mapped[str | None] = mapped_column(SEALED)
    mobile_index: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(SEALED)
    email_verified_at: Mapped[datetime | None] = mapped_column(comment="when a code sent to it came back")
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    frozen_until: Mapped[datetime | None] = mapped_column(
        comment="no act of consequence before: the mobile has changed"
    )
    code_misses: Mapped[int] = mapped_column(server_default="0", default=0, comment="wrong codes in a row")
    totp_seed: Mapped[str | None] = mapped_column(SEALED)
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

    @property
    def verified_email(self) -> str | None:
        """The address that was proved; the only one anything is sent to."""
        return self.email if self.email_verified_at is not None else None


class Binding(Base):
    """Somebody entitled bound this mobile to this account, with the person before them or proved elsewhere. Append-only."""

    __tablename__ = "bindings"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    mobile_index: Mapped[str]
    clerk: Mapped[str]
    office: Mapped[str] = mapped_column(comment="the office, or the client whose proof it was")
    channel: Mapped[str] = mapped_column(
        server_default="office", default="office", comment="where they proved themselves"
    )
    batch_id: Mapped[uuid.UUID | None] = mapped_column(comment="the batch it came with")
    bound_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_bindings_account_id", "account_id", "bound_at"),)


class Registration(Base):
    """Somebody asks for an account: waits for the registry, then for the code that was sent to the mobile."""

    __tablename__ = "registrations"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str] = mapped_column(comment="empty until the registry has named the visitor of a passport")
    proved_by_passport: Mapped[bool] = mapped_column(
        server_default=sa.false(), default=False, comment="the registry has number, nationality and birth date as given"
    )
    mobile: Mapped[str] = mapped_column(SEALED)
    mobile_index: Mapped[str]
    email: Mapped[str | None] = mapped_column(SEALED)
    language: Mapped[str]
    source_index: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None] = mapped_column(comment="when the registry's answer was acted upon")
    finding: Mapped[str | None] = mapped_column(comment="why no code was sent; never told outside")
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_registrations_expires_at", "expires_at"),)
