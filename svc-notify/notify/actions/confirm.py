"""Confirm a text by its delivery receipts: delivered when every part is, failed when one could not be."""

from chassis.database import Session
from contracts.authority import Actor
from notify import queries
from notify.actions.fail import fail
from notify.domain.notice import Action, NoticeStatus
from notify.domain.requirements import NoticeFacts
from notify.models import Notice, notice_of
from notify.wiring import Notify

_OPEN = (NoticeStatus.QUEUED, NoticeStatus.SENT)
DELIVERED = "delivered"


async def hear(service: Notify, session: Session, sending: str, message_id: str, state: str) -> bool:
    """Take one receipt in; True when it was of a notice's attempt under way. A receipt told twice counts once."""
    notice = await queries.locked_by_reference(session, notice_of(sending))
    if notice is None or notice.sending != sending:
        return False
    notice.heard = {**notice.heard, message_id: state}
    if notice.status not in _OPEN:
        return True
    if state != DELIVERED:
        fail(service, session, notice, state, actor="receipts")
    elif sum(told == DELIVERED for told in notice.heard.values()) >= (notice.parts or 1):
        confirm(service, session, notice, actor="receipts")
    return True


def confirm(service: Notify, session: Session, notice: Notice, *, actor: str) -> None:
    """It reached the telephone."""
    now = service.clock.now()
    notice.move(session, Action.CONFIRM, by=Actor.SYSTEM, actor=actor, facts=NoticeFacts(), now=now)
    notice.delivered_at, notice.due_at = now, None
