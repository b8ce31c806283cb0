"""Reads of authorisations that have a name."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import Principal
from chassis.clock import civil_day
from chassis.database import Session
from chassis.models import CaseMoveRow, FactRow, RelationRow
from contracts.authority import PERSON_RELATIONS, Relation
from identity.domain.account import Status as AccountStatus
from identity.domain.account import may_issue
from identity.domain.authorisation import AUTHORISATION, LIVE, OPEN, UNDER_WAY, Status
from identity.models import Account, Authorisation
from identity.queries import REGISTRY_PERSON

_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")


def mine(principal: Principal) -> sa.Select[Authorisation]:
    """What I gave, and what was given to me. What a grantor has not confirmed yet is nobody else's to see."""
    given = Authorisation.person == principal.subject
    received = sa.and_(
        Authorisation.grantee == principal.subject,
        sa.or_(Authorisation.confirmed_at.is_not(None), Authorisation.asked_by == principal.subject),
    )
    return sa.select(Authorisation).where(sa.or_(given, received))


async def live_authorisation(
    session: Session, authorisation_id: UUID, actor: str, now: datetime
) -> Authorisation | None:
    """The authorisation if this grantee may act by it at this instant: accepted, in its days, both accounts active."""
    today = civil_day(now)
    found: Authorisation | None = await session.scalar(
        sa.select(Authorisation).where(
            Authorisation.id == authorisation_id,
            Authorisation.grantee == actor,
            Authorisation.status.in_(OPEN),
            Authorisation.starts_on <= today,
            Authorisation.ends_on >= today,
            _is_active(Authorisation.person),
            _is_active(Authorisation.grantee),
        )
    )
    return found


def _is_active(person: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(Account.person == person, Account.status == AccountStatus.ACTIVE)


async def authorisation_by_id(session: Session, authorisation_id: UUID) -> Authorisation | None:
    """Whoever's it is, locked: for the system's own sight."""
    found: Authorisation | None = await session.get(Authorisation, authorisation_id, with_for_update=True)
    return found


async def under_way_of(session: Session, person: str) -> list[Authorisation]:
    """Everything a person gave or received that something may still move, locked in one order."""
    found = await session.scalars(
        sa.select(Authorisation)
        .where(
            sa.or_(Authorisation.person == person, Authorisation.grantee == person),
            Authorisation.status.in_(UNDER_WAY),
        )
        .order_by(Authorisation.id)
        .with_for_update()
    )
    return list(found)


async def another_is_live(session: Session, authorisation: Authorisation) -> bool:
    """Whether the grantor has promised or given the same service, for a record this one is good for, already.

    Nobody else decides about this grantor's grants of the service until the transaction ends.
    """
    key = f"authorisation:{authorisation.person}:{authorisation.service}"
    await session.execute(_ALONE, {"key": key})
    overlaps: sa.ColumnElement[bool] = sa.true()
    if authorisation.narrowed_to is not None:
        overlaps = sa.or_(Authorisation.narrowed_to.is_(None), Authorisation.narrowed_to == authorisation.narrowed_to)
    found = await session.scalar(
        sa.select(Authorisation.id)
        .where(
            Authorisation.person == authorisation.person,
            Authorisation.service == authorisation.service,
            Authorisation.status.in_(LIVE),
            Authorisation.id != authorisation.id,
            overlaps,
        )
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True)
class Side:
    """As much of one side's account as the other may be told, and whether it is active."""

    is_active: bool
    frozen_until: datetime | None
    name_ar: str | None
    name_en: str | None


async def sides_of(session: Session, people: set[str]) -> dict[str, Side]:
    """Those of these people who have an account, by number."""
    rows = await session.execute(
        sa.select(Account.person, Account.status, Account.frozen_until, Account.name_ar, Account.name_en).where(
            Account.person.in_(people)
        )
    )
    return {row.person: Side(may_issue(row.status), row.frozen_until, row.name_ar, row.name_en) for row in rows}


async def birth_date_told(session: Session, person: str) -> tuple[bool, date | None]:
    """Whether the registry has ever answered about this number, and the birth date it told. It does not grow old."""
    value = await session.scalar(
        sa.select(FactRow.value).where(FactRow.subject == person, FactRow.kind == REGISTRY_PERSON)
    )
    if value is None:
        return False, None
    born = value.get("born_on")
    return True, date.fromisoformat(born) if born else None


async def stands_in_for(session: Session, person: str, other: str, now: datetime) -> bool:
    """Whether somebody is this person's dependant or worker now, by a relation of the person's own."""
    found = await session.scalar(
        sa.select(RelationRow.id)
        .where(
            RelationRow.subject == person,
            RelationRow.object == other,
            RelationRow.relation.in_([str(each) for each in PERSON_RELATIONS]),
            RelationRow.starts_at <= now,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
        )
        .limit(1)
    )
    return found is not None


async def is_held_by_grant(session: Session, grantee: str, other: str, service: str, now: datetime) -> bool:
    """Whether a record is only reached through what somebody else granted this person for the service."""
    grant, own = sa.orm.aliased(RelationRow), sa.orm.aliased(RelationRow)
    found = await session.scalar(
        sa.select(grant.id)
        .outerjoin(own, sa.and_(own.subject == grant.object, own.object == other, own.ends_at.is_(None)))
        .where(
            grant.relation == Relation.GRANTEE,
            grant.subject == grantee,
            grant.scope == service,
            grant.starts_at <= now,
            sa.or_(grant.ends_at.is_(None), grant.ends_at > now),
            sa.or_(grant.object == other, own.relation.in_([str(each) for each in PERSON_RELATIONS])),
        )
        .limit(1)
    )
    return found is not None


async def asked_before(session: Session, authorisation: Authorisation) -> list[Authorisation]:
    """What the same person asked the same grantor for, in the same service."""
    found = await session.scalars(
        sa.select(Authorisation).where(
            Authorisation.asked_by == authorisation.asked_by,
            Authorisation.person == authorisation.person,
            Authorisation.service == authorisation.service,
            Authorisation.status.in_([Status.REQUESTED, Status.DRAFT, Status.DECLINED]),
        )
    )
    return list(found)


async def asks_waiting_for(session: Session, grantor: str) -> int:
    """How many requests wait for this grantor's word."""
    return int(
        await session.scalar(
            sa.select(sa.func.count())
            .select_from(Authorisation)
            .where(Authorisation.person == grantor, Authorisation.status == Status.REQUESTED)
        )
        or 0
    )


async def moves_of(session: Session, authorisation_id: UUID) -> list[CaseMoveRow]:
    """The history of an authorisation, oldest first."""
    rows = await session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == AUTHORISATION.name, CaseMoveRow.case_id == authorisation_id)
        .order_by(CaseMoveRow.version)
    )
    return list(rows)
