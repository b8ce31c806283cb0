"""Issue a visa: everything required is there or being checked; what is being checked is waited for."""

import secrets
import uuid
from dataclasses import replace

import sqlalchemy as sa

from chassis.authority import Principal
from chassis.clock import civil_day
from chassis.database import Session
from chassis.events.outbox import record
from chassis.freezes import frozen_until
from chassis.lifecycle import RequirementsMissing
from chassis.timers import arm
from contracts.events_residency import ExitReentryVisaIssued
from residency.actions.moving import acting_on, move_by_person, move_by_system
from residency.actions.paying import stop_timers
from residency.actions.visa.lapse import LAPSES
from residency.actions.visa.request import EXPIRES
from residency.actions.visa.verify import verify, wait_for_bodies
from residency.domain.deadlines import cancel_by, ends_at
from residency.domain.exit_reentry_visa import Action
from residency.domain.visa_requirements import CANCEL_WITHIN
from residency.gathering import ask_apart, ask_for, bare_visa_facts, visa_facts
from residency.models import AccountFreeze, ExitReentryVisa
from residency.queries import acted_for, alone_with, visa_number_is_free, visa_of
from residency.refusals import AnotherVisaInForce
from residency.wiring import Residency

_DIGITS = "0123456789"
_LENGTH = 10


async def issue(service: Residency, session: Session, principal: Principal, visa_id: uuid.UUID) -> ExitReentryVisa:
    """Rule residency.freeze.acts. Raises NotFound, NotYourMove, MoveNotOpen, or RequirementsMissing with all that fails."""
    now = service.clock.now()
    visa = await visa_of(session, principal, visa_id, now, lock=True)
    await alone_with(session, visa.person)
    acting = await acting_on(service, session, principal, visa)
    facts, kept = await visa_facts(session, service, visa.person, visa.applicant, visa.stay, visa)
    facts = replace(facts, frozen_until=await frozen_until(session, AccountFreeze, principal, now))
    try:
        move_by_person(service, session, principal, visa, Action.ISSUE, acting, facts)
    except RequirementsMissing:
        await ask_apart(service, principal, kept.missing)
        raise
    visa.reason = None
    try:
        await session.flush()
    except sa.exc.IntegrityError as error:
        raise AnotherVisaInForce from error
    await ask_for(session, service, kept.missing)
    if not await verify(service, session, visa, facts):
        await wait_for_bodies(service, session, visa)
    return visa


async def confirm_issue(service: Residency, session: Session, visa: ExitReentryVisa) -> None:
    """The fee is taken: the visa gets its number and its days, and both sides are told."""
    now, rules = service.clock.now(), service.rules()
    today = civil_day(now)
    days = visa.stay.visa_days(today, rules)
    visa.visa_number = await _new_number(session)
    visa.issued_at, visa.issued_on, visa.leave_by = now, today, days.leave_by
    visa.cancel_by = cancel_by(today, rules.number(CANCEL_WITHIN), days)
    move_by_system(service, session, visa, Action.CONFIRM_ISSUE, bare_visa_facts(service, visa))
    await stop_timers(session, visa.id, EXPIRES)
    await arm(session, LAPSES, str(visa.id), ends_at(days.leave_by))
    event = ExitReentryVisaIssued(
        visa_id=visa.id,
        reference=visa.reference,
        person=visa.person,
        visa_number=visa.visa_number,
        trips=visa.trips,
        leave_by=days.leave_by,
        stay_days=(visa.stay.ends_on(today) - today).days,
        **await acted_for(session, visa),
    )
    await record(session, event, now)


async def _new_number(session: Session) -> str:
    """Random and never given before; the column's unique key is the second wall."""
    while True:
        number = secrets.choice(_DIGITS[1:]) + "".join(secrets.choice(_DIGITS) for _ in range(_LENGTH - 1))
        if await visa_number_is_free(session, number):
            return number
