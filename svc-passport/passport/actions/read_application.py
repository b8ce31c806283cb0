"""Open one application: what it says, what its reader can do with it now, and what stands in the way."""

import uuid
from dataclasses import dataclass

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import OpenAction
from chassis.models import CaseMoveRow
from contracts.authority import Actor
from passport.actions.reviewing import assigned
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import AMENDABLE, RENEWAL, Action, Status
from passport.models import Application, PledgeAcceptance
from passport.queries import (
    actors_of,
    application_of,
    ask_what_is_missing,
    moves_of,
    pledges_accepted,
    renewal_facts,
)
from passport.wiring import Passport


@dataclass(frozen=True)
class Reading:
    """An application as one reader sees it."""

    application: Application
    facts: RenewalFacts
    open_actions: list[OpenAction[Action]]
    moves: list[CaseMoveRow]
    pledges: list[PledgeAcceptance]


async def read_application(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID
) -> Reading:
    """By its holder, the head of their household, or the officer who has it. Raises NotFound and what `assigned` does."""
    if principal.is_staff:
        application = await assigned(service, session, principal, application_id, lock=False)
        by = {str(Actor.OFFICER)}
        standing = str(Actor.OFFICER)
    else:
        application = await application_of(session, service, principal, application_id)
        by = await actors_of(session, principal, application.person, service.clock.now())
        standing = min(by)
    audit.look(
        session,
        service,
        principal,
        standing=standing,
        person=application.person,
        object_=application.reference,
        purpose="assigned-case" if principal.is_staff else "household",
    )
    return await reading_of(service, session, application, by)


async def reading_of(service: Passport, session: Session, application: Application, by: set[str]) -> Reading:
    """Everything there is to say about an application that its reader may see."""
    facts, kept = await renewal_facts(session, service, application)
    if Status(application.status) in AMENDABLE:
        await ask_what_is_missing(session, service, application.person, kept)
    return Reading(
        application,
        facts,
        RENEWAL.open_actions(Status(application.status), by, facts),
        await moves_of(session, application.id),
        await pledges_accepted(session, application.id),
    )
