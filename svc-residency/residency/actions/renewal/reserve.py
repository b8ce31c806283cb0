"""Reserve the fee of a renewal from the holder's prepaid balance, at the price of the day, a late fine included."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from chassis.timers import disarm
from residency.actions.eligibility import price_of
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import ask_for_fee, set_price
from residency.domain.facts import FeeState
from residency.domain.iqama_renewal import Action, Status
from residency.gathering import ask_apart, bare_renewal_facts, renewal_facts
from residency.models import IqamaRenewal
from residency.queries import any_case, renewal_of
from residency.wiring import Residency

PAYMENT_AGAIN = "renewal.payment_again"


async def reserve(service: Residency, session: Session, principal: Principal, renewal_id: uuid.UUID) -> IqamaRenewal:
    """Ask for the fee; a declined one is asked for again at once. Raises NotFound, NotYourMove, RequirementsMissing."""
    now = service.clock.now()
    renewal = await renewal_of(session, principal, renewal_id, now, lock=True)
    acting = await acting_on(service, session, principal, renewal)
    facts, kept = await renewal_facts(session, service, renewal.person, renewal.period_months, renewal)
    try:
        move_by_person(service, session, principal, renewal, Action.RESERVE, acting, facts)
    except RequirementsMissing:
        await ask_apart(service, principal, kept.missing)
        raise
    # While the registry is being asked again, the price found when everything was there still stands.
    if (charge := price_of(facts)) is not None:
        set_price(renewal, charge)
    renewal.fee_asked_at = now
    await disarm(session, PAYMENT_AGAIN, str(renewal.id))
    await ask_for_fee(service, session, renewal)
    return renewal


async def reserve_again(service: Residency, session: Session, renewal_id: uuid.UUID) -> None:
    """The clock tries a declined payment once more. Nothing happens when the case has moved on."""
    renewal = await any_case(session, IqamaRenewal, renewal_id)
    if renewal is None or renewal.status != Status.AWAITING_PAYMENT or renewal.fee_state != FeeState.DECLINED:
        return
    move_by_system(service, session, renewal, Action.RESERVE, bare_renewal_facts(service, renewal))
    await ask_for_fee(service, session, renewal)
