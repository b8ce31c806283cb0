"""Order a refused print again, once what was wrong at the printing house is mended; with a reason."""

import uuid

from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.refusals import NotFound
from contracts.authority import Actor, StaffRole
from passport.actions.moving import as_staff, move_by_person
from passport.actions.order_print import order_print
from passport.domain.renewal import Action
from passport.models import Application
from passport.queries import any_application, facts_of_case
from passport.wiring import Passport

OPERATORS = (StaffRole.OPERATOR,)


async def reprint(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID, reason: str
) -> Application:
    """By an operator. Raises Forbidden, NotFound, MoveNotOpen or RequirementsMissing while the print is under way."""
    await require_role(session, principal, OPERATORS, service.clock.now())
    application = await any_application(session, application_id)
    if application is None:
        raise NotFound
    session.info["owner"] = application.person
    facts = facts_of_case(service, application)
    move_by_person(service, session, principal, application, Action.REPRINT, as_staff(Actor.OPERATOR), facts, reason)
    await order_print(service, session, application)
    return application
