"""Trace a text that was sent and never confirmed: the operator is asked, and its answer taken in."""

from chassis.database import Session
from chassis.intents import intend
from notify import queries
from notify.actions.confirm import DELIVERED, confirm
from notify.actions.fail import fail
from notify.actions.settle import ask_at
from notify.domain.notice import NoticeStatus
from notify.models import Notice, notice_of
from notify.wiring import Notify

TRACE = "sms.trace"
LANE = 7
ACCEPTED = "accepted"


async def ask(service: Notify, session: Session, notice: Notice) -> None:
    """Have the operator asked after the commit; the next question waits longer."""
    notice.asks += 1
    notice.due_at = ask_at(service, notice)
    await intend(
        session,
        service,
        TRACE,
        {"sending": notice.sending},
        reference=f"{notice.sending}.asked-{notice.asks}",
        lane=LANE,
    )


async def answered(service: Notify, session: Session, sending: str, state: str) -> None:
    """Take the operator's answer in: `accepted` says nothing new, anything else settles the attempt."""
    notice = await queries.locked_by_reference(session, notice_of(sending))
    if notice is None or notice.sending != sending or notice.status != NoticeStatus.SENT or state == ACCEPTED:
        return
    if state == DELIVERED:
        confirm(service, session, notice, actor="trace")
    else:
        fail(service, session, notice, state, actor="trace")
