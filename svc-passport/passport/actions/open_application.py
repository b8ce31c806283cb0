"""Open a draft. Nobody opens one that must fail: what is known to be missing refuses here already."""

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.lifecycle import RequirementsMissing
from chassis.timers import arm
from passport.actions.check_eligibility import check_eligibility
from passport.actions.moving import use_grant
from passport.domain.ages import VALIDITY
from passport.domain.deadlines import draft_expires_at
from passport.domain.renewal import RENEWAL
from passport.models import Application
from passport.refusals import ApplicationOpen, ValidityNotOffered
from passport.wiring import Passport

DRAFT_EXPIRES = "draft.expires"
PREFIX = "JWZ"


async def open_application(
    service: Passport,
    session: Session,
    principal: Principal,
    *,
    person: str,
    validity_years: int,
    language: str,
) -> Application:
    """A new draft for oneself or a dependant. Raises RequirementsMissing, ValidityNotOffered or ApplicationOpen."""
    eligibility = await check_eligibility(service, session, principal, person)
    acting = eligibility.acting
    if str(validity_years) not in eligibility.facts.rules.table(VALIDITY):
        raise ValidityNotOffered
    if eligibility.facts.another_is_open:
        raise ApplicationOpen
    if failing := [finding for finding in eligibility.findings if finding.is_failed]:
        raise RequirementsMissing(failing)
    now = service.clock.now()
    application = Application(
        id=uuid7(),
        reference=new_reference(PREFIX),
        kind=RENEWAL.name,
        person=person,
        applicant=acting.for_whom(principal),
        language=language,
        validity_years=validity_years,
        status=RENEWAL.initial,
        version=0,
        fee_state="none",
        fee_attempt=0,
        print_attempt=0,
        opened_at=now,
        moved_at=now,
    )
    session.add(application)
    await _flush(session)
    session.info["owner"] = person
    await use_grant(service, session, principal, acting, application)
    await arm(session, DRAFT_EXPIRES, str(application.id), draft_expires_at(now, eligibility.facts.rules))
    audit.act(
        session,
        service,
        principal,
        standing=acting.standing,
        person=person,
        action="application.open",
        object_=application.reference,
        rules=dict(eligibility.facts.rules.used),
        on_behalf_of=acting.on_behalf_of,
    )
    return application


async def _flush(session: Session) -> None:
    try:
        await session.flush()
    except sa.exc.IntegrityError as error:
        # Two drafts opened at the same instant: the index lets one stand.
        raise ApplicationOpen from error
