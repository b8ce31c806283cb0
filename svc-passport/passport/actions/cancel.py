"""Cancel: the applicant takes the application back before it is approved; a reserved fee goes back."""

import uuid
from dataclasses import replace

from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.freezes import frozen_until
from contracts.events_passport import ApplicationCancelled
from passport.actions.ending import give_back
from passport.actions.moving import acting_on, move_by_person
from passport.domain.renewal import Action
from passport.models import AccountFreeze, Application
from passport.queries import application_of, facts_of_case
from passport.wiring import Passport


async def cancel(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Rule passport.freeze.acts. Raises NotFound, MoveNotOpen or RequirementsMissing."""
    application = await application_of(session, service, principal, application_id, lock=True)
    now = service.clock.now()
    acting = await acting_on(service, session, principal, application)
    frozen = await frozen_until(session, AccountFreeze, principal, now)
    facts = replace(facts_of_case(service, application), frozen_until=frozen)
    move_by_person(service, session, principal, application, Action.CANCEL, acting, facts)
    await give_back(service, session, application)
    if application.submitted_at is not None:
        event = ApplicationCancelled(
            application_id=application.id,
            reference=application.reference,
            person=application.person,
            **acting.names(principal),
        )
        await record(session, event, now)
    return application
