"""Lost in the post: the booklet is good for nothing, and a new one is made at the carrier's cost, never the holder's (d5)."""

from uuid import UUID

from chassis import ledger
from chassis.database import Session
from chassis.events.outbox import record
from contracts.events_passport import ApplicationReissued
from passport.actions.moving import move_by_system
from passport.actions.order_print import order_print
from passport.domain.booklet import BookletAction
from passport.domain.fees import carrier_bears
from passport.domain.reasons import SystemReason
from passport.domain.renewal import Action
from passport.queries import any_application, booklet_locked, facts_of_case
from passport.refusals import LossOfAnother
from passport.wiring import Passport

CARRIER = "carrier"


async def reissue(service: Passport, session: Session, application_id: UUID, lost_number: str) -> None:
    """Take a confirmed loss in. Raises MoveNotOpen when nothing is on its way, LossOfAnother for another booklet."""
    application = await any_application(session, application_id)
    if application is None:
        return
    now, facts = service.clock.now(), facts_of_case(service, application)
    move_by_system(service, session, application, Action.LOSE, facts, SystemReason.LOST_IN_POST)
    if lost_number != application.booklet_number:
        raise LossOfAnother
    booklet = await booklet_locked(session, lost_number)
    assert booklet is not None
    booklet.change(BookletAction.LOSE, now)
    assert application.fee_minor is not None
    await ledger.charge(session, application.loss, CARRIER, carrier_bears(application.fee_minor, facts.rules), now)
    move_by_system(service, session, application, Action.REISSUE, facts)
    await order_print(service, session, application)
    event = ApplicationReissued(
        application_id=application.id,
        reference=application.reference,
        person=application.person,
        lost_number=booklet.number,
    )
    await record(session, event, now)
