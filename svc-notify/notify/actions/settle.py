"""Settle a sending: the operator or the mail server took the notice, or would not."""

from datetime import datetime, timedelta

from chassis.database import Session
from chassis.intents import Done, Intent, Refused
from contracts.authority import Actor
from notify import queries
from notify.actions.fail import fail
from notify.domain.notice import Action, Channel, NoticeStatus
from notify.domain.requirements import NoticeFacts
from notify.models import Notice, notice_of
from notify.wiring import Notify

FINAL = frozenset({"destination-refused", "text-refused", "mailbox-refused"})


async def settle(service: Notify, session: Session, intent: Intent, outcome: Done | Refused) -> None:
    """Take the outcome of one attempt in. An outcome of an attempt that is no longer the last changes nothing."""
    notice = await queries.locked_by_reference(session, notice_of(intent.reference))
    if notice is None or notice.sending != intent.reference:
        return
    now = service.clock.now()
    notice.sent_at = now if isinstance(outcome, Done) else None
    if notice.status != NoticeStatus.QUEUED:  # a receipt was quicker
        return
    if isinstance(outcome, Done):
        notice.move(session, Action.SEND, by=Actor.SYSTEM, actor="senders", facts=NoticeFacts(), now=now)
        notice.due_at = ask_at(service, notice)
    else:
        fail(service, session, notice, outcome.reason, actor="senders", for_good=outcome.reason in FINAL)


def ask_at(service: Notify, notice: Notice) -> datetime | None:
    """When the operator is asked what became of a text without a receipt; None when there is no more asking."""
    if Channel(notice.channel) is not Channel.SMS:
        return None
    waits = service.rules().table("notify.sms.ask_after")["waits"]
    return service.clock.now() + timedelta(seconds=waits[notice.asks]) if notice.asks < len(waits) else None
