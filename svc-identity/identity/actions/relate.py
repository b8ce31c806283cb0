"""Relate: keep household and sponsor relations as the registry tells them, and say every change as an event.

A relation's row is opened once and its interval closed; it is never deleted, so that history can be asked.
"""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import close_relation, open_relation
from chassis.clock import machine_now
from chassis.database import Session
from chassis.events.outbox import record
from chassis.models import RelationRow
from contracts.authority import PERSON_RELATIONS, Relation
from contracts.events import RelationChanged
from identity.wiring import NAME, Identity
from partners.registry import Person

Pair = tuple[str, str, str]  # relation, subject, object


def told_by(person: Person) -> set[Pair]:
    """The relations the registry tells of one person: whose head and sponsor they are, and who is theirs."""
    number = person.number
    told = {(Relation.HOUSEHOLD_HEAD, number, dependant) for dependant in person.dependants}
    told |= {(Relation.SPONSOR, number, worker) for worker in person.workers}
    if person.household_head:
        told.add((Relation.HOUSEHOLD_HEAD, person.household_head, number))
    if person.sponsor:
        told.add((Relation.SPONSOR, person.sponsor, number))
    return {(str(relation), subject, object_) for relation, subject, object_ in told}


async def relate(service: Identity, session: Session, person: Person) -> None:
    """Open what the registry newly tells, close what it no longer tells; nothing happens when nothing changed."""
    rows = list(
        await session.scalars(
            sa.select(RelationRow)
            .where(
                RelationRow.relation.in_([str(each) for each in PERSON_RELATIONS]),
                sa.or_(RelationRow.subject == person.number, RelationRow.object == person.number),
                RelationRow.ends_at.is_(None),
                RelationRow.source == NAME,
            )
            .order_by(RelationRow.id)
            .with_for_update()
        )
    )
    told = told_by(person)
    open_now = {(row.relation, row.subject, row.object) for row in rows}
    for row in rows:
        if (row.relation, row.subject, row.object) not in told:
            await end_relation(service, session, row)
    for relation, subject, object_ in sorted(told - open_now):
        await begin_relation(service, session, relation, subject, object_)
    await session.flush()


async def begin_relation(
    service: Identity,
    session: Session,
    relation: str,
    subject: str,
    object_: str,
    *,
    scope: str | None = None,
    narrowed_to: str | None = None,
) -> UUID:
    """Open a relation or role from now on, and say so. Returns its row's id."""
    now = service.clock.now()
    changed_at = machine_now()
    row_id = await open_relation(
        session,
        relation,
        subject,
        object_,
        now,
        source=NAME,
        changed_at=changed_at,
        scope=scope,
        narrowed_to=narrowed_to,
    )
    event = RelationChanged(
        relation_id=row_id,
        relation=relation,
        subject=subject,
        object=object_,
        starts_at=now,
        scope=scope,
        narrowed_to=narrowed_to,
        changed_at=changed_at,
    )
    await record(session, event, now)
    return row_id


async def end_relation(service: Identity, session: Session, row: RelationRow) -> None:
    """Close a relation or role now, and say so."""
    now = service.clock.now()
    changed_at = await close_relation(session, row.id, now)
    event = RelationChanged(
        relation_id=row.id,
        relation=row.relation,
        subject=row.subject,
        object=row.object,
        starts_at=row.starts_at,
        ends_at=max(now, row.starts_at),
        scope=row.scope,
        narrowed_to=row.narrowed_to,
        uses_allowed=row.uses_allowed,
        changed_at=changed_at,
    )
    await record(session, event, now)


async def begin_roles(service: Identity, session: Session, subject: str, roles: Iterable[str], office: str) -> None:
    """Open staff roles at an office."""
    for role in sorted(roles):
        await begin_relation(service, session, role, subject, office)
