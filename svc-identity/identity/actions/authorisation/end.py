"""End by itself: the days are over, nobody answered in time, or one side's account is not active any more."""

from uuid import UUID

from chassis.audit.guard import nothing_personal
from chassis.database import Session
from contracts.events_authorisation import AuthorisationEnded, AuthorisationExpired
from identity.actions.authorisation.gathering import facts_of
from identity.actions.authorisation.moving import end_grant, move_by_system, stop_expiring, tell
from identity.domain.authorisation import UNDER_WAY, Action, Status
from identity.models import Authorisation
from identity.queries_authorisations import authorisation_by_id, under_way_of
from identity.wiring import Identity

NOT_ACTIVE = "account-not-active"


async def expire(service: Identity, session: Session, authorisation_id: UUID) -> None:
    """Its deadline has passed: the last day, or the time in which it had to be confirmed, approved or accepted."""
    authorisation = await authorisation_by_id(session, authorisation_id)
    if authorisation is None or Status(authorisation.status) not in UNDER_WAY:
        return
    await _over(service, session, authorisation, Action.EXPIRE)
    if authorisation.confirmed_at is not None:
        await tell(service, session, AuthorisationExpired, authorisation)


async def end_authorisations(service: Identity, session: Session, person: str) -> None:
    """An account is not active any more: whatever its holder gave or was given ends, in the same transaction."""
    found = await under_way_of(session, person)
    nothing_personal(session, found)  # whoever stops an account is shown none of them
    for authorisation in found:
        await _over(service, session, authorisation, Action.END, NOT_ACTIVE)
        await stop_expiring(session, authorisation)
        if authorisation.confirmed_at is not None:
            await tell(service, session, AuthorisationEnded, authorisation)


async def _over(
    service: Identity, session: Session, authorisation: Authorisation, action: Action, reason: str | None = None
) -> None:
    facts = await facts_of(service, session, authorisation)
    authorisation.reason = reason
    move_by_system(service, session, authorisation, action, facts, reason)
    await session.flush()
    await end_grant(service, session, authorisation)
