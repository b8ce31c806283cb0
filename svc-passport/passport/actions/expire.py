"""Give up what nobody went on with: a draft, or a returned application without an answer."""

from uuid import UUID

from chassis.database import Session
from chassis.events.outbox import record
from contracts.events_passport import ApplicationCancelled
from passport.actions.ending import give_back
from passport.actions.moving import move_by_system
from passport.domain.reasons import SystemReason
from passport.domain.renewal import Action, Status
from passport.queries import any_application, facts_of_case
from passport.wiring import Passport


async def expire(
    service: Passport, session: Session, application_id: UUID, statuses: set[Status], reason: SystemReason
) -> None:
    """Nothing happens when the case has moved on meanwhile."""
    application = await any_application(session, application_id)
    if application is None or Status(application.status) not in statuses:
        return
    application.reason = reason
    move_by_system(service, session, application, Action.EXPIRE, facts_of_case(service, application), reason)
    await give_back(service, session, application)
    if application.submitted_at is not None:
        event = ApplicationCancelled(
            application_id=application.id,
            reference=application.reference,
            person=application.person,
            by="deadline",
        )
        await record(session, event, service.clock.now())
