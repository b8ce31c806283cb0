"""Decide a renewal when every answer is there: blocked with everything named, ready to be paid, or on to being renewed."""

from uuid import UUID

from chassis.database import Session
from chassis.events.outbox import record
from chassis.requirements import examine
from chassis.timers import arm, disarm
from contracts.events_residency import IqamaRenewalBlocked
from partners.intents.fees import consume_fee
from residency.actions.eligibility import price_of
from residency.actions.moving import move_by_system
from residency.actions.paying import give_back, set_price
from residency.domain.deadlines import checked_again_at
from residency.domain.iqama_renewal import BEING_DECIDED, Action, Status
from residency.domain.reasons import SystemReason
from residency.domain.renewal_requirements import ENTITLED, RenewalFacts
from residency.gathering import ask_for, renewal_facts
from residency.models import IqamaRenewal
from residency.queries import any_case
from residency.wiring import Residency

CHECK_AGAIN = "renewal.check_again"


async def decide(service: Residency, session: Session, renewal: IqamaRenewal, facts: RenewalFacts) -> bool:
    """Move it where the answers say; False while a body still owes one."""
    findings = examine(ENTITLED, facts)
    if not all(finding.is_met or finding.is_failed for finding in findings):
        return False
    renewal.decided_at = service.clock.now()
    missing = [finding.requirement.name for finding in findings if finding.is_failed]
    if missing:
        await _block(service, session, renewal, facts, missing)
    else:
        await _let_go_on(service, session, renewal, facts)
    return True


async def wait_for_bodies(service: Residency, session: Session, renewal: IqamaRenewal) -> None:
    """An answer that arrives before this transaction is seen by nobody: a timer looks once more."""
    await arm(session, CHECK_AGAIN, str(renewal.id), checked_again_at(service.clock.now(), service.rules()))


async def check_again(service: Residency, session: Session, renewal_id: UUID) -> None:
    """The clock looks at a renewal that waits; what nobody answered is asked for again."""
    renewal = await any_case(session, IqamaRenewal, renewal_id)
    if renewal is None or Status(renewal.status) not in BEING_DECIDED:
        return
    if not await go_on(service, session, renewal):
        await wait_for_bodies(service, session, renewal)


async def go_on(service: Residency, session: Session, renewal: IqamaRenewal) -> bool:
    """Decide with what is known now. False while it still waits."""
    facts, kept = await renewal_facts(session, service, renewal.person, renewal.period_months, renewal)
    if await decide(service, session, renewal, facts):
        await disarm(session, CHECK_AGAIN, str(renewal.id))
        return True
    await ask_for(session, service, kept.missing)
    return False


async def _block(
    service: Residency, session: Session, renewal: IqamaRenewal, facts: RenewalFacts, missing: list[str]
) -> None:
    """Name everything in the way, once for each time it changes; a reserved fee goes back meanwhile."""
    if renewal.status == Status.BLOCKED and renewal.missing == missing:
        return
    renewal.missing, renewal.reason = missing, str(SystemReason.REQUIREMENTS)
    move_by_system(service, session, renewal, Action.BLOCK, facts, renewal.reason)
    await give_back(service, session, renewal)
    event = IqamaRenewalBlocked(
        renewal_id=renewal.id,
        reference=renewal.reference,
        person=renewal.person,
        applicant=renewal.applicant,
        missing=missing,
    )
    await record(session, event, service.clock.now())


async def _let_go_on(service: Residency, session: Session, renewal: IqamaRenewal, facts: RenewalFacts) -> None:
    renewal.missing, renewal.reason = [], None
    if renewal.status == Status.SUBMITTED:
        move_by_system(service, session, renewal, Action.VERIFY, facts)
        await consume_fee(session, service, case_id=renewal.id, attempt=renewal.fee_attempt)
    elif renewal.status in (Status.DRAFT, Status.BLOCKED):
        move_by_system(service, session, renewal, Action.CLEAR, facts)
        charge = price_of(facts)
        assert charge is not None, "an iqama that may be renewed has a price"
        set_price(renewal, charge)
