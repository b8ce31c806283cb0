"""Reads about roles: who holds what now, who could decide, which changes are proposed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.models import CaseMoveRow, RelationRow
from contracts.authority import STAFF_ROLES, StaffRole
from identity.domain.account import Kind, Status
from identity.domain.role_change import ROLE_CHANGE
from identity.domain.role_change import Status as ChangeStatus
from identity.models import Account, RoleChange

_ALONE = sa.text("select pg_advisory_xact_lock(hashtext('role changes'))")


async def decide_alone(session: Session) -> None:
    """Nobody else changes a role until the transaction ends: who may decide is itself a matter of roles."""
    await session.execute(_ALONE)


async def administrators(session: Session, now: datetime) -> frozenset[str]:
    """Those with the role now whose account is active."""
    found = await session.scalars(
        sa.select(RelationRow.subject)
        .join(Account, Account.person == RelationRow.subject)
        .where(RelationRow.relation == str(StaffRole.ADMINISTRATOR), _open(now), Account.status == Status.ACTIVE)
        .distinct()
    )
    return frozenset(found)


async def staff_status(session: Session, person: str) -> str | None:
    """The status of a member of staff's account; None when this is no number of one."""
    found: str | None = await session.scalar(
        sa.select(Account.status).where(Account.person == person, Account.kind == Kind.STAFF)
    )
    return found


async def open_roles(
    session: Session, person: str, role: str, office: str, now: datetime, *, lock: bool = False
) -> list[RelationRow]:
    """The rows by which somebody holds a role at an office now."""
    statement = (
        sa.select(RelationRow)
        .where(RelationRow.subject == person, RelationRow.relation == role, RelationRow.object == office, _open(now))
        .order_by(RelationRow.id)
    )
    return list(await session.scalars(statement.with_for_update() if lock else statement))


async def names_of(session: Session, people: set[str]) -> dict[str, tuple[str | None, str | None]]:
    """What these members of staff are called, Arabic and English, by number."""
    rows = await session.execute(
        sa.select(Account.person, Account.name_ar, Account.name_en).where(
            Account.person.in_(people), Account.kind == Kind.STAFF
        )
    )
    return {row.person: (row.name_ar, row.name_en) for row in rows}


async def roles_of(session: Session, person: str, now: datetime) -> list[RelationRow]:
    """Everything a member of staff holds now, the oldest first."""
    found = await session.scalars(
        sa.select(RelationRow)
        .where(RelationRow.subject == person, RelationRow.relation.in_([str(role) for role in STAFF_ROLES]), _open(now))
        .order_by(RelationRow.starts_at, RelationRow.id)
    )
    return list(found)


def proposed() -> sa.Select[RoleChange]:
    """The changes that wait for a second administrator."""
    return sa.select(RoleChange).where(RoleChange.status == str(ChangeStatus.PROPOSED))


async def is_proposed(session: Session, person: str, role: str, office: str) -> bool:
    """Whether a change of this very role waits already."""
    same = proposed().where(RoleChange.person == person, RoleChange.role == role, RoleChange.office == office)
    return await session.scalar(same.with_only_columns(RoleChange.id).limit(1)) is not None


async def moves_of(session: Session, change_id: UUID) -> list[CaseMoveRow]:
    """The history of a change, oldest first."""
    found = await session.scalars(
        sa.select(CaseMoveRow)
        .where(CaseMoveRow.case_kind == ROLE_CHANGE.name, CaseMoveRow.case_id == change_id)
        .order_by(CaseMoveRow.version)
    )
    return list(found)


def _open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(RelationRow.starts_at <= now, sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now))
