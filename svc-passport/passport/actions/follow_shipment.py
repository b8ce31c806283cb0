"""What delivery says of the envelope becomes the application's own way: packed, handed over, delivered, come back."""

from uuid import UUID

from chassis.database import Session
from passport.actions.activate import activate_by_system
from passport.actions.moving import move_by_system
from passport.domain.renewal import Action, Status
from passport.models import Application
from passport.queries import any_application, facts_of_case
from passport.wiring import Passport

_STEPS = frozenset({Action.PACK, Action.HAND_OVER, Action.DELIVER, Action.RETURN_TO_SOURCE})


async def follow_shipment(service: Passport, session: Session, application_id: UUID, action: Action) -> None:
    """One step on the way. A shipment of another service's document is none of ours. Raises MoveNotOpen."""
    assert action in _STEPS
    application = await any_application(session, application_id)
    if application is None:
        return
    move_by_system(service, session, application, action, facts_of_case(service, application))
    if action is Action.DELIVER:
        await activate_by_system(service, session, application)


async def note_old_booklet(service: Passport, session: Session, application_id: UUID, office: str) -> None:
    """The collected old booklet lies at this office now, to be matched there."""
    application = await any_application(session, application_id)
    if application is not None and _waits(application):
        application.old_office = office


def _waits(application: Application) -> bool:
    return Status(application.status) in {Status.WITH_CARRIER, Status.AWAITING_ACTIVATION}
