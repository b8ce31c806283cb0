"""Withdraw a request before it is issued, or give it up when nobody goes on with it; a reserved fee goes back."""

import uuid
from datetime import timedelta

from chassis.authority import Principal
from chassis.database import Session
from chassis.timers import arm
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import give_back, stop_timers
from residency.actions.visa.request import EXPIRES
from residency.actions.visa.reserve import PAYMENT_AGAIN
from residency.domain.exit_reentry_visa import Action, Status
from residency.domain.reasons import SystemReason
from residency.gathering import bare_visa_facts
from residency.models import ExitReentryVisa
from residency.queries import any_case, visa_of
from residency.wiring import Residency

_GIVEN_UP_FROM = (Status.REQUESTED, Status.FEE_RESERVED)
_UNDER_WAY = (Status.AWAITING_PAYMENT, Status.VERIFYING, Status.ISSUING)


async def withdraw(service: Residency, session: Session, principal: Principal, visa_id: uuid.UUID) -> ExitReentryVisa:
    """Raises NotFound, NotYourMove, MoveNotOpen, or RequirementsMissing while the payment is under way."""
    now = service.clock.now()
    visa = await visa_of(session, principal, visa_id, now, lock=True)
    acting = await acting_on(service, session, principal, visa)
    move_by_person(service, session, principal, visa, Action.WITHDRAW, acting, bare_visa_facts(service, visa))
    await give_back(service, session, visa)
    await stop_timers(session, visa.id, EXPIRES, PAYMENT_AGAIN)
    return visa


async def expire(service: Residency, session: Session, visa_id: uuid.UUID) -> None:
    """Kept long enough. One that is under way is looked at again a day later; an issued one has its own deadlines."""
    visa = await any_case(session, ExitReentryVisa, visa_id)
    if visa is None:
        return
    if visa.status in _UNDER_WAY:
        await arm(session, EXPIRES, str(visa.id), service.clock.now() + timedelta(days=1))
    elif visa.status in _GIVEN_UP_FROM:
        visa.reason = SystemReason.KEPT_LONG_ENOUGH
        move_by_system(service, session, visa, Action.EXPIRE, bare_visa_facts(service, visa), visa.reason)
        await give_back(service, session, visa)
