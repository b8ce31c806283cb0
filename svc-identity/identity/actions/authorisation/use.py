"""Use: another service let a grantee act by an authorisation. It is counted there, and followed here."""

from datetime import datetime
from uuid import UUID

from chassis.database import Session
from contracts.events_authorisation import AuthorisationUsed
from identity.actions.authorisation.gathering import facts_of
from identity.actions.authorisation.moving import move_by_system, tell
from identity.domain.authorisation import Action, Status
from identity.queries_authorisations import authorisation_by_id
from identity.wiring import Identity


async def use(
    service: Identity, session: Session, authorisation_id: UUID, *, case_reference: str, used_at: datetime
) -> None:
    """Count one use. One that arrives after the end happened before it, and is told all the same."""
    authorisation = await authorisation_by_id(session, authorisation_id)
    if authorisation is None:
        raise LookupError("an authorisation that nobody issued was used")
    facts = await facts_of(service, session, authorisation)
    if authorisation.status == Status.ACCEPTED:
        move_by_system(service, session, authorisation, Action.USE, facts, case_reference)
    authorisation.uses += 1
    if authorisation.status == Status.ACCEPTED and authorisation.uses == authorisation.uses_allowed:
        facts = await facts_of(service, session, authorisation)
        move_by_system(service, session, authorisation, Action.USE_UP, facts)
    await session.flush()
    await tell(
        service,
        session,
        AuthorisationUsed,
        authorisation,
        case_reference=case_reference,
        used_at=used_at,
        uses=authorisation.uses,
    )
