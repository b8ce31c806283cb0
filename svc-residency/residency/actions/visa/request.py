"""Request a visa. Nobody requests one that must fail: what is known to be missing refuses here already."""

from datetime import timedelta

from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.lifecycle import RequirementsMissing
from chassis.timers import arm
from residency.actions.eligibility import check_visa_eligibility
from residency.actions.moving import use_grant, written
from residency.actions.paying import set_price
from residency.domain.exit_reentry_visa import EXIT_REENTRY_VISA
from residency.domain.facts import FeeState
from residency.domain.stay import Stay, Trips
from residency.models import ExitReentryVisa
from residency.wiring import Residency

EXPIRES = "visa.expires"
KEPT = "residency.exit_reentry.kept"
PREFIX = "JWZ"


async def request(
    service: Residency, session: Session, principal: Principal, *, person: str, trips: Trips, stay: Stay
) -> ExitReentryVisa:
    """By the employer or head of household. Raises NotFound, EmployerNeeded, RequirementsMissing, DurationNotOffered."""
    asked = await check_visa_eligibility(service, session, principal, person, trips, stay)
    if asked.failing:
        raise RequirementsMissing(asked.failing)
    now = service.clock.now()
    visa = ExitReentryVisa(
        id=uuid7(),
        reference=new_reference(PREFIX),
        person=person,
        applicant=asked.acting.for_whom(principal),
        status=EXIT_REENTRY_VISA.initial,
        version=0,
        opened_at=now,
        moved_at=now,
        trips=trips,
        stay_days=stay.days,
        return_by=stay.return_by,
        fee_state=FeeState.NONE,
        fee_attempt=0,
    )
    assert asked.charge is not None, "a visa's price is always known"
    set_price(visa, asked.charge)
    session.add(visa)
    await session.flush()
    await arm(session, EXPIRES, str(visa.id), now + timedelta(days=service.rules().number(KEPT)))
    session.info["owner"] = person
    await use_grant(service, session, principal, asked.acting, visa)
    written(service, session, principal, visa, "request", asked.acting, asked.facts)
    return visa
