"""Approve or decline what somebody asked to be authorised for. Approved, it is a draft like any other: a code goes out."""

from uuid import UUID

from chassis.authority import Principal
from chassis.database import Session
from contracts.authority import AuthorisedService
from contracts.events_authorisation import AuthorisationDeclined
from identity.actions.authorisation.beginning import Wish, only_of_oneself
from identity.actions.authorisation.code import await_the_code
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import mine_locked, move_by_person, stop_expiring, tell
from identity.domain.authorisation import Action, Status
from identity.models import Authorisation
from identity.wiring import Identity


async def approve(service: Identity, session: Session, principal: Principal, authorisation_id: UUID) -> Authorisation:
    """Raises NotFound, NotYourMove, MoveNotOpen, NotTransitive, TooManyAuthorisations or RequirementsMissing."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    if authorisation.person == principal.subject and authorisation.status == Status.REQUESTED:
        await only_of_oneself(service, session, principal, _wish_of(authorisation))
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    move_by_person(service, session, principal, authorisation, Action.APPROVE, facts)
    await session.flush()
    await await_the_code(service, session, authorisation)
    return authorisation


async def decline(service: Identity, session: Session, principal: Principal, authorisation_id: UUID) -> Authorisation:
    """The same person does not ask again for a while. Raises NotFound, NotYourMove or MoveNotOpen."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    move_by_person(service, session, principal, authorisation, Action.DECLINE, facts)
    await stop_expiring(session, authorisation)
    await tell(service, session, AuthorisationDeclined, authorisation)
    return authorisation


def _wish_of(authorisation: Authorisation) -> Wish:
    return Wish(
        AuthorisedService(authorisation.service),
        authorisation.starts_on,
        authorisation.ends_on,
        authorisation.narrowed_to,
        authorisation.uses_allowed,
    )
