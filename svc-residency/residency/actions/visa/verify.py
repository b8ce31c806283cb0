"""Verify a visa against what the bodies say now, then have its fee taken; who waited for them goes on by itself."""

from uuid import UUID

from chassis.database import Session
from chassis.requirements import examine
from chassis.timers import arm, disarm
from partners.intents.fees import consume_fee
from residency.actions.moving import move_by_system
from residency.domain.deadlines import checked_again_at
from residency.domain.exit_reentry_visa import Action, Status
from residency.domain.reasons import SystemReason
from residency.domain.visa_requirements import ENTITLED, VisaFacts
from residency.gathering import ask_for, visa_facts
from residency.models import ExitReentryVisa
from residency.queries import any_case
from residency.wiring import Residency

CHECK_AGAIN = "visa.check_again"


async def verify(service: Residency, session: Session, visa: ExitReentryVisa, facts: VisaFacts) -> bool:
    """On to taking the fee, or back to the applicant with the fee kept; False while a body still owes its answer."""
    findings = examine(ENTITLED, facts)
    if any(finding.is_failed for finding in findings):
        visa.reason = SystemReason.REQUIREMENTS
        move_by_system(service, session, visa, Action.RETURN, facts, visa.reason)
        return True
    if not all(finding.is_met for finding in findings):
        return False
    move_by_system(service, session, visa, Action.VERIFY, facts)
    await consume_fee(session, service, case_id=visa.id, attempt=visa.fee_attempt)
    return True


async def wait_for_bodies(service: Residency, session: Session, visa: ExitReentryVisa) -> None:
    """An answer that arrives before this transaction is seen by nobody: a timer looks once more."""
    await arm(session, CHECK_AGAIN, str(visa.id), checked_again_at(service.clock.now(), service.rules()))


async def check_again(service: Residency, session: Session, visa_id: UUID) -> None:
    """The clock looks at a visa that waits; what nobody answered is asked for again."""
    visa = await any_case(session, ExitReentryVisa, visa_id)
    if visa is not None and visa.status == Status.VERIFYING and not await go_on(service, session, visa):
        await wait_for_bodies(service, session, visa)


async def go_on(service: Residency, session: Session, visa: ExitReentryVisa) -> bool:
    """Verify with what is known now. False while it still waits."""
    facts, kept = await visa_facts(session, service, visa.person, visa.applicant, visa.stay, visa)
    if await verify(service, session, visa, facts):
        await disarm(session, CHECK_AGAIN, str(visa.id))
        return True
    await ask_for(session, service, kept.missing)
    return False
