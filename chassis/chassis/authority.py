"""Who may see and act on whose record: relations as rows with intervals, one predicate for get, list, count and search.

What a principal may not see does not exist for it: `NotFound`, the same answer as for what was never there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session, Sight
from chassis.identifiers import uuid7
from chassis.models import RelationRow
from chassis.refusals import Forbidden, NotFound, Unavailable

T = TypeVar("T")


@dataclass(frozen=True)
class Principal:
    """Who is calling: the person, member of staff or client a verified token names. What they may do is asked of rows.

    `on_behalf_of` and `authorisation` say for whom the caller acts now and by which grant. They give nothing by
    themselves: the grant's row is read at every decision. `scopes` is what the token was given for.
    """

    subject: str
    kind: str
    session_id: str
    client: str
    language: str = "ar"
    channel: str = "portal"
    on_behalf_of: str | None = None
    authorisation: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    @property
    def sight(self) -> Sight:
        return Sight(self.subject, "staff" if self.is_staff else "person")


class Belief(StrEnum):
    """What this transaction may make of the relations its database holds, when they are copies of another service's."""

    BELIEVED = "believed"  # the copy is new enough to read by
    TO_CONFIRM = "to_confirm"  # an act: nothing is done through a relation before its owner has been asked
    TO_CONFIRM_ALL = "to_confirm_all"  # the same, and the copy is too old to tell that there is no relation
    CONFIRMED = "confirmed"  # the owner has been asked
    UNBELIEVED = "unbelieved"  # the copy is too old and its owner does not answer: one's own record only


class RelationsToConfirm(Exception):
    """This request turns on a relation and its owner has to be asked first; the transaction starts over after that."""


class RelationsUnconfirmed(Unavailable):
    """Who may stand in for whom cannot be told now. One's own record goes on working."""

    slug = "relations-unconfirmed"


def rely_on_relations(session: Session) -> None:
    """Say that what comes next turns on a relation. Raises RelationsToConfirm or RelationsUnconfirmed."""
    match session.info.get("belief"):
        case Belief.TO_CONFIRM | Belief.TO_CONFIRM_ALL:
            raise RelationsToConfirm
        case Belief.UNBELIEVED:
            raise RelationsUnconfirmed(retry_after=5)


def _holds(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(RelationRow.starts_at <= now, sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now))


def visible(principal: Principal, owner: Any, *, through: Iterable[str], now: datetime) -> sa.ColumnElement[bool]:
    """The rows a person may see: their own, and those of whom they stand in one of these relations to now."""
    related = sa.select(RelationRow.object).where(
        RelationRow.subject == principal.subject, RelationRow.relation.in_([str(r) for r in through]), _holds(now)
    )
    mine: sa.ColumnElement[bool] = sa.or_(owner == principal.subject, owner.in_(related))
    return mine


async def standings(session: Session, principal: Principal, owner: str, now: datetime) -> set[str]:
    """Everything the principal is to this person now: `self`, or the names of open relations."""
    if principal.subject == owner:
        return {"self"}
    rely_on_relations(session)
    found = await session.scalars(
        sa.select(RelationRow.relation).where(
            RelationRow.subject == principal.subject, RelationRow.object == owner, _holds(now)
        )
    )
    return set(found)


async def roles(session: Session, principal: Principal, among: Collection[str], now: datetime) -> dict[str, set[str]]:
    """The staff roles a principal holds now, each with the offices it is held at. Empty for everybody else."""
    if not principal.is_staff:
        return {}
    rely_on_relations(session)
    held: dict[str, set[str]] = {}
    rows = await session.execute(
        sa.select(RelationRow.relation, RelationRow.object).where(
            RelationRow.subject == principal.subject,
            RelationRow.relation.in_([str(role) for role in among]),
            _holds(now),
        )
    )
    for role, office in rows:
        held.setdefault(role, set()).add(office)
    return held


async def require_role(
    session: Session, principal: Principal, among: Collection[str], now: datetime
) -> dict[str, set[str]]:
    """The roles held among these. Raises Forbidden when there are none."""
    held = await roles(session, principal, among, now)
    if not held:
        raise Forbidden("role-needed", details={"roles": sorted(str(role) for role in among)})
    return held


