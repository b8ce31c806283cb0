"""Queue a notice: one attempt at reaching its recipient, as an intent the senders carry out."""

import json
from datetime import timedelta
from typing import Any

from chassis.database import Session
from chassis.intents import intend
from contracts.authority import Actor
from notify.actions.letters import letter_of
from notify.domain.notice import Action, Channel
from notify.domain.requirements import NoticeFacts
from notify.models import Contact, Notice
from notify.wiring import Notify
from partners.intents.texts import send_text
from partners.segmentation import segment

EMAIL = "email.send"
LANE = 3  # codes go before (0), bulk mail behind (7)
LOOK_AGAIN_S = 60
RETRY_RULE = {Channel.SMS: "notify.sms.retry", Channel.EMAIL: "notify.email.retry"}


async def queue(
    service: Notify,
    session: Session,
    notice: Notice,
    contact: Contact | None,
    action: Action,
    *,
    by: Actor,
    actor: str,
    reason: str | None = None,
) -> bool:
    """Send it to the address known now, in its owner's language; False when there is none, and it waits on."""
    address = address_of(notice, contact)
    now = service.clock.now()
    if address is None or contact is None:
        notice.due_at = now + max(timedelta(seconds=LOOK_AGAIN_S), now - notice.opened_at)
        return False
    facts = NoticeFacts(has_contact=True, attempts_left=attempts_left(service, notice))
    notice.move(session, action, by=by, actor=actor, facts=facts, now=now, reason=reason)
    notice.attempts += 1
    notice.contact_id, notice.language = contact.id, contact.language
    notice.queued_at, notice.due_at = now, now + timedelta(seconds=LOOK_AGAIN_S)
    notice.heard, notice.asks, notice.error = {}, 0, None
    await _send(service, session, notice, address)
    return True


def address_of(notice: Notice, contact: Contact | None) -> str | None:
    """Where a notice's channel reaches the person; None when that is not known."""
    if contact is None:
        return None
    return contact.mobile if Channel(notice.channel) is Channel.SMS else contact.email


def attempts_left(service: Notify, notice: Notice) -> int:
    """How often the dated rule lets it be sent again."""
    return len(waits_of(service, notice)) + 1 - notice.attempts


def waits_of(service: Notify, notice: Notice) -> list[int]:
    """The rule's waits before each further attempt, in seconds."""
    waits: list[int] = service.rules().table(RETRY_RULE[Channel(notice.channel)])["waits"]
    return waits


async def _send(service: Notify, session: Session, notice: Notice, address: str) -> None:
    text = notice.texts[str(notice.language)]
    about = str(notice.id)
    if Channel(notice.channel) is Channel.SMS:
        notice.parts = len(segment(text).octets)
        await send_text(session, service, to=address, text=text, about=about, reference=notice.sending, lane=LANE)
        return
    letter: dict[str, Any] = {"to": address, **letter_of(service.texts, notice)}
    await intend(
        session,
        service,
        EMAIL,
        {"about": about},
        reference=notice.sending,
        sealed=json.dumps(letter, ensure_ascii=False),
        lane=LANE,
    )
