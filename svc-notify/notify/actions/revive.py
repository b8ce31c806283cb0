"""Revive a dead notice: an operator has it sent once more, for a stated reason."""

from uuid import UUID

from chassis import audit
from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.refusals import NotFound
from contracts.authority import Actor, StaffRole
from notify import queries
from notify.actions.queue import queue
from notify.domain.notice import NOTICE, Action, NoticeStatus
from notify.domain.requirements import NoticeFacts
from notify.models import Notice
from notify.wiring import Notify


async def revive(service: Notify, session: Session, principal: Principal, notice_id: UUID, reason: str) -> Notice:
    """Send a dead notice again to the contact known now.

    Raises Forbidden, NotFound, MoveNotOpen, or RequirementsMissing when nobody knows how to reach the recipient.
    """
    await require_role(session, principal, [StaffRole.OPERATOR], service.clock.now())
    notice = await queries.locked(session, notice_id)
    if notice is None:
        raise NotFound
    contact = await queries.contact_of(session, notice.person)
    sent = await queue(
        service, session, notice, contact, Action.REVIVE, by=Actor.OPERATOR, actor=principal.subject, reason=reason
    )
    if not sent:
        NOTICE.advance(NoticeStatus(notice.status), Action.REVIVE, Actor.OPERATOR, NoticeFacts())
    audit.act(
        session,
        service,
        principal,
        standing=Actor.OPERATOR,
        person=notice.person,
        action=Action.REVIVE,
        object_=f"notice:{notice.id}",
        reason=reason,
    )
    return notice
