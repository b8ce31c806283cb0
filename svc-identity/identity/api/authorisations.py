"""`/v1/authorisations`: let a citizen act for me in one service, see what I gave and was given, and end it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.audit.guard import nothing_personal
from chassis.http.problems import problem_response
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from identity.actions.authorisation.accept import accept, reject
from identity.actions.authorisation.approve import approve, decline
from identity.actions.authorisation.ask import ask
from identity.actions.authorisation.code import send_code_again
from identity.actions.authorisation.confirm import confirm
from identity.actions.authorisation.prepare import prepare
from identity.actions.authorisation.reading import read_authorisation, reading_of
from identity.actions.authorisation.withdraw import withdraw
from identity.api.authorisation_schemas import (
    AuthorisationLine,
    AuthorisationView,
    NewAuthorisation,
    NewAuthorisationRequest,
    NewCode,
    ServiceView,
)
from identity.api.authorisation_views import line, service_view, view, wish_of
from identity.api.parts import IdentityDep
from identity.domain.authorised_services import authorisable
from identity.models import Authorisation
from identity.queries_authorisations import mine
from identity.wiring import Identity

AUTHORISATIONS, REQUESTS = "/v1/authorisations", "/v1/authorisation-requests"
router = APIRouter(tags=["authorisations"], route_class=UnitRoute)


@router.get(f"{AUTHORISATIONS}/services")
async def list_authorisable_services(service: IdentityDep, principal: PrincipalDep) -> list[ServiceView]:
    """The services that can be granted. `carried` is false for those this platform does not do yet."""
    return [service_view(service, each) for each in authorisable().values()]


@router.get(AUTHORISATIONS)
async def list_authorisations(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    side: Annotated[Literal["given", "received"] | None, Query(description="absent: both")] = None,
    cursor: CursorParam = None,
    limit: LimitParam = LIMIT,
) -> Page[AuthorisationLine]:
    """What I gave and what was given to me, the newest first."""
    statement = mine(principal)
    if side is not None:
        mine_by = Authorisation.person if side == "given" else Authorisation.grantee
        statement = statement.where(mine_by == principal.subject)
    rows, following = await page_of(session, statement, Authorisation.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)  # an authorisation is the record of both sides
    return Page(items=[line(service, row, principal.subject) for row in rows], next=following)


@router.post(AUTHORISATIONS, status_code=201, dependencies=[OnceDep])
async def prepare_authorisation(
    body: NewAuthorisation, response: Response, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Say whom I authorise for what; a code comes to my mobile, and nothing is granted before it is confirmed."""
    wish = wish_of(service, body)
    made = await prepare(service, session, principal, grantee=body.grantee, born_on=body.grantee_born_on, wish=wish)
    response.headers["Location"] = f"{AUTHORISATIONS}/{made.id}"
    return await _shown(service, session, made, principal.subject)


@router.get(f"{AUTHORISATIONS}/{{authorisation_id}}")
async def read_one_authorisation(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """One authorisation: both sides, its days and uses, its history, and what I can do with it now."""
    return view(service, await read_authorisation(service, session, principal, authorisation_id), principal.subject)


@router.post(f"{AUTHORISATIONS}/{{authorisation_id}}/confirm", response_model=AuthorisationView, dependencies=[OnceDep])
async def confirm_authorisation(
    authorisation_id: UUID,
    body: NewCode,
    request: Request,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
) -> AuthorisationView | Response:
    """Issue it by the code that came to my mobile. The other side may then accept."""
    made = await confirm(service, session, principal, authorisation_id, body.code)
    if made is None:
        # Answered, not raised: the guess that was spent must be committed.
        return problem_response(request, service.texts, "authorisation-code-not-right", 409)
    return await _shown(service, session, made, principal.subject)


@router.post(f"{AUTHORISATIONS}/{{authorisation_id}}/send-code", dependencies=[OnceDep])
async def send_code_of_authorisation(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Send a new code in place of the last."""
    made = await send_code_again(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


@router.post(f"{AUTHORISATIONS}/{{authorisation_id}}/accept", dependencies=[OnceDep])
async def accept_authorisation(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Accept what was given to me: from now, or from its first day, I may act."""
    made = await accept(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


@router.post(f"{AUTHORISATIONS}/{{authorisation_id}}/reject", dependencies=[OnceDep])
async def reject_authorisation(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Reject what was given to me, or give it back."""
    made = await reject(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


@router.post(f"{AUTHORISATIONS}/{{authorisation_id}}/withdraw", dependencies=[OnceDep])
async def withdraw_authorisation(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Take back what I gave, or what I asked for. Nothing is done by it from this moment."""
    made = await withdraw(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


@router.post(REQUESTS, status_code=201, dependencies=[OnceDep])
async def ask_for_authorisation(
    body: NewAuthorisationRequest,
    response: Response,
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
) -> AuthorisationView:
    """Ask somebody to authorise me. The answer is the same for every number."""
    made = await ask(service, session, principal, grantor=body.grantor, wish=wish_of(service, body))
    response.headers["Location"] = f"{AUTHORISATIONS}/{made.id}"
    return await _shown(service, session, made, principal.subject)


@router.post(f"{REQUESTS}/{{authorisation_id}}/approve", dependencies=[OnceDep])
async def approve_authorisation_request(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Agree to what I was asked; a code comes to my mobile, and nothing is granted before it is confirmed."""
    made = await approve(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


@router.post(f"{REQUESTS}/{{authorisation_id}}/decline", dependencies=[OnceDep])
async def decline_authorisation_request(
    authorisation_id: UUID, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AuthorisationView:
    """Say no. The same person cannot ask the same again for a while."""
    made = await decline(service, session, principal, authorisation_id)
    return await _shown(service, session, made, principal.subject)


async def _shown(service: Identity, session: SessionDep, made: Authorisation, reader: str) -> AuthorisationView:
    await session.flush()
    return view(service, await reading_of(service, session, made, reader), reader)
