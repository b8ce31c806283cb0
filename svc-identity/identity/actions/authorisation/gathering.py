"""What an authorisation's moves are decided by: both accounts, the registry's word on the grantee, other grants."""

from collections.abc import Mapping
from datetime import date, datetime

from chassis import facts
from chassis.database import Session, Sight, see_as
from contracts.authority import AuthorisedService
from identity.domain.authorisation import AuthorisationFacts
from identity.domain.authorised_services import authorisable
from identity.domain.freeze import is_frozen
from identity.models import Authorisation
from identity.queries import REGISTRY_PERSON
from identity.queries_authorisations import Side, another_is_live, birth_date_told, sides_of
from identity.wiring import Identity

PART = Sight.system("authorisations")


async def see_both(service: Identity, session: Session) -> None:
    """From here on the transaction sees both sides' accounts; what they are is told to neither beyond yes and no."""
    await see_as(session, PART, service.clock.now())


async def facts_of(
    service: Identity,
    session: Session,
    authorisation: Authorisation,
    *,
    born_on: date | None = None,
    code_is_right: bool = False,
) -> AuthorisationFacts:
    """Everything, now. `born_on`: the grantee's birth date as the grantor says it, when they begin the authorisation."""
    sides = await sides_of(session, {authorisation.person, authorisation.grantee})
    known = True if born_on is None else await _is_born_on(session, authorisation.grantee, born_on)
    return AuthorisationFacts(
        rules=service.rules(),
        grantor=authorisation.person,
        grantee=authorisation.grantee,
        high_harm=authorisable()[AuthorisedService(authorisation.service)].high_harm,
        starts_on=authorisation.starts_on,
        ends_on=authorisation.ends_on,
        uses_allowed=authorisation.uses_allowed,
        uses=authorisation.uses,
        grantor_is_active=_is_active(sides, authorisation.person),
        grantor_frozen_until=_frozen_until(service, sides, authorisation.person),
        grantee_is_active=_is_active(sides, authorisation.grantee),
        grantee_is_known=known,
        another_is_live=await another_is_live(session, authorisation),
        code_is_right=code_is_right,
    )


async def ask_the_registry(service: Identity, person: str) -> None:
    """In a transaction of its own: the refusal that follows takes this one back."""
    async with service.database.transaction(PART, now=service.clock.now()) as apart:
        await facts.ask(apart, service, person, [REGISTRY_PERSON], service.clock.now())


async def _is_born_on(session: Session, person: str, born_on: date) -> bool | None:
    answered, told = await birth_date_told(session, person)
    return told == born_on if answered else None


def _frozen_until(service: Identity, sides: Mapping[str, Side], person: str) -> datetime | None:
    until = sides[person].frozen_until if person in sides else None
    return until if is_frozen(until, service.clock.now()) else None


def _is_active(sides: Mapping[str, Side], person: str) -> bool:
    return person in sides and sides[person].is_active
