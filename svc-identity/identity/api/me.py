"""`/v1/me`: my account, my language, and the browsers that are signed in as me."""

from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from chassis.authority import find
from chassis.clock import machine_now
from chassis.http.problems import problem_response
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT, CursorParam, LimitParam, Page, page_of
from chassis.refusals import NotFound
from identity.actions.amend import amend
from identity.actions.end_session import end_other_sessions, end_session
from identity.actions.prove_email import ask_for_email, confirm_email
from identity.api.parts import IdentityDep
from identity.api.schemas import AccountChanges, AccountView, EmailCode, SessionView
from identity.api.views import account_view, session_view
from identity.models import Account, SignedIn
from identity.queries import live

router = APIRouter(prefix="/v1/me", tags=["me"], route_class=UnitRoute)


@router.get("")
async def show_me(principal: PrincipalDep, service: IdentityDep, session: SessionDep) -> AccountView:
    """My account."""
    account = await find(session, sa.select(Account).where(Account.person == principal.subject))
    return account_view(service, account)


@router.patch("")
async def amend_me(
    body: AccountChanges, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AccountView:
    """Change my language, or have a code sent to a new e-mail address."""
    account = await find(session, sa.select(Account).where(Account.person == principal.subject))
    if body.language is not None:
        account = await amend(service, session, principal, language=body.language)
    if body.email is not None:
        account = await ask_for_email(service, session, principal, body.email)
    return account_view(service, account)


@router.post("/email/confirm", response_model=AccountView)
async def confirm_my_email(
    body: EmailCode, request: Request, principal: PrincipalDep, service: IdentityDep, session: SessionDep
) -> AccountView | Response:
    """Take the new e-mail address, by the code that went there. The old one is told."""
    account = await confirm_email(service, session, principal, body.code)
    if account is None:
        # Answered, not raised: the guess that was spent must be committed.
        return problem_response(request, service.texts, "code-not-right", 409)
    return account_view(service, account)


@router.get("/sessions")
async def list_my_sessions(
    principal: PrincipalDep, session: SessionDep, cursor: CursorParam = None, limit: LimitParam = LIMIT
) -> Page[SessionView]:
    """Where I am signed in, newest first."""
    mine = sa.select(SignedIn).where(SignedIn.person == principal.subject, live(machine_now()))
    rows, following = await page_of(session, mine, SignedIn.id, cursor=cursor, limit=limit)
    return Page(items=[session_view(row, principal.session_id) for row in rows], next=following)


@router.post("/sessions/end-others", status_code=204, dependencies=[OnceDep])
async def end_my_other_sessions(principal: PrincipalDep, session: SessionDep) -> Response:
    """Sign every browser of mine out but the one this token came from."""
    await end_other_sessions(session, principal.subject, UUID(principal.session_id), "its holder")
    return Response(status_code=204)


@router.post("/sessions/{session_id}/end", status_code=204, dependencies=[OnceDep])
async def end_my_session(session_id: UUID, principal: PrincipalDep, session: SessionDep) -> Response:
    """Sign a browser of mine out; its tokens are refreshed no more."""
    if not await end_session(session, session_id, "its holder", person=principal.subject):
        raise NotFound
    return Response(status_code=204)
