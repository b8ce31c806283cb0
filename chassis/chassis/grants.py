"""Acting for another by their grant: which records it opens, both names kept, and every use counted exactly once.

A grant is a relation whose scope says what it is good for, perhaps narrowed to one record and to a number of uses. It
opens the grantor's own record and those the grantor stands in for; never what was granted to the grantor.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from chassis.authority import Principal, rely_on_relations
from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.models import RelationRow
from chassis.refusals import Forbidden, NotFound

GRANTEE = "grantee"


class GrantUsedUp(Forbidden):
    """The grant was good for so many uses, and all of them are spent."""

    slug = "grant-used-up"


@dataclass(frozen=True)
class Grant:
    """What somebody was granted, as the copy here has it."""

    id: UUID
    grantor: str
    scope: str
    narrowed_to: str | None
    uses_allowed: int | None


@dataclass(frozen=True)
class Acting:
    """As whom a principal acts on a record: the words lifecycles know, and the grant, if it is not their own right."""

    by: frozenset[str]
    grant: Grant | None = None

    @property
    def on_behalf_of(self) -> str | None:
        """The grantor, when the principal acts by a grant."""
        return None if self.grant is None else self.grant.grantor

    @property
    def standing(self) -> str:
        """One word for the audit."""
        return min(self.by)

    def for_whom(self, principal: Principal) -> str:
        """Whose dues, payments and applications an act concerns: the grantor's, or one's own."""
        return self.on_behalf_of or principal.subject

    def names(self, principal: Principal) -> dict[str, str]:
        """Both names for an event, when there are two."""
        return {} if self.grant is None else {"acted_by": principal.subject, "on_behalf_of": self.grant.grantor}


class GrantUse:
    """Mixin of a service's table of uses: one row per grant and case. Later acts on the case are of the same use."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    authorisation_id: Mapped[uuid.UUID]
    object: Mapped[str] = mapped_column(comment="the case it was used for: later acts on it are the same use")
    person: Mapped[str] = mapped_column(comment="the grantor: it is their record")
    actor: Mapped[str]
    used_at: Mapped[datetime]


def _holds(row: Any, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(row.starts_at <= now, sa.or_(row.ends_at.is_(None), row.ends_at > now))


def opened_by_grant(
    principal: Principal, owner: Any, scope: str, *, through: Iterable[str], own: bool, now: datetime, grant: Any = None
) -> sa.ColumnElement[bool]:
    """The rows a person may see by a grant of this scope: of those the grantor stands in for, and with `own` the grantor's."""
    given = grant or aliased(RelationRow)
    theirs = aliased(RelationRow)
    stands_in = (
        sa.exists()
        .where(
            theirs.subject == given.object,
            theirs.object == owner,
            theirs.relation.in_([str(each) for each in through]),
            _holds(theirs, now),
        )
        .correlate_except(
            theirs
        )  # else the owner's table, two selects out, would be joined here and mean anybody's row
    )
    conditions = [
        given.relation == GRANTEE,
        given.subject == principal.subject,
        given.scope == str(scope),
        sa.or_(given.narrowed_to.is_(None), given.narrowed_to == owner),
        _holds(given, now),
        sa.or_(given.object == owner, stands_in) if own else stands_in,
    ]
    if principal.authorisation is not None:
        conditions.append(given.id == UUID(principal.authorisation))
    return sa.and_(*conditions) if grant is not None else sa.exists().where(*conditions).correlate_except(given)


async def grant_for(
    session: Session,
    principal: Principal,
    person: str,
    scope: str,
    *,
    through: Collection[str],
    own: bool,
    now: datetime,
) -> Grant | None:
    """The grant by which the principal may act on this person's record now, the oldest of several.

    Raises RelationsToConfirm or RelationsUnconfirmed.
    """
    rely_on_relations(session)
    given = aliased(RelationRow)
    opens = opened_by_grant(principal, sa.literal(person), scope, through=through, own=own, now=now, grant=given)
    row = (await session.execute(sa.select(given).where(opens).order_by(given.id).limit(1))).scalar()
    return None if row is None else Grant(row.id, row.object, str(scope), row.narrowed_to, row.uses_allowed)


async def spend(
    session: Session, uses: type[Any], grant: Grant, principal: Principal, object_: str, now: datetime
) -> bool:
    """Spend a use on a case; False when this case had one already. The grant's row is locked until the commit.

    Raises NotFound when the grant has ended meanwhile, GrantUsedUp when no use is left.
    """
    held = await session.scalar(
        sa.select(RelationRow.id).where(RelationRow.id == grant.id, _holds(RelationRow, now)).with_for_update()
    )
    if held is None:
        raise NotFound
    spent = set(await session.scalars(sa.select(uses.object).where(uses.authorisation_id == grant.id)))
    if object_ in spent:
        return False
    if grant.uses_allowed is not None and len(spent) >= grant.uses_allowed:
        raise GrantUsedUp
    session.add(
        uses(
            id=uuid7(),
            authorisation_id=grant.id,
            object=object_,
            person=grant.grantor,
            actor=principal.subject,
            used_at=now,
        )
    )
    return True


async def granted_by(session: Session, principal: Principal, persons: Iterable[str], now: datetime) -> dict[str, str]:
    """Of these people, those whose record the principal may see by some grant, each with the grantor."""
    given, theirs, wanted = aliased(RelationRow), aliased(RelationRow), list(persons)
    mine = (given.relation == GRANTEE, given.subject == principal.subject, _holds(given, now))
    own = sa.select(given.object.label("person"), given.object.label("grantor")).where(
        *mine, given.object.in_(wanted), sa.or_(given.narrowed_to.is_(None), given.narrowed_to == given.object)
    )
    stood_in_for = (
        sa.select(theirs.object, given.object)
        .join(theirs, theirs.subject == given.object)
        .where(
            *mine,
            theirs.object.in_(wanted),
            theirs.relation != GRANTEE,
            _holds(theirs, now),
            sa.or_(given.narrowed_to.is_(None), given.narrowed_to == theirs.object),
        )
    )
    return {row.person: row.grantor for row in await session.execute(sa.union(own, stood_in_for))}
