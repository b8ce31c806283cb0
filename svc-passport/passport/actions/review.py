"""The applicant has looked at data, photo and English name and says they are right; what was shown is kept."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from passport.actions.choose_address import ASK_AGAIN_S, ask_apart
from passport.actions.prepare import amendable, write_down
from passport.models import Application
from passport.queries import REGISTRY, facts_about_holder, facts_of_case, kept_facts
from passport.refusals import NotReadyForReview, StillBeingChecked
from passport.wiring import Passport


async def review(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Confirm. Raises NotFound, NotAmendable, NotReadyForReview or StillBeingChecked."""
    application = await amendable(service, session, principal, application_id)
    kept = await kept_facts(session, service, application.person)
    facts = facts_of_case(service, application, facts_about_holder(service, kept))
    if facts.holder is None:
        await ask_apart(service, principal, application.person)
        raise StillBeingChecked(retry_after=ASK_AGAIN_S, details={"waiting_for": REGISTRY})
    if not (facts.has_photo and facts.has_english_name):
        raise NotReadyForReview
    application.reviewed = dict(facts.holder.reviewed_part())
    application.old_number = facts.holder.old_number
    application.reviewed_at = service.clock.now()
    await write_down(service, session, principal, application, "review")
    return application
