"""Submit a renewal: refused with everything that is missing, else decided by what the bodies say, and renewed."""

import uuid

from chassis.ages import calendar_of
from chassis.authority import Principal
from chassis.calendar import add_months
from chassis.database import Session
from chassis.events.outbox import record
from chassis.lifecycle import RequirementsMissing
from contracts.events_residency import IqamaRenewed
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import stop_timers
from residency.actions.renewal.decide import decide, wait_for_bodies
from residency.actions.renewal.open_renewal import EXPIRES
from residency.domain.charges import LATE_FINE
from residency.domain.iqama_renewal import Action
from residency.domain.renewal_requirements import DURATIONS
from residency.gathering import ask_apart, ask_for, bare_renewal_facts, renewal_facts
from residency.models import IqamaRenewal
from residency.queries import acted_for, renewal_of, residence_of
from residency.wiring import Residency


async def submit(service: Residency, session: Session, principal: Principal, renewal_id: uuid.UUID) -> IqamaRenewal:
    """Raises NotFound, NotYourMove, MoveNotOpen, or RequirementsMissing naming everything in the way."""
    now = service.clock.now()
    renewal = await renewal_of(session, principal, renewal_id, now, lock=True)
    acting = await acting_on(service, session, principal, renewal)
    facts, kept = await renewal_facts(session, service, renewal.person, renewal.period_months, renewal)
    try:
        move_by_person(service, session, principal, renewal, Action.SUBMIT, acting, facts)
    except RequirementsMissing:
        await ask_apart(service, principal, kept.missing)
        raise
    await ask_for(session, service, kept.missing)
    if not await decide(service, session, renewal, facts):
        await wait_for_bodies(service, session, renewal)
    return renewal


async def confirm_renewal(service: Residency, session: Session, renewal: IqamaRenewal) -> None:
    """The fee is taken: the residence runs on from the day it would have ended, and all sides are told."""
    now, rules = service.clock.now(), service.rules()
    residence = await residence_of(session, renewal.person, lock=True)
    assert residence is not None, "the registry told of it before anything was decided"
    renewal.renewed_from = residence.valid_until
    renewal.valid_until = add_months(residence.valid_until, renewal.period_months, calendar_of(rules, DURATIONS))
    renewal.late_fine_minor = sum(item["amount_minor"] for item in renewal.fee_items if item["rule"] == LATE_FINE)
    residence.valid_until, residence.renewal_id = renewal.valid_until, renewal.id
    move_by_system(service, session, renewal, Action.CONFIRM_RENEWAL, bare_renewal_facts(service, renewal))
    await stop_timers(session, renewal.id, EXPIRES)
    event = IqamaRenewed(
        renewal_id=renewal.id,
        reference=renewal.reference,
        person=renewal.person,
        valid_until=renewal.valid_until,
        **await acted_for(session, renewal),
    )
    await record(session, event, now)
