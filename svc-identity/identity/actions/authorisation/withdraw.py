"""Withdraw: the grantor takes an authorisation back, at any time and without a reason; a grantee takes back a request."""

from uuid import UUID

from chassis.authority import Principal
from chassis.database import Session
from contracts.events_authorisation import AuthorisationWithdrawn
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import end_grant, mine_locked, move_by_person, stop_expiring, tell
from identity.domain.authorisation import Action
from identity.models import Authorisation
from identity.wiring import Identity


async def withdraw(service: Identity, session: Session, principal: Principal, authorisation_id: UUID) -> Authorisation:
    """Nothing is done by it any more. Raises NotFound, NotYourMove or MoveNotOpen."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    move_by_person(service, session, principal, authorisation, Action.WITHDRAW, facts)
    await session.flush()
    await end_grant(service, session, authorisation)
    await stop_expiring(session, authorisation)
    if authorisation.confirmed_at is not None:
        await tell(service, session, AuthorisationWithdrawn, authorisation)
    return authorisation
