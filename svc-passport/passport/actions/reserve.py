"""Reserve the fee from the prepaid balance: asked of the payment body after the commit, and again until it is there."""

import uuid
from datetime import date

from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from chassis.timers import disarm
from partners.intents.fees import reserve_fee
from passport.actions.choose_address import ASK_AGAIN_S, ask_apart
from passport.actions.moving import acting_on, move_by_person, move_by_system
from passport.domain.facts import FeeState, RenewalFacts
from passport.domain.fees import renewal_fee
from passport.domain.renewal import Action, Status
from passport.models import Application
from passport.queries import (
    any_application,
    application_of,
    facts_of_case,
    renewal_facts,
)
from passport.wiring import Passport

PAYMENT_AGAIN = "payment.again"


async def reserve(service: Passport, session: Session, principal: Principal, application_id: uuid.UUID) -> Application:
    """Ask for the fee; a declined one is asked again at once. Raises NotFound or RequirementsMissing."""
    application = await application_of(session, service, principal, application_id, lock=True)
    acting = await acting_on(service, session, principal, application)
    facts, _ = await renewal_facts(session, service, application)
    try:
        move_by_person(service, session, principal, application, Action.RESERVE, acting, facts)
    except RequirementsMissing as missing:
        if not all(finding.is_failed for finding in missing.findings):
            await ask_apart(service, principal, application.person)
            missing.retry_after = ASK_AGAIN_S
        raise
    application.fee_asked_at = service.clock.now()
    await disarm(session, PAYMENT_AGAIN, str(application.id))
    await _ask(service, session, application, facts, acting.for_whom(principal))
    return application


async def reserve_again(service: Passport, session: Session, application_id: uuid.UUID) -> None:
    """The clock tries a declined payment once more. Nothing happens when the case has moved on."""
    application = await any_application(session, application_id)
    if application is None or application.status != Status.AWAITING_PAYMENT:
        return
    if application.fee_state != FeeState.DECLINED:
        return
    facts = facts_of_case(service, application)
    move_by_system(service, session, application, Action.RESERVE, facts)
    assert application.payer is not None
    await _ask(service, session, application, facts, application.payer)


async def _ask(service: Passport, session: Session, application: Application, facts: RenewalFacts, payer: str) -> None:
    fee = renewal_fee(application.validity_years, facts.rules)
    application.new_try_to_pay(payer, fee.amount_minor, date.fromisoformat(fee.rule_from))
    await reserve_fee(
        session,
        service,
        case_id=application.id,
        payer=payer,
        service_code=fee.service_code,
        amount_minor=fee.amount_minor,
        attempt=application.fee_attempt,
    )
