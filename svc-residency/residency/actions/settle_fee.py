"""What the payment body did with a fee: reserved or declined, consumed, released. Taken in with the intent's closing.

The same for visas and renewals; what differs is what a consumed fee brings about.
"""

import structlog

from chassis import ledger
from chassis.database import Session
from chassis.timers import arm
from partners.intents.fees import FeeOutcome, release_fee
from residency.actions.moving import move_by_system
from residency.actions.renewal.reserve import PAYMENT_AGAIN as RENEWAL_PAYMENT_AGAIN
from residency.actions.renewal.submit import confirm_renewal
from residency.actions.visa.issue import confirm_issue
from residency.actions.visa.reserve import PAYMENT_AGAIN as VISA_PAYMENT_AGAIN
from residency.domain import exit_reentry_visa, iqama_renewal
from residency.domain.deadlines import payment_asked_again_at, payment_expires_at
from residency.domain.facts import CaseFacts, FeeState
from residency.domain.reasons import SystemReason
from residency.gathering import bare_renewal_facts, bare_visa_facts
from residency.models import ExitReentryVisa
from residency.queries import PaidCase, any_paid_case
from residency.wiring import Residency

log = structlog.get_logger()
_VISA_WAIT = "residency.exit_reentry.payment_wait"
_RENEWAL_WAIT = "residency.iqama_renewal.payment_wait"
_AWAITING = "awaiting_payment"


async def settle_fee(service: Residency, session: Session, outcome: FeeOutcome) -> None:
    """Take an outcome in. Money of a try that is no longer the present one goes back."""
    case = await any_paid_case(session, outcome.case_id)
    if case is None:
        return
    if outcome.step == "reserve":
        await (_reserved if outcome.ok else _declined)(service, session, case, outcome)
    elif not outcome.ok:
        # Our books and the body's disagree: the case stays where it is and the refused intent is shown to operators.
        log.error("fee.not_settled", case_id=str(case.id), step=outcome.step, reason=outcome.reason)
        case.fee_reason = outcome.reason
    elif outcome.step == "consume":
        await _consumed(service, session, case, outcome)
    else:
        await ledger.release(session, case.reservation(outcome.attempt), service.clock.now())


async def _reserved(service: Residency, session: Session, case: PaidCase, outcome: FeeOutcome) -> None:
    await ledger.reserve(session, case.reservation(outcome.attempt), outcome.amount_minor, service.clock.now())
    if outcome.attempt != case.fee_attempt or case.status != _AWAITING:
        await release_fee(session, service, case_id=case.id, attempt=outcome.attempt)
        return
    case.fee_state = str(FeeState.RESERVED)
    move_by_system(service, session, case, _actions(case).CONFIRM_RESERVE, _facts(service, case))


async def _declined(service: Residency, session: Session, case: PaidCase, outcome: FeeOutcome) -> None:
    if outcome.attempt != case.fee_attempt or case.status != _AWAITING:
        return
    case.fee_state, case.fee_reason = str(FeeState.DECLINED), outcome.reason
    now, facts, actions = service.clock.now(), _facts(service, case), _actions(case)
    move_by_system(service, session, case, actions.DECLINE_RESERVE, facts, outcome.reason)
    is_visa = isinstance(case, ExitReentryVisa)
    wait = _VISA_WAIT if is_visa else _RENEWAL_WAIT
    if case.fee_asked_at is None or payment_expires_at(case.fee_asked_at, wait, facts.rules) <= now:
        case.reason = SystemReason.PAYMENT_WAIT_OVER
        move_by_system(service, session, case, actions.STOP_WAITING, facts, case.reason)
        return
    again = VISA_PAYMENT_AGAIN if is_visa else RENEWAL_PAYMENT_AGAIN
    await arm(session, again, str(case.id), payment_asked_again_at(now, case.fee_attempt, facts.rules))


async def _consumed(service: Residency, session: Session, case: PaidCase, outcome: FeeOutcome) -> None:
    await ledger.consume(session, case.reservation(outcome.attempt), service.clock.now())
    case.fee_state = str(FeeState.CONSUMED)
    if isinstance(case, ExitReentryVisa):
        await confirm_issue(service, session, case)
    else:
        await confirm_renewal(service, session, case)


def _facts(service: Residency, case: PaidCase) -> CaseFacts:
    if isinstance(case, ExitReentryVisa):
        return bare_visa_facts(service, case)
    return bare_renewal_facts(service, case)


def _actions(case: PaidCase) -> type[exit_reentry_visa.Action] | type[iqama_renewal.Action]:
    return exit_reentry_visa.Action if isinstance(case, ExitReentryVisa) else iqama_renewal.Action
