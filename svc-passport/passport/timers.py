"""Deadlines of applications that fire by themselves."""

from uuid import UUID

from chassis.database import Session
from chassis.timers import Timers
from passport.actions.expire import expire
from passport.actions.open_application import DRAFT_EXPIRES
from passport.actions.reserve import PAYMENT_AGAIN, reserve_again
from passport.actions.return_case import ANSWER_EXPIRES
from passport.actions.verify import CHECK_AGAIN, check_again
from passport.domain.reasons import SystemReason
from passport.domain.renewal import Status
from passport.wiring import Passport

timers = Timers()


@timers.on(DRAFT_EXPIRES)
async def draft_expires(service: Passport, session: Session, subject: str) -> None:
    """A draft nobody submitted is given up; one that was submitted meanwhile is left alone."""
    statuses = {Status.DRAFT, Status.FEE_RESERVED}
    await expire(service, session, UUID(subject), statuses, SystemReason.DRAFT_WAIT_OVER)


@timers.on(ANSWER_EXPIRES)
async def answer_expires(service: Passport, session: Session, subject: str) -> None:
    """A returned application without an answer is given up."""
    await expire(service, session, UUID(subject), {Status.RETURNED}, SystemReason.ANSWER_WAIT_OVER)


@timers.on(PAYMENT_AGAIN)
async def payment_again(service: Passport, session: Session, subject: str) -> None:
    """A declined payment is tried once more."""
    await reserve_again(service, session, UUID(subject))


@timers.on(CHECK_AGAIN)
async def look_again(service: Passport, session: Session, subject: str) -> None:
    """A case that waits for a body outside is looked at again."""
    await check_again(service, session, UUID(subject))
