"""Keep how a person is reached, and send what waited for it."""

import sqlalchemy as sa

from chassis.crypto import cipher_of
from chassis.database import Session
from chassis.events.reactions import envelope_of
from contracts.authority import Actor
from contracts.events import ContactChanged
from notify import queries
from notify.actions.queue import queue
from notify.domain.notice import Action
from notify.models import Contact
from notify.wiring import Notify


async def keep_contact(service: Notify, session: Session, event: ContactChanged) -> None:
    """End the interval of the old contact and begin the new one's; the same contact again changes nothing."""
    known = await queries.contact_of(session, event.person)
    if known is None or not _says(known, event):
        known = await _replace(service, session, known, event)
    for notice in await queries.waiting_for_contact(session, event.person):
        await queue(service, session, notice, known, Action.QUEUE, by=Actor.SYSTEM, actor="inbox")


def _says(known: Contact, event: ContactChanged) -> bool:
    return (known.mobile, known.email, known.language) == (event.mobile, event.email, event.language)


async def _replace(service: Notify, session: Session, known: Contact | None, event: ContactChanged) -> Contact:
    since, cipher = envelope_of(session).time, cipher_of(service.name)
    if known is not None:
        # At once, for the index of present contacts takes only one.
        await session.execute(
            sa.update(Contact)
            .where(Contact.id == known.id)
            .values(known_until=sa.func.greatest(Contact.known_from, service.clock.now()))
            .execution_options(synchronize_session=False)
        )
        since = service.clock.now()
    contact = Contact(
        person=event.person,
        account_id=event.account_id,
        mobile=event.mobile,
        mobile_index=cipher.index(event.mobile),
        email=event.email,
        email_index=None if event.email is None else cipher.index(event.email.lower()),
        language=event.language,
        known_from=since,
    )
    session.add(contact)
    await session.flush()
    return contact
