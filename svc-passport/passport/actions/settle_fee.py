"""What the payment body did with a fee: reserved or declined, consumed, released. Taken in with the intent's closing."""

import structlog

from chassis import ledger
from chassis.database import Session
from chassis.timers import arm
from partners.intents.fees import FeeOutcome, release_fee
from passport.actions.moving import move_by_system
from passport.actions.open_application import DRAFT_EXPIRES
from passport.actions.order_print import order_print
from passport.actions.reserve import PAYMENT_AGAIN
from passport.actions.return_case import return_by_system
from passport.domain.deadlines import draft_expires_at, payment_asked_again_at, payment_expires_at
from passport.domain.facts import FeeState
from passport.domain.reasons import SystemReason
from passport.domain.renewal import Action, Status
from passport.models import Application
from passport.queries import any_application, facts_of_case
from passport.wiring import Passport

log = structlog.get_logger()


async def settle_fee(service: Passport, session: Session, outcome: FeeOutcome) -> None:
    """Take an outcome in. One of a try that is no longer the present one changes nothing."""
    application = await any_application(session, outcome.case_id)
    if application is None or outcome.attempt != application.fee_attempt:
        return
    if outcome.step == "reserve":
        await (_reserved if outcome.ok else _declined)(service, session, application, outcome)
    elif outcome.step == "consume":
        await (_consumed if outcome.ok else _not_consumed)(service, session, application)
    elif outcome.ok:
        application.fee_state = FeeState.RELEASED
        await ledger.release(session, application.reservation, service.clock.now())
    else:
        # Nobody but the two books can mend this: it stays visible on the case, reserved in ours.
        application.fee_reason = outcome.reason
        log.error("application.release_refused", application_id=str(application.id), reason=outcome.reason)


async def _reserved(service: Passport, session: Session, application: Application, outcome: FeeOutcome) -> None:
    application.fee_state = FeeState.RESERVED
    await ledger.reserve(session, application.reservation, outcome.amount_minor, service.clock.now())
    if application.status == Status.AWAITING_PAYMENT:
        facts = facts_of_case(service, application)
        move_by_system(service, session, application, Action.CONFIRM_RESERVE, facts)
    else:
        # The applicant cancelled while the payment was on its way: it goes back.
        await release_fee(session, service, case_id=application.id, attempt=application.fee_attempt)


async def _declined(service: Passport, session: Session, application: Application, outcome: FeeOutcome) -> None:
    application.fee_state, application.fee_reason = FeeState.DECLINED, outcome.reason
    if application.status != Status.AWAITING_PAYMENT:
        return
    facts, now = facts_of_case(service, application), service.clock.now()
    move_by_system(service, session, application, Action.DECLINE_RESERVE, facts, outcome.reason)
    if application.fee_asked_at is None or payment_expires_at(application.fee_asked_at, facts.rules) <= now:
        application.reason = SystemReason.PAYMENT_WAIT_OVER
        move_by_system(
            service, session, application, Action.STOP_WAITING, facts_of_case(service, application), application.reason
        )
        await arm(session, DRAFT_EXPIRES, str(application.id), draft_expires_at(now, facts.rules))
        return
    again_at = payment_asked_again_at(now, application.fee_attempt, facts.rules)
    await arm(session, PAYMENT_AGAIN, str(application.id), again_at)


async def _consumed(service: Passport, session: Session, application: Application) -> None:
    application.fee_state = FeeState.CONSUMED
    await ledger.consume(session, application.reservation, service.clock.now())
    move_by_system(service, session, application, Action.PRINT, facts_of_case(service, application))
    await order_print(service, session, application)


async def _not_consumed(service: Passport, session: Session, application: Application) -> None:
    """The reservation was gone: the applicant is asked to pay anew."""
    application.fee_state = FeeState.NONE
    await return_by_system(service, session, application, SystemReason.FEE_NOT_TAKEN)
