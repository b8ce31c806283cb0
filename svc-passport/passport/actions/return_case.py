"""Return: the applicant is asked to mend something, by an officer or because a check failed."""

import uuid

from chassis.authority import Principal, release
from chassis.database import Session
from chassis.events.outbox import record
from chassis.timers import arm
from contracts.authority import Actor
from contracts.events_passport import ApplicationReturned
from passport.actions.moving import as_staff, move_by_person, move_by_system
from passport.actions.reviewing import assigned
from passport.domain.deadlines import answer_expires_at
from passport.domain.reasons import ReturnReason, SystemReason
from passport.domain.renewal import Action
from passport.models import Application
from passport.queries import facts_of_case
from passport.wiring import Passport

ANSWER_EXPIRES = "answer.expires"


async def return_case(
    service: Passport,
    session: Session,
    principal: Principal,
    application_id: uuid.UUID,
    reason: ReturnReason,
    note: str | None,
) -> Application:
    """By the officer who has the case. Raises Forbidden, NotFound, CaseTaken, CaseNotAssigned or MoveNotOpen."""
    application = await assigned(service, session, principal, application_id)
    facts = facts_of_case(service, application)
    move_by_person(service, session, principal, application, Action.RETURN, as_staff(Actor.OFFICER), facts, reason)
    application.note = note
    await _tell(service, session, application, reason)
    await release(session, application.id, service.clock.now())
    return application


async def return_by_system(service: Passport, session: Session, application: Application, reason: SystemReason) -> None:
    """A check failed that the applicant can mend."""
    facts = facts_of_case(service, application)
    move_by_system(service, session, application, Action.RETURN, facts, reason)
    await _tell(service, session, application, reason)


async def _tell(
    service: Passport, session: Session, application: Application, reason: ReturnReason | SystemReason
) -> None:
    now = service.clock.now()
    application.reason = reason
    application.amended()
    await arm(session, ANSWER_EXPIRES, str(application.id), answer_expires_at(now, service.rules()))
    event = ApplicationReturned(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        reason=reason,
    )
    await record(session, event, now)
