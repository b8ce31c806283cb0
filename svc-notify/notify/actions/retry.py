"""Retry a failed notice when the rule's wait is over, to the contact known by now."""

from chassis.database import Session
from contracts.authority import Actor
from notify import queries
from notify.actions.fail import give_up
from notify.actions.queue import attempts_left, queue
from notify.domain.notice import Action
from notify.models import Notice
from notify.wiring import Notify


async def retry_or_give_up(service: Notify, session: Session, notice: Notice) -> None:
    """One further attempt, unless the rule in force today allows none any more."""
    if attempts_left(service, notice) <= 0:
        give_up(service, session, notice, actor="sweep")
        return
    contact = await queries.contact_of(session, notice.person)
    await queue(service, session, notice, contact, Action.RETRY, by=Actor.SYSTEM, actor="sweep")
