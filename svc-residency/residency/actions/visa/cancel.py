"""Cancel an issued visa in its window, with the holder inside the Kingdom. The fee is not given back."""

import uuid
from dataclasses import replace

from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record
from chassis.freezes import frozen_until
from chassis.lifecycle import RequirementsMissing
from contracts.events_residency import ExitReentryVisaCancelled
from residency.actions.moving import acting_on, move_by_person
from residency.actions.paying import stop_timers
from residency.actions.visa.lapse import LAPSES
from residency.domain.exit_reentry_visa import Action
from residency.gathering import ask_apart, visa_facts
from residency.models import AccountFreeze, ExitReentryVisa
from residency.queries import visa_of
from residency.wiring import Residency


async def cancel(service: Residency, session: Session, principal: Principal, visa_id: uuid.UUID) -> ExitReentryVisa:
    """Rules residency.exit_reentry.cancel_within and residency.freeze.acts. Raises NotFound, NotYourMove, MoveNotOpen or RequirementsMissing."""
    now = service.clock.now()
    visa = await visa_of(session, principal, visa_id, now, lock=True)
    acting = await acting_on(service, session, principal, visa)
    facts, kept = await visa_facts(session, service, visa.person, acting.for_whom(principal), visa.stay, visa)
    facts = replace(facts, frozen_until=await frozen_until(session, AccountFreeze, principal, now))
    try:
        move_by_person(service, session, principal, visa, Action.CANCEL, acting, facts)
    except RequirementsMissing:
        await ask_apart(service, principal, kept.missing)
        raise
    await stop_timers(session, visa.id, LAPSES)
    assert visa.visa_number is not None, "an issued visa has a number"
    event = ExitReentryVisaCancelled(
        visa_id=visa.id,
        reference=visa.reference,
        person=visa.person,
        visa_number=visa.visa_number,
        **acting.names(principal),
    )
    await record(session, event, now)
    return visa
