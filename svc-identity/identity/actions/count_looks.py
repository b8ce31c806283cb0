"""Count what a member of staff looks at over all services: each service holds to its own limit, here the sum is alarmed.

It is an alarm and no refusal: by the time a look is told of here, it has happened.
"""

import sqlalchemy as sa

from chassis.audit.limits import ANY_ROLE, SPANS, raise_alarm
from chassis.audit.rows import AlarmRow
from chassis.authority import Principal
from chassis.database import Session
from contracts.events_audit import RecordSeen
from identity.models import StaffLook
from identity.wiring import Identity

MOST = "identity.looks.most_everywhere"
KIND, EVERYWHERE = "limit", "all-services"
_ALONE = sa.text("select pg_advisory_xact_lock(hashtextextended('looks everywhere of ' || :staff, 0))")


async def count_looks(service: Identity, session: Session, told: RecordSeen) -> None:
    """Note the looks, forget what no longer counts, and alarm once an hour when there are too many persons."""
    looks = [each for each in told.entries if each.action is None]
    if told.staff is None or not looks:
        return
    await session.execute(_ALONE, {"staff": told.staff})
    now = service.clock.now()
    over = sa.delete(StaffLook).where(StaffLook.staff == told.staff, StaffLook.at <= now - max(SPANS.values()))
    await session.execute(over.execution_options(synchronize_session=False))
    session.add_all(
        StaffLook(staff=told.staff, standing=each.standing, person=each.person, at=each.at) for each in looks
    )
    await session.flush()
    if (span := await _beyond(service, session, told.staff, looks[0].standing)) and not await _alarmed(
        service, session, told.staff
    ):
        staff = Principal(told.staff, "staff", "", told.producer())
        await raise_alarm(session, service, KIND, staff, looks[0].standing, told.office, EVERYWHERE, span)


async def _beyond(service: Identity, session: Session, staff: str, standing: str) -> str | None:
    by_role, now = service.rules().table(MOST), service.clock.now()
    for span, allowed in (by_role.get(standing) or by_role[ANY_ROLE]).items():
        persons = sa.select(sa.func.count(sa.distinct(StaffLook.person))).where(
            StaffLook.staff == staff, StaffLook.at > now - SPANS[span]
        )
        if (await session.scalar(persons) or 0) > allowed:
            return str(span)
    return None


async def _alarmed(service: Identity, session: Session, staff: str) -> bool:
    lately = sa.select(AlarmRow.id).where(
        AlarmRow.actor == staff,
        AlarmRow.object == EVERYWHERE,
        AlarmRow.at > service.clock.now() - min(SPANS.values()),
    )
    return await session.scalar(lately.limit(1)) is not None
