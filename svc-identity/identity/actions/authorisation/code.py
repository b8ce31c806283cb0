"""The code by which a grantor confirms: sent when a draft is made, and again when it did not come."""

from datetime import timedelta
from uuid import UUID

from chassis.authority import Principal
from chassis.database import Session
from identity.actions.authorisation.beginning import TooManyAuthorisations
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import expire_at, mine_locked, side_of
from identity.actions.challenge import Purpose, send_code
from identity.domain.authorisation import AUTHORISATION, Action, Status
from identity.models import Authorisation
from identity.queries import account_of
from identity.wiring import Identity

CODE = Purpose("authorisation", unproved=False)
DRAFT_KEPT = "identity.authorisation.draft_kept"


async def await_the_code(service: Identity, session: Session, authorisation: Authorisation) -> None:
    """Send it, and keep the draft as long as the rule says. Raises TooManyAuthorisations."""
    seconds = service.rules().number(DRAFT_KEPT)
    await expire_at(session, authorisation, service.clock.now() + timedelta(seconds=seconds))
    await _send(service, session, authorisation)


async def send_code_again(
    service: Identity, session: Session, principal: Principal, authorisation_id: UUID
) -> Authorisation:
    """A new code in place of the last. Raises NotFound, NotYourMove, MoveNotOpen or TooManyAuthorisations."""
    authorisation = await mine_locked(session, principal, authorisation_id)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation, code_is_right=True)
    AUTHORISATION.advance(Status(authorisation.status), Action.CONFIRM, side_of(authorisation, principal), facts)
    await _send(service, session, authorisation)
    return authorisation


async def _send(service: Identity, session: Session, authorisation: Authorisation) -> None:
    account = await account_of(session, authorisation.person)
    assert account is not None
    assert account.mobile is not None, "an active person's account has a mobile"
    wait = await send_code(
        service,
        session,
        CODE,
        authorisation.id,
        person=account.person,
        mobile=account.mobile,
        language=account.language,
    )
    if wait:
        raise TooManyAuthorisations(retry_after=wait)
