"""Verify a submitted application against what the registry and the others say now; who waited for them goes on by itself."""

from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.requirements import examine
from chassis.timers import arm, disarm
from passport.actions.moving import move_by_system
from passport.actions.refuse import refuse_by_system
from passport.actions.return_case import return_by_system
from passport.domain.deadlines import checked_again_at
from passport.domain.facts import RenewalFacts
from passport.domain.reasons import SystemReason
from passport.domain.renewal import RENEWAL, Action, Status
from passport.domain.requirements import holder_is_alive
from passport.models import Application
from passport.queries import any_application, ask_what_is_missing, renewal_facts
from passport.wiring import Passport

CHECK_AGAIN = "check.again"

_NEEDS = next(each.needs for each in RENEWAL.moves if each.action is Action.VERIFY)


async def verify(service: Passport, session: Session, application: Application, facts: RenewalFacts) -> bool:
    """To the officer, back to the applicant, or refused; False while a body still owes its answer."""
    findings = examine(_NEEDS, facts)
    failing = {finding.requirement.name for finding in findings if finding.is_failed}
    if holder_is_alive.name in failing:
        await refuse_by_system(service, session, application, SystemReason.HOLDER_DECEASED)
    elif failing:
        await return_by_system(service, session, application, SystemReason.REQUIREMENTS)
    elif all(finding.is_met for finding in findings):
        move_by_system(service, session, application, Action.VERIFY, facts)
    else:
        return False
    return True


async def wait_for_bodies(service: Passport, session: Session, application: Application) -> None:
    """An answer that arrives before this transaction is seen by nobody: a timer looks once more."""
    again_at = checked_again_at(service.clock.now(), service.rules())
    await arm(session, CHECK_AGAIN, str(application.id), again_at)


async def check_again(service: Passport, session: Session, application_id: UUID) -> None:
    """The clock looks at a case that waits; what is missing is asked for again."""
    application = await any_application(session, application_id)
    if application is None or application.status != Status.SUBMITTED:
        return
    facts, kept = await renewal_facts(session, service, application)
    if not await verify(service, session, application, facts):
        await ask_what_is_missing(session, service, application.person, kept)
        await wait_for_bodies(service, session, application)


async def resume(service: Passport, session: Session, person: str) -> None:
    """A body has answered about this person: whatever waits for it goes on."""
    waiting = await session.scalars(
        sa.select(Application)
        .where(Application.person == person, Application.status == Status.SUBMITTED)
        .with_for_update()
    )
    for application in waiting:
        facts, _ = await renewal_facts(session, service, application)
        if await verify(service, session, application, facts):
            await disarm(session, CHECK_AGAIN, str(application.id))
