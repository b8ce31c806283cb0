"""Refuse, with a reason: by an officer, or by itself for a holder who has died. A reserved fee goes back."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events_passport import ApplicationRefused
from passport.actions.ending import give_back
from passport.actions.moving import as_staff, move_by_person, move_by_system
from passport.actions.reviewing import assigned
from passport.domain.reasons import RefusalReason, SystemReason
from passport.domain.renewal import Action
from passport.models import Application
from passport.queries import facts_of_case
from passport.wiring import Passport


async def refuse(
    service: Passport,
    session: Session,
    principal: Principal,
    application_id: uuid.UUID,
    reason: RefusalReason,
    note: str | None,
) -> Application:
    """By the officer who has the case. Raises Forbidden, NotFound, CaseTaken, CaseNotAssigned or MoveNotOpen."""
    application = await assigned(service, session, principal, application_id)
    facts = facts_of_case(service, application)
    move_by_person(service, session, principal, application, Action.REFUSE, as_staff(Actor.OFFICER), facts, reason)
    application.note = note
    await _end(service, session, application, reason)
    return application


async def refuse_by_system(service: Passport, session: Session, application: Application, reason: SystemReason) -> None:
    """A check failed that nobody can mend."""
    facts = facts_of_case(service, application)
    move_by_system(service, session, application, Action.REFUSE, facts, reason)
    await _end(service, session, application, reason)


async def _end(
    service: Passport, session: Session, application: Application, reason: RefusalReason | SystemReason
) -> None:
    application.reason = reason
    await give_back(service, session, application)
    event = ApplicationRefused(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        reason=reason,
    )
    await record(session, event, service.clock.now())
