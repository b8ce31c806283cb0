"""Activate: an office matches the old booklet to the case; in one transaction the new one is active and the old cancelled."""

import hmac

from chassis import audit
from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.events.outbox import record
from chassis.requirements import State
from contracts.authority import Actor, StaffRole
from contracts.events_passport import ApplicationCompleted
from passport.actions.moving import as_staff, move_by_person, move_by_system
from passport.domain.booklet import BookletAction, BookletStatus
from passport.domain.facts import RenewalFacts
from passport.domain.renewal import Action, Status
from passport.domain.requirements import activation_is_not_required
from passport.models import Application
from passport.queries import application_by_reference, booklet_locked, facts_of_case
from passport.refusals import OldBookletDoesNotMatch
from passport.wiring import Passport

CLERKS = (StaffRole.CLERK,)


async def activate(
    service: Passport, session: Session, principal: Principal, *, reference: str, old_booklet_number: str
) -> Application:
    """By a clerk, with the old booklet in hand. Raises Forbidden, NotFound, MoveNotOpen or OldBookletDoesNotMatch."""
    await require_role(session, principal, CLERKS, service.clock.now())
    application = await application_by_reference(session, reference)
    facts = _presented(facts_of_case(service, application), old_booklet_number)
    if not _is_the_old_one(application, old_booklet_number):
        await _write_down_the_wrong_one(service, principal, application)
        raise OldBookletDoesNotMatch
    move_by_person(service, session, principal, application, Action.ACTIVATE, as_staff(Actor.CLERK), facts)
    await _complete(service, session, application)
    return application


async def activate_by_system(service: Passport, session: Session, application: Application) -> None:
    """Where the rule asks for no activation, delivery completes the case. Rule passport.activation.is_required."""
    facts = facts_of_case(service, application)
    if activation_is_not_required(facts).state is State.MET:
        move_by_system(service, session, application, Action.ACTIVATE, facts)
        await _complete(service, session, application)


async def _complete(service: Passport, session: Session, application: Application) -> None:
    now = service.clock.now()
    old = await booklet_locked(session, application.old_number)
    if old is not None and old.status == BookletStatus.RENEWAL_BLOCKED:
        old.change(BookletAction.CANCEL, now)
        # The old one goes first: the index lets a person have one active booklet at a time.
        await session.flush()
    new = await booklet_locked(session, application.booklet_number)
    assert new is not None
    new.change(BookletAction.ACTIVATE, now)
    event = ApplicationCompleted(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        passport_number=new.number,
        old_number=application.old_number,
    )
    await record(session, event, now)


def _presented(facts: RenewalFacts, number: str) -> RenewalFacts:
    return RenewalFacts(**{**vars(facts), "presented_number": number})


def _is_the_old_one(application: Application, number: str) -> bool:
    waits = Status(application.status) in {Status.AWAITING_ACTIVATION, Status.RETURNED_TO_SOURCE}
    # Elsewhere the lifecycle refuses, and says why.
    return not waits or hmac.compare_digest(number, application.old_number or "")


async def _write_down_the_wrong_one(service: Passport, principal: Principal, application: Application) -> None:
    """In a transaction of its own: the refusal takes the request's back, and the attempt must stay known."""
    async with service.database.transaction(principal.sight, now=service.clock.now()) as apart:
        audit.act(
            apart,
            service,
            principal,
            standing=Actor.CLERK,
            person=application.person,
            action="application.activate",
            object_=application.reference,
            reason=OldBookletDoesNotMatch.slug,
        )
