"""Relate many people at once: what `relate` does for one, in a handful of statements for hundreds."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from chassis.events.outbox import record_all
from chassis.identifiers import uuid7
from chassis.models import RelationRow
from contracts.authority import PERSON_RELATIONS
from contracts.events import RelationChanged
from identity.actions.relate import Pair, end_relation, told_by
from identity.wiring import NAME, Identity
from partners.registry import Person

# One lock per head or sponsor, in one order: two transactions that learn of one family do not both open its relations.
_LOCK = sa.text(
    "select pg_advisory_xact_lock(key) from"
    " (select distinct hashtext('relate ' || each) as key from unnest(cast(:people as text[])) each order by 1) keys"
)


async def relate_people(service: Identity, session: Session, people: Sequence[Person]) -> None:
    """Open what the registry newly tells of these people, close what it no longer tells, and say all of it."""
    told: set[Pair] = set().union(*map(told_by, people))
    numbers = {person.number for person in people}
    await session.execute(_LOCK, {"people": sorted(numbers | {subject for _, subject, _ in told})})
    rows = await _open_rows(session, numbers)
    for row in rows:
        if (row.relation, row.subject, row.object) not in told:
            await end_relation(service, session, row)
    await _begin(service, session, told - {(row.relation, row.subject, row.object) for row in rows})


async def _open_rows(session: Session, numbers: Collection[str]) -> Sequence[RelationRow]:
    ours = (
        RelationRow.relation.in_([str(each) for each in PERSON_RELATIONS]),
        RelationRow.ends_at.is_(None),
        RelationRow.source == NAME,
    )
    # Two look-ups by index; an OR over both columns would read the table.
    theirs = sa.union(
        sa.select(RelationRow.id).where(*ours, RelationRow.subject.in_(numbers)),
        sa.select(RelationRow.id).where(*ours, RelationRow.object.in_(numbers)),
    )
    statement = sa.select(RelationRow).where(RelationRow.id.in_(theirs)).order_by(RelationRow.id).with_for_update()
    return list(await session.scalars(statement))


async def _begin(service: Identity, session: Session, pairs: Collection[Pair]) -> None:
    now, changed_at = service.clock.now(), machine_now()
    made = [
        RelationRow(
            id=uuid7(),
            relation=relation,
            subject=subject,
            object=object_,
            starts_at=now,
            source=NAME,
            changed_at=changed_at,
        )
        for relation, subject, object_ in sorted(pairs)
    ]
    session.add_all(made)
    await session.flush()
    events = [
        RelationChanged(
            relation_id=row.id,
            relation=row.relation,
            subject=row.subject,
            object=row.object,
            starts_at=now,
            changed_at=changed_at,
        )
        for row in made
    ]
    await record_all(session, events, now)
