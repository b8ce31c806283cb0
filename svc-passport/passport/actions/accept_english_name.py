"""The holder's English name as they accept it: it is printed so, and no machine spells it anew."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from passport.actions.prepare import amendable, write_down
from passport.models import Application
from passport.wiring import Passport


async def accept_english_name(
    service: Passport,
    session: Session,
    principal: Principal,
    application_id: uuid.UUID,
    *,
    given_names: str,
    family_name: str,
) -> Application:
    """Take the accepted name. Raises NotFound or NotAmendable."""
    application = await amendable(service, session, principal, application_id)
    application.given_names, application.family_name = given_names, family_name
    application.name_accepted_at = service.clock.now()
    application.amended()
    await write_down(service, session, principal, application, "accept_english_name")
    return application
