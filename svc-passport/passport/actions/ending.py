"""What an application gives back when it comes to nothing: the reserved fee, and the old booklet's use."""

from chassis.authority import release
from chassis.database import Session
from partners.intents.fees import release_fee
from passport.domain.booklet import BookletAction, BookletStatus
from passport.domain.facts import FeeState
from passport.models import Application
from passport.queries import booklet_locked
from passport.wiring import Passport


async def give_back(service: Passport, session: Session, application: Application) -> None:
    """Release the fee, free the old booklet, end the officer's assignment."""
    now = service.clock.now()
    if application.fee_state == FeeState.RESERVED:
        await release_fee(session, service, case_id=application.id, attempt=application.fee_attempt)
    old = await booklet_locked(session, application.old_number)
    if old is not None and old.status == BookletStatus.RENEWAL_BLOCKED:
        old.change(BookletAction.UNBLOCK, now)
    await release(session, application.id, now)
