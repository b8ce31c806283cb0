"""After the last day to leave: the ports are asked whether the holder left. If not, the visa lapses and earns a fine."""

from datetime import timedelta
from uuid import UUID

from chassis.clock import civil_day
from chassis.database import Session
from chassis.events.outbox import record
from chassis.timers import arm, disarm
from contracts.events_residency import ExitReentryVisaLapsed
from residency.actions.moving import move_by_system
from residency.domain.deadlines import ends_at, return_by
from residency.domain.exit_reentry_visa import Action, Status
from residency.domain.facts import Whereabouts
from residency.domain.fees import by_occasion
from residency.domain.reasons import SystemReason
from residency.domain.visa_requirements import NOT_CANCELLED_FINE
from residency.gathering import PORTS, ask_for, bare_visa_facts, kept_answers
from residency.models import ExitReentryVisa
from residency.queries import any_case, lapsed_before
from residency.wiring import Residency

LAPSES = "visa.lapses"


async def lapse_when_unused(service: Residency, session: Session, visa_id: UUID) -> None:
    """The last day to leave is over; look again a day later while the ports owe their answer."""
    visa = await any_case(session, ExitReentryVisa, visa_id)
    if visa is not None and not await close_when_over(service, session, visa):
        await arm(session, LAPSES, str(visa.id), service.clock.now() + timedelta(days=1))


async def close_when_over(service: Residency, session: Session, visa: ExitReentryVisa) -> bool:
    """Used or lapsed, by what the ports say; False while they have not answered since the last day was over."""
    if visa.status != Status.ISSUED or visa.leave_by is None or visa.issued_at is None:
        return True
    if service.clock.now() < ends_at(visa.leave_by):
        return True
    wanted = {visa.person: (PORTS,)}
    kept = await kept_answers(session, service, wanted)
    seen, answered_at = Whereabouts.told(kept.of(visa.person, PORTS)), kept.answered_at(visa.person, PORTS)
    # An answer from before the last day was over does not say who left on it.
    if seen is None or answered_at is None or answered_at < ends_at(visa.leave_by):
        await ask_for(session, service, kept.missing if seen is None else wanted)
        return False
    await disarm(session, LAPSES, str(visa.id))
    if seen.left_at is not None and seen.left_at >= visa.issued_at:
        _used(service, session, visa, seen)
    else:
        await _lapse(service, session, visa)
    return True


def _used(service: Residency, session: Session, visa: ExitReentryVisa, seen: Whereabouts) -> None:
    assert seen.left_at is not None
    visa.travelled_on = civil_day(seen.left_at)
    if visa.stay_days is not None:
        visa.return_by = return_by(visa.travelled_on, visa.stay_days)
    facts = bare_visa_facts(service, visa)
    move_by_system(service, session, visa, Action.USE, facts, SystemReason.HOLDER_LEFT)


async def _lapse(service: Residency, session: Session, visa: ExitReentryVisa) -> None:
    now, facts = service.clock.now(), bare_visa_facts(service, visa)
    earlier = await lapsed_before(session, visa.applicant)
    visa.fine_minor = by_occasion(earlier, facts.rules.table(NOT_CANCELLED_FINE))
    visa.reason = SystemReason.NOBODY_LEFT
    move_by_system(service, session, visa, Action.LAPSE, facts, visa.reason)
    assert visa.visa_number is not None, "an issued visa has a number"
    event = ExitReentryVisaLapsed(
        visa_id=visa.id, reference=visa.reference, person=visa.person, visa_number=visa.visa_number
    )
    await record(session, event, now)
