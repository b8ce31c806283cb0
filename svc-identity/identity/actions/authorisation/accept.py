"""Accept or reject: nobody is authorised against their will, and what was accepted may be given back."""

from uuid import UUID

from chassis.authority import Principal
from chassis.database import Session
from contracts.events_authorisation import AuthorisationAccepted, AuthorisationRejected
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import (
    begin_grant,
    end_grant,
    expire_at,
    mine_locked,
    move_by_person,
    stop_expiring,
    tell,
)
from identity.domain.authorisation import Action, ends_at
from identity.models import Authorisation
from identity.wiring import Identity


async def accept(service: Identity, session: Session, principal: Principal, authorisation_id: UUID) -> Authorisation:
    """The grantee's relation opens. Raises NotFound, NotYourMove, MoveNotOpen or RequirementsMissing."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    move_by_person(service, session, principal, authorisation, Action.ACCEPT, facts)
    authorisation.accepted_at = service.clock.now()
    await session.flush()
    await begin_grant(service, session, authorisation)
    await expire_at(session, authorisation, ends_at(authorisation.ends_on))
    await tell(service, session, AuthorisationAccepted, authorisation, ends_on=authorisation.ends_on)
    return authorisation


async def reject(service: Identity, session: Session, principal: Principal, authorisation_id: UUID) -> Authorisation:
    """Raises NotFound, NotYourMove or MoveNotOpen."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    move_by_person(service, session, principal, authorisation, Action.REJECT, facts)
    await session.flush()
    await end_grant(service, session, authorisation)
    await stop_expiring(session, authorisation)
    await tell(service, session, AuthorisationRejected, authorisation)
    return authorisation
