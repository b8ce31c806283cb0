"""Open a renewal. It is opened even when something stands in the way: what blocks it is found out and told."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.timers import arm
from residency.actions.eligibility import check_renewal_eligibility
from residency.actions.moving import use_grant, written
from residency.actions.renewal.decide import decide, wait_for_bodies
from residency.domain.facts import FeeState
from residency.domain.fees import DurationNotOffered
from residency.domain.iqama_renewal import IQAMA_RENEWAL
from residency.domain.renewal_requirements import DURATIONS, RenewalFacts
from residency.models import IqamaRenewal
from residency.queries import open_renewal_id
from residency.refusals import RenewalOpen
from residency.wiring import Residency

EXPIRES = "renewal.expires"
KEPT = "residency.iqama_renewal.kept"
PREFIX = "JWZ"


async def open_renewal(
    service: Residency, session: Session, principal: Principal, *, person: str, period_months: int
) -> IqamaRenewal:
    """By the employer or head of household. Raises NotFound, EmployerNeeded, RenewalOpen or DurationNotOffered."""
    asked = await check_renewal_eligibility(service, session, principal, person, period_months)
    if all(period_months not in offered for offered in asked.facts.rules.table(DURATIONS).values()):
        raise DurationNotOffered()
    if await open_renewal_id(session, person) is not None:
        raise RenewalOpen
    now = service.clock.now()
    renewal = IqamaRenewal(
        id=uuid7(),
        reference=new_reference(PREFIX),
        person=person,
        applicant=asked.acting.for_whom(principal),
        status=IQAMA_RENEWAL.initial,
        version=0,
        opened_at=now,
        moved_at=now,
        period_months=period_months,
        missing=[],
        late_fine_minor=0,
        fee_items=[],
        fee_state=FeeState.NONE,
        fee_attempt=0,
    )
    session.add(renewal)
    await _flush(session)
    await arm(session, EXPIRES, str(renewal.id), now + timedelta(days=service.rules().number(KEPT)))
    session.info["owner"] = person
    await use_grant(service, session, principal, asked.acting, renewal)
    written(service, session, principal, renewal, "open", asked.acting, asked.facts)
    assert isinstance(asked.facts, RenewalFacts)
    if not await decide(service, session, renewal, asked.facts):
        await wait_for_bodies(service, session, renewal)
    return renewal


async def _flush(session: Session) -> None:
    try:
        await session.flush()
    except sa.exc.IntegrityError as error:
        # Two opened at the same instant: the index lets one stand.
        raise RenewalOpen from error
