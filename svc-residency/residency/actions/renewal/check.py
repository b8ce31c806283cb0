"""Check a renewal anew: every body is asked again, however fresh its last answer; what they say moves the case on."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import MoveNotOpen
from residency.actions.moving import acting_on, written
from residency.actions.renewal.decide import wait_for_bodies
from residency.domain.iqama_renewal import APPLICANTS, BEING_DECIDED, Status
from residency.gathering import OF_RENEWAL_HOLDER, ask_for, bare_renewal_facts
from residency.models import IqamaRenewal
from residency.queries import renewal_of
from residency.refusals import EmployerNeeded
from residency.wiring import Residency

_CHECKED = BEING_DECIDED | {Status.READY}


async def check(service: Residency, session: Session, principal: Principal, renewal_id: uuid.UUID) -> IqamaRenewal:
    """Raises NotFound, EmployerNeeded, or MoveNotOpen once the fee is under way."""
    now = service.clock.now()
    # Not locked: nothing of the case changes here, and an answer just coming in holds its fact and waits for the case.
    renewal = await renewal_of(session, principal, renewal_id, now)
    acting = await acting_on(service, session, principal, renewal)
    if not acting.by & set(APPLICANTS):
        raise EmployerNeeded
    if Status(renewal.status) not in _CHECKED:
        raise MoveNotOpen(details={"status": renewal.status, "action": "check"}, status=renewal.status)
    await ask_for(session, service, {renewal.person: OF_RENEWAL_HOLDER})
    await wait_for_bodies(service, session, renewal)
    written(service, session, principal, renewal, "check", acting, bare_renewal_facts(service, renewal))
    return renewal
