"""Submit: everything required is there or being checked. From here the old booklet is good for no travel."""

import uuid
from dataclasses import replace

from chassis.authority import Principal
from chassis.clock import civil_day
from chassis.database import Session
from chassis.events.outbox import record
from chassis.freezes import frozen_until
from contracts.events_passport import ApplicationSubmitted
from passport.actions.moving import acting_on, move_by_person
from passport.actions.verify import verify, wait_for_bodies
from passport.domain.deadlines import promised_on
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import Action
from passport.models import AccountFreeze, Application, Booklet
from passport.queries import application_of, ask_what_is_missing, renewal_facts
from passport.wiring import Passport


async def submit(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Rule passport.freeze.acts. Raises NotFound, MoveNotOpen, or RequirementsMissing with everything that fails."""
    application = await application_of(session, service, principal, application_id, lock=True)
    now = service.clock.now()
    acting = await acting_on(service, session, principal, application)
    facts, kept = await renewal_facts(session, service, application)
    facts = replace(facts, frozen_until=await frozen_until(session, AccountFreeze, principal, now))
    move_by_person(service, session, principal, application, Action.SUBMIT, acting, facts)
    application.submitted_at, application.reason, application.note = now, None, None
    application.promised_on = promised_on(civil_day(now), facts.rules)
    await _block_the_old_booklet(service, session, application, facts)
    event = ApplicationSubmitted(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        **acting.names(principal),
    )
    await record(session, event, now)
    if await ask_what_is_missing(session, service, application.person, kept):
        await wait_for_bodies(service, session, application)
    else:
        await verify(service, session, application, facts)
    return application


async def _block_the_old_booklet(
    service: Passport, session: Session, application: Application, facts: RenewalFacts
) -> None:
    """The registry's booklet becomes a row here, blocked while it is being renewed; one statement."""
    if application.old_number is None:
        return
    expires_on = facts.holder.old_expires_on if facts.holder else None
    await session.execute(Booklet.blocked(application.old_number, application.person, expires_on, service.clock.now()))
