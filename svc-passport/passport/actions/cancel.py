"""Cancel: the applicant takes the application back before it is approved; a reserved fee goes back."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from contracts.events_passport import ApplicationCancelled
from passport.actions.ending import give_back
from passport.actions.moving import acting_on, move_by_person
from passport.domain.renewal import Action
from passport.models import Application
from passport.queries import application_of, facts_of_case
from passport.wiring import Passport


async def cancel(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Raises NotFound or MoveNotOpen."""
    application = await application_of(session, service, principal, application_id, lock=True)
    now = service.clock.now()
    acting = await acting_on(service, session, principal, application)
    facts = facts_of_case(service, application)
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
