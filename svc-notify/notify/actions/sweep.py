"""Sweep: look at every notice whose time has come, and do what its status asks for."""

from datetime import timedelta

import sqlalchemy as sa
import structlog

from chassis.database import Session
from chassis.models import IntentRow
from chassis.refusals import Refusal
from notify import queries
from notify.actions.fail import fail
from notify.actions.lapse import lapse_or_queue
from notify.actions.queue import LOOK_AGAIN_S
from notify.actions.retry import retry_or_give_up
from notify.actions.trace import ask
from notify.domain.notice import NoticeStatus
from notify.models import Notice
from notify.wiring import Notify

BATCH = 200
log = structlog.get_logger()
_GIVEN_UP = ("dead", "expired")


async def sweep(service: Notify, session: Session) -> int:
    """One bounded round; returns how many notices it looked at."""
    found = await queries.due(session, service.clock.now(), BATCH)
    for notice in found:
        try:
            await _look(service, session, notice)
        except Refusal as refusal:  # one notice that may not move must not stop the others
            log.error("notice.stuck", notice_id=str(notice.id), status=notice.status, reason=refusal.slug)
            notice.due_at = service.clock.now() + timedelta(seconds=LOOK_AGAIN_S)
    return len(found)


async def _look(service: Notify, session: Session, notice: Notice) -> None:
    match NoticeStatus(notice.status):
        case NoticeStatus.SELECTED:
            await lapse_or_queue(service, session, notice)
        case NoticeStatus.QUEUED:
            await _check_intent(service, session, notice)
        case NoticeStatus.SENT:
            await ask(service, session, notice)
        case NoticeStatus.FAILED:
            await retry_or_give_up(service, session, notice)
        case _:
            notice.due_at = None


async def _check_intent(service: Notify, session: Session, notice: Notice) -> None:
    """The mechanism gave the attempt up without an outcome: that attempt has failed."""
    state = await session.scalar(sa.select(IntentRow.state).where(IntentRow.reference == notice.sending))
    if state is None or state in _GIVEN_UP:
        fail(service, session, notice, "never-taken", actor="sweep")
    else:
        notice.due_at = service.clock.now() + timedelta(seconds=LOOK_AGAIN_S)
