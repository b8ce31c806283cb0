"""Ways back into an account and from one mobile to another, and what the registry says by itself."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import SEALED, Base


class Recovery(Base):
    """Somebody wants into an account without its password: the first time, or because it was forgotten."""

    __tablename__ = "recoveries"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person: Mapped[str]
    mobile_index: Mapped[str]
    language: Mapped[str]
    source_index: Mapped[str]
    is_first: Mapped[bool] = mapped_column(server_default=sa.false(), default=False, comment="no password was ever set")
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None] = mapped_column(comment="when the registry's answer was acted upon")
    finding: Mapped[str | None] = mapped_column(comment="why no code was sent; never told outside")
    done_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_recoveries_expires_at", "expires_at"),)


class MobileChange(Base):
    """From one mobile to another: asked for, confirmed by a code to the new one, undone by a word sent to the old one."""

    __tablename__ = "mobile_changes"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    mobile: Mapped[str] = mapped_column(SEALED)
    mobile_index: Mapped[str]
    before: Mapped[str | None] = mapped_column(SEALED, comment="the mobile it takes the place of")
    session_id: Mapped[uuid.UUID] = mapped_column(comment="the session that asked; it alone goes on")
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    finding: Mapped[str | None] = mapped_column(comment="why no code was sent")
    done_at: Mapped[datetime | None]
    undo_digest: Mapped[str | None] = mapped_column(unique=True)
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("ix_mobile_changes_person", "person", "id"),
        sa.Index("ix_mobile_changes_expires_at", "expires_at"),
    )


class RegistryNotice(Base):
    """What the registry told by itself about a person, kept so that it is applied once."""

    __tablename__ = "registry_notices"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="died, stopped or changed")
    happened_at: Mapped[datetime]
    taken_at: Mapped[datetime]
