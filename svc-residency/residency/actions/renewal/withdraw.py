"""Withdraw a renewal before it is submitted, or give it up when nobody goes on with it; a reserved fee goes back."""

import uuid
from datetime import timedelta

from chassis.authority import Principal
from chassis.database import Session
from chassis.timers import arm
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import give_back, stop_timers
from residency.actions.renewal.decide import CHECK_AGAIN
from residency.actions.renewal.open_renewal import EXPIRES
from residency.actions.renewal.reserve import PAYMENT_AGAIN
from residency.domain.iqama_renewal import Action, Status
from residency.domain.reasons import SystemReason
from residency.gathering import bare_renewal_facts
from residency.models import IqamaRenewal
from residency.queries import any_case, renewal_of
from residency.wiring import Residency

_GIVEN_UP_FROM = (Status.DRAFT, Status.BLOCKED, Status.READY, Status.FEE_RESERVED)
_UNDER_WAY = (Status.AWAITING_PAYMENT, Status.SUBMITTED, Status.RENEWING)


async def withdraw(service: Residency, session: Session, principal: Principal, renewal_id: uuid.UUID) -> IqamaRenewal:
    """Raises NotFound, NotYourMove, MoveNotOpen, or RequirementsMissing while the payment is under way."""
    now = service.clock.now()
    renewal = await renewal_of(session, principal, renewal_id, now, lock=True)
    acting = await acting_on(service, session, principal, renewal)
    facts = bare_renewal_facts(service, renewal)
    move_by_person(service, session, principal, renewal, Action.WITHDRAW, acting, facts)
    await give_back(service, session, renewal)
    await stop_timers(session, renewal.id, EXPIRES, PAYMENT_AGAIN, CHECK_AGAIN)
    return renewal


async def expire(service: Residency, session: Session, renewal_id: uuid.UUID) -> None:
    """Kept long enough. One that is under way is looked at again a day later."""
    renewal = await any_case(session, IqamaRenewal, renewal_id)
    if renewal is None:
        return
    if renewal.status in _UNDER_WAY:
        await arm(session, EXPIRES, str(renewal.id), service.clock.now() + timedelta(days=1))
    elif renewal.status in _GIVEN_UP_FROM:
        renewal.reason = str(SystemReason.KEPT_LONG_ENOUGH)
        move_by_system(service, session, renewal, Action.EXPIRE, bare_renewal_facts(service, renewal), renewal.reason)
        await give_back(service, session, renewal)
        await stop_timers(session, renewal.id, CHECK_AGAIN)