async def is_assigned(session: Session, principal: Principal, object_id: UUID | str, now: datetime) -> bool:
    """Whether the case with this id is assigned to the member of staff now."""
    found = await session.scalar(
        sa.select(RelationRow.id)
        .where(
            RelationRow.subject == principal.subject,
            RelationRow.relation == "assignee",
            RelationRow.object == str(object_id),
            _holds(now),
        )
        .limit(1)
    )
    return found is not None


async def assignees(session: Session, object_ids: Iterable[UUID], now: datetime) -> dict[str, str]:
    """Who has which of these cases now: case id to staff number. One statement for a whole page."""
    rows = await session.execute(
        sa.select(RelationRow.object, RelationRow.subject).where(
            RelationRow.relation == "assignee", RelationRow.object.in_([str(each) for each in object_ids]), _holds(now)
        )
    )
    return {row.object: row.subject for row in rows}


async def find(session: Session, statement: sa.Select[T]) -> T:
    """The one row of a statement that carries its visibility. Raises NotFound; remembers whose record was touched.

    A row of another's was seen through a relation. Raises RelationsToConfirm or RelationsUnconfirmed, and the latter
    also when nothing was found while relations cannot be believed: what is not shown then may well exist.
    """
    row = await session.scalar(statement)
    if row is None:
        if session.info.get("belief") in (Belief.TO_CONFIRM_ALL, Belief.UNBELIEVED):
            rely_on_relations(session)
        raise NotFound
    owner = session.info["owner"] = getattr(row, "person", None)
    sight = session.info.get("sight")
    if owner is not None and sight is not None and sight.standing == "person" and owner != sight.subject:
        rely_on_relations(session)
    return row


async def open_relation(
    session: Session,
    relation: str,
    subject: str,
    object_: str,
    starts_at: datetime,
    *,
    ends_at: datetime | None = None,
    source: str = "local",
    relation_id: UUID | None = None,
    scope: str | None = None,
    narrowed_to: str | None = None,
    uses_allowed: int | None = None,
    changed_at: datetime | None = None,
) -> UUID:
    """Open a relation, or take over its owner's newer word when the row is a copy. Returns the row's id."""
    row_id = relation_id or uuid7()
    values = {
        "ends_at": ends_at,
        "starts_at": starts_at,
        "scope": scope,
        "narrowed_to": narrowed_to,
        "uses_allowed": uses_allowed,
        "changed_at": changed_at or sa.func.clock_timestamp(),
        "learned_at": sa.func.clock_timestamp(),
    }
    await session.execute(
        insert(RelationRow)
        .values(id=row_id, relation=str(relation), subject=subject, object=object_, source=source, **values)
        .on_conflict_do_update(
            index_elements=["id"],
            set_=values,
            where=sa.or_(RelationRow.changed_at.is_(None), RelationRow.changed_at <= values["changed_at"]),
        )
    )
    return row_id


async def close_relation(session: Session, relation_id: UUID, ends_at: datetime) -> datetime | None:
    """End a relation at an instant; the row stays. Returns when it was changed, for the event that says so."""
    changed: datetime | None = await session.scalar(
        sa.update(RelationRow)
        .where(RelationRow.id == relation_id)
        .values(
            ends_at=sa.func.greatest(RelationRow.starts_at, ends_at),
            changed_at=sa.func.greatest(
                sa.func.clock_timestamp(), RelationRow.changed_at + sa.text("interval '1 microsecond'")
            ),
        )
        .returning(RelationRow.changed_at)
        .execution_options(synchronize_session=False)
    )
    return changed


async def assign(session: Session, principal: Principal, object_id: UUID | str, now: datetime) -> bool:
    """Assign a case to a member of staff. False when it is assigned to somebody else now."""
    # Whoever read the clock a moment later may have been quicker: an assignment that begins after `now` holds, too.
    held = sa.select(RelationRow).where(
        RelationRow.relation == "assignee",
        RelationRow.object == str(object_id),
        sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
    )
    current = await session.scalar(held)
    if current is None:
        await open_relation(session, "assignee", principal.subject, str(object_id), now)
        return True
    return bool(current.subject == principal.subject)


async def release(session: Session, object_id: UUID | str, now: datetime) -> None:
    """End whatever assignment the case has."""
    await session.execute(
        sa.update(RelationRow)
        .where(RelationRow.relation == "assignee", RelationRow.object == str(object_id), RelationRow.ends_at.is_(None))
        .values(ends_at=sa.func.greatest(RelationRow.starts_at, now))
        .execution_options(synchronize_session=False)
    )
