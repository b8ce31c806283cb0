"""What an applicant prepares before paying: the row to amend, and who may amend it."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from passport.domain.renewal import AMENDABLE, Status
from passport.models import Application
from passport.queries import application_of
from passport.refusals import NotAmendable
from passport.wiring import Passport


async def amendable(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID
) -> Application:
    """The application, locked, while its parts may still change. Raises NotFound or NotAmendable."""
    application = await application_of(session, service, principal, application_id, lock=True)
    if Status(application.status) not in AMENDABLE:
        raise NotAmendable(details={"status": application.status})
    return application
