"""Told to the person: what others saw of or did to their record leaves the service as one event per request.

A look at the same object by the same person is told once an hour; every one of them has its row all the same. Staff are
told of by role and office, never by number; the number goes along to be counted by (identity, over all services).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.audit import SEEN, Seen
from chassis.audit.limits import watch
from chassis.audit.rows import LookRow
from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.identifiers import uuid7
from chassis.models import RelationRow
from chassis.wiring import Service
from contracts.event import REGISTRY

AT_ONCE = 200


async def tell(service: Service, principal: Principal, session: Session) -> None:
    """Before the commit: hold staff to their limits, then tell everybody whose record it was. Raises LooksAtMost."""
    seen: list[Seen] = session.info.pop(SEEN)
    await session.flush()
    now = service.clock.now()
    office = None
    if principal.is_staff:
        office = await _office(session, principal, seen[0].standing, now)
        await watch(service, session, principal, [each for each in seen if each.action is None], office)
    fresh = await _untold(session, principal, seen, now)
    kind: Any = REGISTRY.get(f"{service.name}.record.seen.v1")
    for start in range(0, len(fresh) if kind else 0, AT_ONCE):
        entries = [_entry(each) for each in fresh[start : start + AT_ONCE]]
        who = {"staff" if principal.is_staff else "actor": principal.subject}
        await record(session, kind(seen_id=uuid7(), office=office, entries=entries, **who), now)


def _entry(seen: Seen) -> dict[str, Any]:
    return {
        "person": seen.person,
        "standing": seen.standing,
        "object": seen.object,
        "purpose": seen.purpose,
        "action": seen.action,
        "at": seen.at,
    }


async def _office(session: Session, principal: Principal, role: str, now: datetime) -> str | None:
    """The office at which the member of staff holds the role now."""
    found: str | None = await session.scalar(
        sa.select(sa.func.min(RelationRow.object)).where(
            RelationRow.subject == principal.subject,
            RelationRow.relation == role,
            RelationRow.starts_at <= now,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
        )
    )
    return found


async def _untold(session: Session, principal: Principal, seen: Collection[Seen], now: datetime) -> list[Seen]:
    """Every act, and of looks the first at each object in this hour."""
    looks = [each for each in seen if each.action is None]
    told = await _told_this_hour(session, principal, looks, now) if looks else set()
    fresh: dict[tuple[str, ...], Seen] = {}
    for each in seen:
        if each.action is not None or (each.person, each.object) not in told:
            fresh.setdefault((each.person, each.object, each.action or ""), each)
    return list(fresh.values())


async def _told_this_hour(
    session: Session, principal: Principal, looks: Collection[Seen], now: datetime
) -> set[tuple[str, str]]:
    ours: list[UUID] = [each.row for each in looks]
    rows = await session.execute(
        sa.select(LookRow.person, LookRow.object)
        .where(
            LookRow.person.in_({each.person for each in looks}),
            LookRow.at >= now.replace(minute=0, second=0, microsecond=0),
            LookRow.actor == principal.subject,
            LookRow.id.not_in(ours),
        )
        .distinct()
    )
    return {(row.person, row.object) for row in rows}
