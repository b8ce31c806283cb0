"""Open one authorisation: what it says, what its reader can do with it now, and what stands in the way."""

from dataclasses import dataclass
from uuid import UUID

from chassis.audit.guard import nothing_personal
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.lifecycle import OpenAction
from chassis.models import CaseMoveRow
from contracts.authority import Actor
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.domain.authorisation import AUTHORISATION, UNDER_WAY, Action, Status
from identity.models import Authorisation
from identity.queries_authorisations import Side, mine, moves_of, sides_of
from identity.wiring import Identity


@dataclass(frozen=True)
class Reading:
    """An authorisation as one side sees it. `sides`: who of them is told to the reader, by number."""

    authorisation: Authorisation
    open_actions: list[OpenAction[Action]]
    moves: list[CaseMoveRow]
    sides: dict[str, Side]


async def read_authorisation(
    service: Identity, session: Session, principal: Principal, authorisation_id: UUID
) -> Reading:
    """By either side. Raises NotFound."""
    found = await find(session, mine(principal).where(Authorisation.id == authorisation_id))
    nothing_personal(session, [found])  # it is the record of both
    await see_both(service, session)
    return await reading_of(service, session, found, principal.subject)


async def reading_of(service: Identity, session: Session, authorisation: Authorisation, reader: str) -> Reading:
    """Everything there is to say to this side. The transaction sees both sides already."""
    side = Actor.GRANTOR if authorisation.person == reader else Actor.GRANTEE
    status = Status(authorisation.status)
    actions = []
    if status in UNDER_WAY:
        # A code is typed, not found: it stands in nobody's way on a page.
        facts = await facts_of(service, session, authorisation, code_is_right=True)
        actions = AUTHORISATION.open_actions(status, side, facts)
    # Until the grantor has confirmed, neither side learns more of the other than the number they typed.
    told = {authorisation.person, authorisation.grantee} if authorisation.confirmed_at is not None else {reader}
    sides = await sides_of(session, told)
    return Reading(authorisation, actions, await moves_of(session, authorisation.id), sides)
