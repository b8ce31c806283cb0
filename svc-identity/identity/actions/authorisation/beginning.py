"""What comes before every authorisation: whose authority it may be of, how often one may try, and the row it begins as."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.refusals import Forbidden, NotFound, TooMany
from contracts.authority import AuthorisedService
from identity.actions.authorisation.gathering import PART
from identity.actions.authorisation.moving import NotTransitive
from identity.actions.limit import Limit, take
from identity.domain.account import Kind
from identity.domain.authorisation import AUTHORISATION
from identity.models import Account, Authorisation
from identity.queries_authorisations import is_held_by_grant, stands_in_for
from identity.wiring import Identity

PREFIX = "AUT"
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True)
class Wish:
    """What somebody wants to grant, or to be granted."""

    service: AuthorisedService
    starts_on: date
    ends_on: date
    narrowed_to: str | None = None
    uses_allowed: int | None = None


class TooManyAuthorisations(TooMany):
    """Drafts, codes or requests came too often."""

    slug = "too-many-authorisations"


def begun(service: Identity, wish: Wish, *, grantor: str, grantee: str, asked_by: str) -> Authorisation:
    """A new authorisation: a request, whoever began it."""
    now = service.clock.now()
    return Authorisation(
        id=uuid7(),
        reference=new_reference(PREFIX),
        person=grantor,
        grantee=grantee,
        asked_by=asked_by,
        service=wish.service,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        narrowed_to=wish.narrowed_to,
        uses_allowed=wish.uses_allowed,
        uses=0,
        status=AUTHORISATION.initial,
        version=0,
        opened_at=now,
        moved_at=now,
    )


async def use_up(service: Identity, person: str, scope: str, most: Mapping[str, Any]) -> None:
    """Count a try, whatever comes of it: in a transaction of its own, which a refusal does not take back.

    Raises TooManyAuthorisations.
    """
    windows = [(_HOUR, most["an_hour"]), (_DAY, most["a_day"])]
    async with service.database.transaction(PART) as apart:
        wait = await take(service, apart, [Limit(scope, person, windows)], service.clock.now())
    if wait:
        raise TooManyAuthorisations(retry_after=wait)


async def only_people(session: Session, principal: Principal) -> None:
    """Staff grant nothing and are granted nothing: they act by their roles. Raises Forbidden."""
    kind = await session.scalar(sa.select(Account.kind).where(Account.person == principal.subject))
    if kind not in (Kind.CITIZEN, Kind.RESIDENT):
        raise Forbidden


async def only_of_oneself(service: Identity, session: Session, principal: Principal, wish: Wish) -> None:
    """A grant is of one's own authority. What was tried beyond it is written down. Raises NotTransitive or NotFound."""
    now, person, other = service.clock.now(), principal.subject, wish.narrowed_to
    if getattr(principal, "authorisation", None) is not None:
        await _written_down(service, principal, wish)
        raise NotTransitive
    if other is None or other == person or await stands_in_for(session, person, other, now):
        return
    if await is_held_by_grant(session, person, other, wish.service, now):
        await _written_down(service, principal, wish)
        raise NotTransitive
    raise NotFound


async def _written_down(service: Identity, principal: Principal, wish: Wish) -> None:
    async with service.database.transaction(principal.sight, now=service.clock.now()) as apart:
        audit.act(
            apart,
            service,
            principal,
            standing="self",
            person=principal.subject,
            action="authorisation.regrant_refused",
            object_=wish.service,
        )
