"""How many people's records a member of staff may open, and records nobody has a reason to open.

Counted in the transaction of the look, one after the other for one member of staff, so that many requests at once open
no more than one after the other would.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from chassis.audit.rows import AlarmRow, CanaryRow, LookRow
from chassis.authority import Principal
from chassis.database import Session, Sight
from chassis.events.outbox import record
from chassis.identifiers import uuid7
from chassis.refusals import TooMany
from chassis.wiring import Service
from contracts.event import REGISTRY

SIGHT = Sight.system("audit")
SPANS: Mapping[str, timedelta] = {"an_hour": timedelta(seconds=3_600), "a_day": timedelta(seconds=86_400)}
ANY_ROLE = "other"
# A reason that was stated is looked at on the page of alarms: it is how the day goes, and would drown the others.
SAID = frozenset({"limit", "canary", "unstated"})
_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended('looks of ' || :actor, 0))")
log = structlog.get_logger()


class LooksAtMost(TooMany):
    """As many people's records were opened in this hour or day as the role may open."""

    slug = "looks-at-most"


async def watch(
    service: Service, session: Session, principal: Principal, looks: Sequence[Any], office: str | None
) -> None:
    """Hold one member of staff to the role's limits. Raises LooksAtMost after an alarm; a canary is an alarm, too."""
    if not looks:
        return
    await session.execute(_ALONE, {"actor": principal.subject})
    standing, object_ = looks[0].standing, looks[0].object
    if span := await _beyond(service, session, principal, standing):
        await _alarm_apart(service, principal, standing, office, object_, span)
        raise LooksAtMost(retry_after=int(SPANS["an_hour"].total_seconds()))
    met = set(await session.scalars(sa.select(CanaryRow.person).where(CanaryRow.person.in_([e.person for e in looks]))))
    for each in looks:
        if each.person in met:
            await raise_alarm(session, service, "canary", principal, each.standing, office, each.object)


def most(service: Service, standing: str) -> Mapping[str, int]:
    """How many people's records the role may open, per span. Rule `<service>.looks.most`."""
    by_role = service.rules().table(f"{service.name}.looks.most")
    found: Mapping[str, int] = by_role.get(standing) or by_role[ANY_ROLE]
    return found


async def _beyond(service: Service, session: Session, principal: Principal, standing: str) -> str | None:
    now = service.clock.now()
    for span, allowed in most(service, standing).items():
        opened = await session.scalar(
            sa.select(sa.func.count(sa.distinct(LookRow.person))).where(
                LookRow.actor == principal.subject, LookRow.at > now - SPANS[span]
            )
        )
        if (opened or 0) > allowed:
            return span
    return None


async def raise_alarm(
    session: Session,
    service: Service,
    kind: str,
    principal: Principal,
    standing: str,
    office: str | None,
    object_: str,
    reason: str | None = None,
) -> None:
    """Have a supervisor see it: a row, a figure, and a line in the log without anybody's number; what cannot wait is said."""
    now, alarm_id = service.clock.now(), uuid7()
    session.add(
        AlarmRow(
            id=alarm_id,
            kind=kind,
            at=now,
            actor=principal.subject,
            standing=standing,
            office=office,
            object=object_,
            reason=reason,
        )
    )
    service.metrics.audit_alarms.labels(kind).inc()
    log.error("audit.alarm", service=service.name, kind=kind, standing=standing)
    event: Any = REGISTRY.get(f"{service.name}.looks.alarmed.v1")
    if kind in SAID and event is not None:
        await record(session, event(alarm_id=alarm_id, kind=kind, actor=principal.subject, at=now), now)


async def _alarm_apart(
    service: Service, principal: Principal, standing: str, office: str | None, object_: str, span: str
) -> None:
    """In a transaction of its own, because the refusal takes the request's back; once an hour for one person."""
    now = service.clock.now()
    known = sa.select(AlarmRow.id).where(
        AlarmRow.actor == principal.subject, AlarmRow.kind == "limit", AlarmRow.at > now - SPANS["an_hour"]
    )
    async with service.database.transaction(SIGHT, now=now) as apart:
        if await apart.scalar(known.limit(1)) is None:
            await raise_alarm(apart, service, "limit", principal, standing, office, object_, span)


async def plant_canaries(service: Service, numbers: Iterable[str]) -> int:
    """Have these records watched from now on. Returns how many were not watched before."""
    given = [{"person": number.strip()} for number in numbers if number.strip()]
    if not given:
        return 0
    async with service.database.transaction(SIGHT) as session:
        planted = await session.scalars(
            insert(CanaryRow).values(given).on_conflict_do_nothing().returning(CanaryRow.person)
        )
        return len(list(planted))
