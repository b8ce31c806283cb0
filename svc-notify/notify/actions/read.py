"""Read a message: from the inbox, by its recipient."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import Principal, find
from chassis.database import Session
from notify import queries
from notify.models import Notice
from notify.service import Notify


async def read(service: Notify, session: Session, principal: Principal, notice_id: UUID) -> Notice:
    """Mark a message of one's own as read; the first reading counts. Raises NotFound."""
    notice: Notice = await find(session, _one(service, principal, notice_id).with_for_update())
    notice.read_at = notice.read_at or service.clock.now()
    return notice


async def message(service: Notify, session: Session, principal: Principal, notice_id: UUID) -> Notice:
    """A message of one's own. Raises NotFound."""
    found: Notice = await find(session, _one(service, principal, notice_id))
    return found


def _one(service: Notify, principal: Principal, notice_id: UUID) -> sa.Select[Any]:
    return queries.own_messages(principal, service.clock.now(), unread=False).where(Notice.id == notice_id)
