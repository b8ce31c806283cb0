"""What an applicant prepares before paying: the row to amend, and who may amend it, and the act written down."""

import uuid

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from passport.actions.moving import acting_on
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


async def write_down(
    service: Passport, session: Session, principal: Principal, application: Application, verb: str
) -> None:
    """Every part that is given is an act: who, for whom, through which door; by a grant, of its one use for this case."""
    acting = await acting_on(service, session, principal, application)
    audit.act(
        session,
        service,
        principal,
        standing=acting.standing,
        person=application.person,
        action=f"application.{verb}",
        object_=application.reference,
        on_behalf_of=acting.on_behalf_of,
    )
