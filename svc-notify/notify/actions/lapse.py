"""Let a notice lapse whose recipient nobody knew how to reach for as long as the rule lets it wait."""

from datetime import timedelta

from chassis.database import Session
from contracts.authority import Actor
from notify import queries
from notify.actions.queue import queue
from notify.domain.notice import Action
from notify.domain.requirements import NoticeFacts
from notify.models import Notice
from notify.wiring import Notify


async def lapse_or_queue(service: Notify, session: Session, notice: Notice) -> None:
    """Send it after all when a contact is known by now; else it waits on, or lapses. The inbox keeps the message."""
    contact = await queries.contact_of(session, notice.person)
    if await queue(service, session, notice, contact, Action.QUEUE, by=Actor.SYSTEM, actor="sweep"):
        return
    now = service.clock.now()
    until = notice.opened_at + timedelta(days=service.rules().number("notify.contact.waited_for"))
    if now < until:
        notice.due_at = min(notice.due_at or until, until)
        return
    notice.move(
        session, Action.LAPSE, by=Actor.SYSTEM, actor="sweep", facts=NoticeFacts(), now=now, reason="no-contact"
    )
    notice.error, notice.due_at = "no-contact", None
