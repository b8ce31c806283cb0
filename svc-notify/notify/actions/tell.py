"""Tell a change of record to everybody who is to know of it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from chassis.events.reactions import envelope_of
from chassis.identifiers import new_reference, uuid7
from contracts.authority import Actor
from contracts.event import Event
from notify import queries
from notify.actions import wording
from notify.actions.queue import queue
from notify.domain.notice import NOTICE, Action, Channel
from notify.domain.requirements import NoticeFacts
from notify.domain.telling import RULES, Rule
from notify.models import Notice, Telling
from notify.queries import Recipient
from notify.wiring import Notify


async def tell(service: Notify, session: Session, event: Event) -> None:
    """Write a notice for every recipient and channel of the event's rule; those that can go out are queued."""
    envelope, rule = envelope_of(session), RULES[event.key]
    facts: Any = event
    telling = Telling(
        event_id=envelope.id,
        event=event.key,
        person=facts.person,
        applicant=getattr(event, "applicant", None),
        grantee=getattr(event, "grantee", None),
        channels=list(service.rules().table("notify.channel.by_kind")[rule.kind]),
        words=wording.words_of(service.texts, rule, event),
        occurred_at=envelope.time,
        told_at=service.clock.now(),
    )
    if await _announce(session, telling):
        await address(service, session, telling, await queries.recipients_of(session, rule, telling))


async def _announce(session: Session, telling: Telling) -> bool:
    """Write the event's row; False when it was announced before, even if the inbox has forgotten it."""
    row = {
        column.name: getattr(telling, column.name) for column in Telling.__table__.columns if not column.server_default
    }
    written = (
        insert(Telling)
        .values(row)
        .on_conflict_do_nothing()
        .returning(Telling.event_id, queries.turn_of(Telling.person))
    )
    return await session.scalar(written) is not None


async def address(service: Notify, session: Session, telling: Telling, recipients: Collection[Recipient]) -> None:
    """A notice of the event for each of these people on each channel of its kind."""
    rule = RULES[telling.event]
    title = wording.title_of(service.texts, rule)
    for recipient in recipients:
        texts = wording.texts_of(service.texts, rule, recipient.standing, telling.person, telling.words)
        for channel in map(Channel, telling.channels):
            notice = _selected(service, telling, rule, recipient, channel, title, texts)
            session.add(notice)
            await _dispatch(service, session, notice, recipient, rule)


def _selected(
    service: Notify,
    telling: Telling,
    rule: Rule,
    recipient: Recipient,
    channel: Channel,
    title: dict[str, str],
    texts: dict[str, str],
) -> Notice:
    now = service.clock.now()
    return Notice(
        id=uuid7(),
        reference=new_reference("NTC"),
        person=recipient.person,
        status=NOTICE.initial,
        version=0,
        opened_at=now,
        moved_at=now,
        event_id=telling.event_id,
        about=telling.person,
        standing=recipient.standing,
        kind=rule.kind,
        channel=channel,
        critical=rule.critical,
        title=title,
        texts=texts,
        attempts=0,
        asks=0,
        heard={},
        due_at=now,
    )


async def _dispatch(service: Notify, session: Session, notice: Notice, recipient: Recipient, rule: Rule) -> None:
    """Send it on, keep it in the inbox, or leave it waiting for a way to reach its recipient."""
    channel, now = Channel(notice.channel), service.clock.now()
    if channel is Channel.INBOX:
        notice.move(session, Action.KEEP, by=Actor.SYSTEM, actor="inbox", facts=NoticeFacts(), now=now)
        notice.delivered_at, notice.due_at = now, None
    elif not rule.critical and recipient.mutes(rule.kind, channel):
        notice.move(session, Action.MUTE, by=Actor.SYSTEM, actor="inbox", facts=NoticeFacts(), now=now)
        notice.due_at = None
    else:
        await queue(service, session, notice, recipient.contact, Action.QUEUE, by=Actor.SYSTEM, actor="inbox")
