"""Confirm: the code that came to the grantor's mobile issues the authorisation; the grantee is told and may accept it."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from chassis.authority import Principal
from chassis.database import Session
from chassis.refusals import Conflict
from contracts.authority import Actor
from contracts.events_authorisation import AuthorisationIssued
from identity.actions.authorisation.code import CODE
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import expire_at, mine_locked, move_by_person, side_of, tell
from identity.actions.challenge import accept_code
from identity.domain.authorisation import Action, Status, ends_at
from identity.models import Authorisation
from identity.wiring import Identity

ACCEPT_WITHIN = "identity.authorisation.accept_within"


class AnotherIsLive(Conflict):
    """The same service was granted to somebody at the same instant."""

    slug = "authorisation-live"


async def confirm(
    service: Identity, session: Session, principal: Principal, authorisation_id: UUID, code: str
) -> Authorisation | None:
    """Issued; None for a code that is not this draft's. Commit either way: a guess was spent.

    Raises NotFound, NotYourMove, MoveNotOpen, RequirementsMissing or AnotherIsLive.
    """
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    is_draft = authorisation.status == Status.DRAFT and side_of(authorisation, principal) == Actor.GRANTOR
    if is_draft and not await accept_code(service, session, CODE, authorisation.id, code):
        return None
    facts = await facts_of(service, session, authorisation, code_is_right=True)
    move_by_person(service, session, principal, authorisation, Action.CONFIRM, facts)
    authorisation.confirmed_at = now = service.clock.now()
    try:
        await session.flush()
    except sa.exc.IntegrityError as error:
        raise AnotherIsLive from error
    within = now + timedelta(days=service.rules().number(ACCEPT_WITHIN))
    await expire_at(session, authorisation, min(within, ends_at(authorisation.ends_on)))
    await tell(service, session, AuthorisationIssued, authorisation, ends_on=authorisation.ends_on)
    return authorisation
