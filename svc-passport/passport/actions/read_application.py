"""Open one application: what it says, what its reader can do with it now, and what stands in the way."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.freezes import frozen_until
from chassis.lifecycle import OpenAction
from chassis.models import CaseMoveRow
from contracts.authority import Actor
from passport.actions.moving import as_staff
from passport.actions.reviewing import opened
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import AMENDABLE, RENEWAL, Action, Status
from passport.models import AccountFreeze, Application, PledgeAcceptance
from passport.queries import (
    acting_of,
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
    is_taken: bool = False


async def read_application(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID
) -> Reading:
    """By its holder, the head of their household, or the officer who has it or stated why. Raises NotFound and what `assigned` does."""
    if principal.is_staff:
        application, is_taken = await opened(service, session, principal, application_id)
        acting, purpose = as_staff(Actor.OFFICER), "assigned-case" if is_taken else "stated-reason"
    else:
        application = await application_of(session, service, principal, application_id)
        acting = await acting_of(session, principal, application.person, application.kind, service.clock.now())
        is_taken, purpose = False, acting.standing
    audit.look(
        session,
        service,
        principal,
        standing=acting.standing,
        person=application.person,
        object_=application.reference,
        purpose=purpose,
        on_behalf_of=acting.on_behalf_of,
    )
    by = set() if principal.is_staff and not is_taken else set(acting.by)
    frozen = await frozen_until(session, AccountFreeze, principal, service.clock.now())
    return replace(await reading_of(service, session, application, by, frozen), is_taken=is_taken)


async def reading_of(
    service: Passport, session: Session, application: Application, by: set[str], frozen: datetime | None
) -> Reading:
    """Everything there is to say about an application that its reader, perhaps `frozen` until then, may see."""
    facts, kept = await renewal_facts(session, service, application)
    facts = replace(facts, frozen_until=frozen)
    if Status(application.status) in AMENDABLE:
        await ask_what_is_missing(session, service, application.person, kept)
    return Reading(
        application,
        facts,
        RENEWAL.open_actions(Status(application.status), by, facts),
        await moves_of(session, application.id),
        await pledges_accepted(session, application.id),
    )
