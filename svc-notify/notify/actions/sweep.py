"""Sweep: look at every notice whose time has come, and do what its status asks for."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Session
from chassis.models import IntentRow
from contracts.authority import Actor
from notify import queries
from notify.actions.fail import fail
from notify.actions.lapse import lapse_or_queue
from notify.actions.queue import LOOK_AGAIN_S, queue
from notify.actions.trace import ask
from notify.domain.notice import Action, NoticeStatus
from notify.models import Notice
from notify.service import Notify

BATCH = 200
_GIVEN_UP = ("dead", "expired")


async def sweep(service: Notify, session: Session) -> int:
    """One bounded round; returns how many notices it looked at."""
    found = await queries.due(session, service.clock.now(), BATCH)
    for notice in found:
        await _look(service, session, notice)
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
            contact = await queries.contact_of(session, notice.person)
            await queue(service, session, notice, contact, Action.RETRY, by=Actor.SYSTEM, actor="sweep")
        case _:
            notice.due_at = None


async def _check_intent(service: Notify, session: Session, notice: Notice) -> None:
    """The mechanism gave the attempt up without an outcome: that attempt has failed."""
    state = await session.scalar(sa.select(IntentRow.state).where(IntentRow.reference == notice.sending))
    if state is None or state in _GIVEN_UP:
        fail(service, session, notice, "never-taken", actor="sweep")
    else:
        notice.due_at = service.clock.now() + timedelta(seconds=LOOK_AGAIN_S)
