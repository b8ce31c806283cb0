"""Reads of the provider that have a name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from identity.models import Client, DeviceRequest, TokenFamily


async def session_called(session: Session, client_id: str, claims: Mapping[str, Any]) -> UUID | None:
    """The session an ID token of this client's names."""
    found: UUID | None = await session.scalar(
        sa.select(TokenFamily.session_id)
        .where(TokenFamily.client_id == client_id, TokenFamily.sid == str(claims.get("sid", "")))
        .limit(1)
    )
    return found


async def waiting_device(session: Session, user_code_index: str, now: datetime) -> tuple[DeviceRequest, Client] | None:
    """The device that shows this code and waits for somebody's word, locked, with its client. `now` is machine time."""
    row = (
        await session.execute(
            sa.select(DeviceRequest, Client)
            .join(Client, Client.id == DeviceRequest.client_id)
            .where(
                DeviceRequest.user_code_index == user_code_index,
                DeviceRequest.expires_at > now,
                DeviceRequest.approved.is_(None),
                Client.ended_at.is_(None),
            )
            .with_for_update(of=DeviceRequest)
        )
    ).first()
    return None if row is None else (row[0], row[1])
