"""A letter by e-mail to one address. Address and words are sealed: only the sender reads them, and they go when sent."""

import json
from datetime import datetime
from typing import Any, Literal

from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused, intend
from chassis.wiring import Service
from partners.body import Refused as BodyRefused
from partners.body import Unreachable

KIND = "mail.send"


async def send_letter(
    session: Session,
    service: Service,
    *,
    to: str,
    subject: str,
    text: str,
    language: Literal["ar", "en"],
    about: str,
    reference: str,
    lane: int = 3,
    expires_at: datetime | None = None,
) -> None:
    """Send a letter after the commit. `about` is an opaque id; after `expires_at` it is never sent."""
    words = {"to": to, "subject": subject, "text": text, "language": language}
    sealed = json.dumps(words, ensure_ascii=False)
    body = {"about": about}
    await intend(session, service, KIND, body, reference=reference, sealed=sealed, lane=lane, expires_at=expires_at)


class LetterSender:
    """Sends through the service's `mail` client. SMTP cannot be asked, but its Message-ID makes a copy the same letter."""

    async def send(self, service: Any, intent: Intent) -> Outcome:
        words = json.loads(intent.sealed or "{}")
        try:
            sent = await service.mail.send(
                # A Message-ID has no room for the colon that parts our references.
                intent.reference.replace(":", "."),
                words["to"],
                words["subject"],
                words["text"],
                language=words["language"],
            )
        except BodyRefused as no:
            if no.passing:
                raise Unreachable(no.body, no.slug, never_sent=True) from no
            return Refused(no.slug)
        return Done({"message_id": sent.message_id})

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        """Nothing waits for a letter."""
