"""Read a message: from the inbox, by its recipient."""

from datetime import datetime, time
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import Principal, find
from chassis.calendar import Calendar, add_years
from chassis.clock import RIYADH
from chassis.database import Session
from notify import queries
from notify.models import Notice
from notify.wiring import Notify


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
    return messages(service, principal).where(Notice.id == notice_id)


def messages(service: Notify, principal: Principal, *, unread: bool = False) -> sa.Select[Any]:
    """The messages of one's own that the inbox still shows: as many years back as the rule keeps them."""
    rules = service.rules()
    years = rules.number("notify.inbox.kept")
    first = add_years(service.clock.today(), -years, cast(Calendar, rules.calendar("notify.inbox.kept")))
    since = datetime.combine(first, time.min, RIYADH)
    return queries.own_messages(principal, service.clock.now(), since=since, unread=unread)
