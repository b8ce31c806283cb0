"""From one e-mail address to another."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis.identifiers import uuid7
from identity.models.columns import SEALED, Base


class EmailChange(Base):
    """An address its holder wants to be written to: the newest waits for the code that was sent there."""

    __tablename__ = "email_changes"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    person: Mapped[str]
    email: Mapped[str] = mapped_column(SEALED)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("ix_email_changes_person", "person", "id"),
        sa.Index("ix_email_changes_expires_at", "expires_at"),
    )
