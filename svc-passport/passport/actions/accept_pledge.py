"""Accept one pledge: its text is kept as it was shown, with version, language and time."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from chassis.authority import Principal
from chassis.catalogue import Language
from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.refusals import NotFound
from passport.actions.prepare import amendable, write_down
from passport.domain.pledges import pledges_in_force
from passport.models import Application, PledgeAcceptance
from passport.refusals import PledgeChanged
from passport.wiring import Passport


async def accept_pledge(
    service: Passport,
    session: Session,
    principal: Principal,
    application_id: uuid.UUID,
    name: str,
    *,
    version: int,
    language: Language,
) -> Application:
    """Accepting again changes nothing. Raises NotFound, NotAmendable, or PledgeChanged for an older version."""
    application = await amendable(service, session, principal, application_id)
    pledge = next((each for each in pledges_in_force(service.rules()) if each.name == name), None)
    if pledge is None:
        raise NotFound
    if pledge.version != version:
        raise PledgeChanged(details={"version": pledge.version})
    await session.execute(
        insert(PledgeAcceptance)
        .values(
            id=uuid7(),
            application_id=application.id,
            person=application.person,
            pledge=pledge.name,
            version=pledge.version,
            language=language,
            text=service.texts.say(pledge.text_key, language),
            accepted_by=principal.subject,
            accepted_at=service.clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["application_id", "pledge", "version"])
    )
    await write_down(service, session, principal, application, "accept_pledge")
    return application
