"""Reads with a name: who is to be told, how they are reached, and a person's own messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import Principal, visible
from chassis.database import Session
from chassis.models import RelationRow
from notify.domain.notice import Channel, NoticeStatus
from notify.domain.telling import BY_RELATION, Kind, Rule, Standing
from notify.models import Contact, Notice, Preference, Telling

_ORDER = list(Standing)


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to be told: what they are to the record, how they are reached, what they muted."""

    person: str
    standing: Standing
    contact: Contact | None
    muted: frozenset[tuple[str, str]]

    def mutes(self, kind: Kind, channel: Channel) -> bool:
        return (str(kind), str(channel)) in self.muted


async def recipients_of(session: Session, rule: Rule, telling: Telling) -> list[Recipient]:
    """Everybody the rule names for this event, each once, as they stood to the holder when it happened."""
    at = telling.occurred_at
    direct = {
        Standing.HOLDER: telling.person,
        Standing.APPLICANT: telling.applicant,
        Standing.GRANTEE: telling.grantee,
    }
    parts: list[Any] = [
        sa.select(sa.literal(person, sa.Text).label("person"), sa.literal(str(standing), sa.Text).label("standing"))
        for standing, person in direct.items()
        if standing in rule.to and person is not None
    ]
    parts.append(
        sa.select(RelationRow.subject, RelationRow.relation).where(
            RelationRow.object == telling.person,
            RelationRow.relation.in_([str(standing) for standing in BY_RELATION.intersection(rule.to)]),
            RelationRow.starts_at <= at,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > at),
        )
    )
    audience = sa.union(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    rows = await session.execute(
        sa.select(audience.c[0], audience.c[1], Contact, Preference.muted)
        .outerjoin(Contact, sa.and_(Contact.person == audience.c[0], Contact.known_until.is_(None)))
        .outerjoin(Preference, Preference.person == audience.c[0])
    )
    found: dict[str, Recipient] = {}
    for person, standing, contact, muted in sorted(rows, key=lambda row: _ORDER.index(Standing(row[1]))):
        found.setdefault(person, Recipient(person, Standing(standing), contact, _pairs(muted)))
    return list(found.values())


def _pairs(muted: dict[str, list[str]] | None) -> frozenset[tuple[str, str]]:
    return frozenset((kind, channel) for kind, channels in (muted or {}).items() for channel in channels)


async def contact_of(session: Session, person: str) -> Contact | None:
    """How a person is reached now, as far as is known here."""
    contact: Contact | None = await session.scalar(
        sa.select(Contact).where(Contact.person == person, Contact.known_until.is_(None))
    )
    return contact


async def goes_to_present_contact(session: Session, reference: str) -> bool:
    """Whether the address a notice was queued to is still its recipient's."""
    found = await session.scalar(
        sa.select(Contact.id)
        .join(Notice, Notice.contact_id == Contact.id)
        .where(Notice.reference == reference, Contact.known_until.is_(None))
    )
    return found is not None


async def waiting_for_contact(session: Session, person: str) -> Sequence[Notice]:
    """The notices that could not go out because nobody knew how to reach the person; locked."""
    found = await session.scalars(
        sa.select(Notice)
        .where(Notice.person == person, Notice.status == NoticeStatus.SELECTED)
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return found.all()


async def locked(session: Session, notice_id: UUID) -> Notice | None:
    """One notice, locked."""
    notice: Notice | None = await session.scalar(sa.select(Notice).where(Notice.id == notice_id).with_for_update())
    return notice


async def locked_by_reference(session: Session, reference: str) -> Notice | None:
    """One notice by its own reference, locked."""
    notice: Notice | None = await session.scalar(
        sa.select(Notice).where(Notice.reference == reference).with_for_update()
    )
    return notice


async def due(session: Session, now: datetime, limit: int) -> Sequence[Notice]:
    """Notices the sweep is to look at, locked; what another worker holds is left to it."""
    found = await session.scalars(
        sa.select(Notice)
        .where(Notice.due_at <= now)
        .order_by(Notice.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()


def turn_of(person: Any) -> sa.ColumnElement[Any]:
    """Waits for its turn over a person until the transaction ends: telling of them and learning of their relations.

    Else one of two that run at once would not see the other's row, and somebody would not be told.
    """
    return sa.cast(sa.func.pg_advisory_xact_lock(sa.func.hashtext(person)), sa.Text)


async def told_lately(session: Session, person: str, since: datetime) -> Sequence[Telling]:
    """What was announced about a person since an instant; waits for what is being announced."""
    await session.execute(sa.select(turn_of(person)))
    found = await session.scalars(sa.select(Telling).where(Telling.person == person, Telling.told_at >= since))
    return found.all()


async def told_already(session: Session, event_id: UUID, people: Collection[str]) -> set[str]:
    """Who of these has a notice of the event."""
    found = await session.scalars(
        sa.select(Notice.person).where(Notice.event_id == event_id, Notice.person.in_(people)).distinct()
    )
    return set(found)


def own_messages(principal: Principal, now: datetime, *, since: datetime, unread: bool = False) -> sa.Select[Any]:
    """The principal's own messages: those addressed to them, nobody else's, whatever relation they stand in."""
    mine = sa.select(Notice).where(
        visible(principal, Notice.person, through=(), now=now),
        Notice.channel == Channel.INBOX,
        Notice.opened_at >= since,
    )
    return mine.where(Notice.read_at.is_(None)) if unread else mine


async def other_channels(session: Session, messages: Collection[Notice]) -> dict[UUID, list[Notice]]:
    """By event: how the same was told to the same person by SMS and e-mail."""
    if not messages:
        return {}
    rows = await session.scalars(
        sa.select(Notice).where(
            Notice.event_id.in_([message.event_id for message in messages]),
            Notice.person == next(iter(messages)).person,
            Notice.channel != Channel.INBOX,
        )
    )
    found: dict[UUID, list[Notice]] = {}
    for row in rows:
        found.setdefault(row.event_id, []).append(row)
    return found


async def preference_of(session: Session, person: str) -> Preference | None:
    """What a person chose not to be told; None when they never chose."""
    preference: Preference | None = await session.get(Preference, person)
    return preference
