"""Reserve the fee of a visa from the holder's prepaid balance, at the price of the day."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from chassis.timers import disarm
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import ask_for_fee, set_price
from residency.domain.charges import visa_charge
from residency.domain.exit_reentry_visa import Action, Status
from residency.domain.facts import FeeState
from residency.domain.stay import Trips, require_offered
from residency.gathering import ask_apart, bare_visa_facts, visa_facts
from residency.models import ExitReentryVisa
from residency.queries import any_case, visa_of
from residency.wiring import Residency

PAYMENT_AGAIN = "visa.payment_again"


async def reserve(service: Residency, session: Session, principal: Principal, visa_id: uuid.UUID) -> ExitReentryVisa:
    """Ask for the fee; a declined one is asked for again at once. Raises NotFound, NotYourMove, RequirementsMissing."""
    now = service.clock.now()
    visa = await visa_of(session, principal, visa_id, now, lock=True)
    acting = await acting_on(service, session, principal, visa)
    facts, kept = await visa_facts(session, service, visa.person, visa.applicant, visa.stay, visa)
    try:
        move_by_person(service, session, principal, visa, Action.RESERVE, acting, facts)
    except RequirementsMissing:
        await ask_apart(service, principal, kept.missing)
        raise
    trips = Trips(visa.trips)
    set_price(visa, visa_charge(trips, require_offered(visa.stay, trips, facts.rules), facts.rules))
    visa.fee_asked_at = now
    await disarm(session, PAYMENT_AGAIN, str(visa.id))
    await ask_for_fee(service, session, visa)
    return visa


async def reserve_again(service: Residency, session: Session, visa_id: uuid.UUID) -> None:
    """The clock tries a declined payment once more. Nothing happens when the case has moved on."""
    visa = await any_case(session, ExitReentryVisa, visa_id)
    if visa is None or visa.status != Status.AWAITING_PAYMENT or visa.fee_state != FeeState.DECLINED:
        return
    move_by_system(service, session, visa, Action.RESERVE, bare_visa_facts(service, visa))
    await ask_for_fee(service, session, visa)
