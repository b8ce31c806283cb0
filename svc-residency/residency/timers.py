"""Deadlines of visas and renewals that fire by themselves."""

from uuid import UUID

from chassis.database import Session
from chassis.timers import Timers
from residency.actions.renewal import decide, open_renewal
from residency.actions.renewal import reserve as renewal_reserve
from residency.actions.renewal import withdraw as renewal_withdraw
from residency.actions.visa import lapse, request, verify
from residency.actions.visa import reserve as visa_reserve
from residency.actions.visa import withdraw as visa_withdraw
from residency.wiring import Residency

timers = Timers()


@timers.on(request.EXPIRES)
async def visa_expires(service: Residency, session: Session, subject: str) -> None:
    """A request nobody went on with is given up."""
    await visa_withdraw.expire(service, session, UUID(subject))


@timers.on(visa_reserve.PAYMENT_AGAIN)
async def visa_payment_again(service: Residency, session: Session, subject: str) -> None:
    """A declined payment is tried once more."""
    await visa_reserve.reserve_again(service, session, UUID(subject))


@timers.on(verify.CHECK_AGAIN)
async def visa_check_again(service: Residency, session: Session, subject: str) -> None:
    """A visa that waits for a body outside is looked at again."""
    await verify.check_again(service, session, UUID(subject))


@timers.on(lapse.LAPSES)
async def visa_lapses(service: Residency, session: Session, subject: str) -> None:
    """The last day to leave is over."""
    await lapse.lapse_when_unused(service, session, UUID(subject))


@timers.on(open_renewal.EXPIRES)
async def renewal_expires(service: Residency, session: Session, subject: str) -> None:
    """A renewal nobody went on with is given up."""
    await renewal_withdraw.expire(service, session, UUID(subject))


@timers.on(renewal_reserve.PAYMENT_AGAIN)
async def renewal_payment_again(service: Residency, session: Session, subject: str) -> None:
    """A declined payment is tried once more."""
    await renewal_reserve.reserve_again(service, session, UUID(subject))


@timers.on(decide.CHECK_AGAIN)
async def renewal_check_again(service: Residency, session: Session, subject: str) -> None:
    """A renewal that waits for a body outside is looked at again."""
    await decide.check_again(service, session, UUID(subject))
