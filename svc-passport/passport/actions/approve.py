"""Approve: the officer who has the case says yes; the reserved fee is consumed next, and only then it is printed."""

import uuid

from chassis.authority import Principal, release
from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events_passport import ApplicationApproved
from partners.intents.fees import consume_fee
from passport.actions.moving import as_staff, move_by_person
from passport.actions.reviewing import assigned
from passport.domain.renewal import Action
from passport.models import Application
from passport.queries import facts_of_case
from passport.wiring import Passport


async def approve(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Raises Forbidden, NotFound, CaseTaken, CaseNotAssigned or MoveNotOpen."""
    application = await assigned(service, session, principal, application_id)
    now = service.clock.now()
    facts = facts_of_case(service, application)
    move_by_person(service, session, principal, application, Action.APPROVE, as_staff(Actor.OFFICER), facts)
    await consume_fee(session, service, case_id=application.id, attempt=application.fee_attempt)
    event = ApplicationApproved(
        application_id=application.id, reference=application.reference, person=application.person
    )
    await record(session, event, now)
    await release(session, application.id, now)
    return application
