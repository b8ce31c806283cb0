"""A notice failed: it is sent again after the rule's wait, or given up."""

from datetime import timedelta

import structlog

from chassis.database import Session
from contracts.authority import Actor
from notify.actions.queue import attempts_left, waits_of
from notify.domain.notice import Action
from notify.domain.requirements import NoticeFacts
from notify.models import Notice
from notify.wiring import Notify

log = structlog.get_logger()


def fail(service: Notify, session: Session, notice: Notice, reason: str, *, actor: str, for_good: bool = False) -> None:
    """Note the failed attempt; `for_good` when the other side will never take it. The inbox keeps the message anyway."""
    now = service.clock.now()
    notice.move(session, Action.FAIL, by=Actor.SYSTEM, actor=actor, facts=NoticeFacts(), now=now, reason=reason)
    notice.error = reason
    if for_good or attempts_left(service, notice) <= 0:
        give_up(service, session, notice, actor=actor)
    else:
        notice.due_at = now + timedelta(seconds=waits_of(service, notice)[notice.attempts - 1])


def give_up(service: Notify, session: Session, notice: Notice, *, actor: str) -> None:
    """No further attempt is made by itself; operators see it among the dead."""
    now, reason = service.clock.now(), notice.error
    notice.move(session, Action.GIVE_UP, by=Actor.SYSTEM, actor=actor, facts=NoticeFacts(), now=now, reason=reason)
    notice.due_at = None
    log.error("notice.dead", notice_id=str(notice.id), channel=notice.channel, reason=reason)
