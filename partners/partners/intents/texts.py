"""A text message to one mobile. The number and the words are sealed: only the sender reads them, and they go when sent."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused, Wish, intend, intend_all
from chassis.wiring import Service
from partners.body import Refused as BodyRefused
from partners.body import Unreachable

KIND = "sms.send"
Settled = Callable[[Any, Session, Intent, Done | Refused], Awaitable[None]]


async def send_text(
    session: Session,
    service: Service,
    *,
    to: str,
    text: str,
    about: str,
    reference: str | None = None,
    lane: int = 3,
    expires_at: datetime | None = None,
) -> None:
    """Send a text after the commit. `to` is E.164; `about` is an opaque id; after `expires_at` it is never sent."""
    await intend(
        session,
        service,
        KIND,
        {"about": about},
        reference=reference,
        sealed=_sealed(to, text),
        lane=lane,
        expires_at=expires_at,
    )


@dataclass(frozen=True)
class Text:
    """A text to one mobile (E.164); `about` is an opaque id, `reference` makes it the only one of its cause."""

    to: str
    text: str
    about: str
    reference: str


async def send_texts(session: Session, service: Service, texts: Iterable[Text], *, lane: int) -> None:
    """Send many texts after the commit, written in one statement."""
    wishes = [Wish(KIND, {"about": each.about}, each.reference, _sealed(each.to, each.text), lane) for each in texts]
    if wishes:
        await intend_all(session, service, wishes)


def _sealed(to: str, text: str) -> str:
    return json.dumps({"to": to, "text": text}, ensure_ascii=False)


class TextSender:
    """Sends through the service's `sms` client; asks by reference before sending again, and then only missing parts."""

    def __init__(self, settled: Settled | None = None) -> None:
        self._settled = settled

    async def send(self, service: Any, intent: Intent) -> Outcome:
        return await self._send(service, intent, ())

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        known = await service.sms.outcome(intent.reference)
        if not known.known or not known.parts_accepted:
            return NeverArrived()
        if len(known.parts_accepted) >= known.parts_expected:
            return Done({"parts": known.parts_expected})
        return await self._send(service, intent, known.parts_accepted)

    async def _send(self, service: Any, intent: Intent, without: tuple[int, ...]) -> Outcome:
        words = json.loads(intent.sealed or "{}")
        try:
            sent = await service.sms.send(intent.reference, words["to"], words["text"], without=without)
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Refused(no.slug)
        return Done({"parts": sent.parts, "message_ids": list(sent.message_ids)})

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        if self._settled is not None:
            await self._settled(service, session, intent, outcome)
