"""Accounts that wrong passwords made wait: limits are kept under digests, and operators have to see whose they are."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from identity.models.columns import Base


class PasswordWait(Base):
    """The latest hour in which an account's password was wrong as often as an hour allows."""

    __tablename__ = "password_waits"
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"), primary_key=True)
    person: Mapped[str]
    began_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_password_waits_began_at", "began_at"),)
