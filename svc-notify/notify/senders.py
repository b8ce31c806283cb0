"""What carries notices out of the house besides texts: letters, and questions about texts nobody confirmed."""

import asyncio
import json
from typing import Any

from chassis.database import Session
from chassis.intents import SIGHT, Done, Intent, NeverArrived, Outcome, Refused, Sender
from notify import queries
from notify.actions.queue import EMAIL
from notify.actions.settle import settle
from notify.actions.trace import ACCEPTED, TRACE, answered
from notify.models import notice_of
from notify.wiring import Notify
from partners.body import Refused as BodyRefused
from partners.body import Unreachable
from partners.intents.texts import KIND as SMS
from partners.intents.texts import TextSender

CONTACT_CHANGED = "contact-changed"
_MINUTE_S = 60


class PacedTextSender(TextSender):
    """Sends texts no faster than the house's rule allows. Each process that sends keeps the pace by itself."""

    def __init__(self) -> None:
        super().__init__(settle)
        self._free_at = 0.0

    async def send(self, service: Notify, intent: Intent) -> Outcome:
        if not await _is_present(service, intent):
            return Refused(CONTACT_CHANGED)
        now = asyncio.get_running_loop().time()
        mine = max(now, self._free_at)
        self._free_at = mine + _MINUTE_S / service.rules().number("notify.sms.most_a_minute")
        await asyncio.sleep(mine - now)
        return await super().send(service, intent)


class EmailSender:
    """Hands letters to the mail server. SMTP cannot be asked, but the Message-ID makes a second copy the same letter."""

    async def send(self, service: Notify, intent: Intent) -> Outcome:
        if not await _is_present(service, intent):
            return Refused(CONTACT_CHANGED)
        letter: dict[str, Any] = json.loads(intent.sealed or "{}")
        try:
            sent = await service.mail.send(
                intent.reference,
                letter["to"],
                letter["subject"],
                letter["text"],
                html=letter["html"],
                language=letter["language"],
            )
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Refused(no.slug)
        return Done({"message_id": sent.message_id})

    async def ask(self, service: Notify, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Notify, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        await settle(service, session, intent, outcome)


class TraceSender:
    """Asks the operator what became of a text. Asking twice does no harm."""

    async def send(self, service: Notify, intent: Intent) -> Outcome:
        known = await service.sms.outcome(intent.body["sending"])
        return Done({"state": known.state or ACCEPTED})

    async def ask(self, service: Notify, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Notify, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        if isinstance(outcome, Done):
            await answered(service, session, intent.body["sending"], outcome.outcome["state"])


async def _is_present(service: Notify, intent: Intent) -> bool:
    """A number given up while its text waited for the operator may be somebody else's by now."""
    async with service.database.transaction(SIGHT) as session:
        return await queries.goes_to_present_contact(session, notice_of(intent.reference))


SENDERS: dict[str, Sender] = {SMS: PacedTextSender(), EMAIL: EmailSender(), TRACE: TraceSender()}
