"""`/oauth/authorize`: a client sends a browser here, and gets it back with a code; `/oauth/consent` asks its person first."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as SyncSession

from chassis.clock import machine_now
from chassis.database import Session
from chassis.http.unit import SessionDep, UnitRoute
from identity.actions.open_session import session_digest
from identity.api import pages
from identity.api.cookies import SESSION, is_ours
from identity.api.oauth import PART, asked_of
from identity.api.parts import IdentityDep, see_as_part
from identity.oauth.asked import Asked, is_plain
from identity.oauth.authorising import Decided, Next, Word, again, decide
from identity.oauth.provider import Provider
from identity.oauth.rows import Grantee
from identity.queries import session_by_digest
from identity.wiring import Identity

router = APIRouter(route_class=UnitRoute, include_in_schema=False)
_LONGEST = 8_192


@router.get("/oauth/authorize")
@router.post("/oauth/authorize")
async def authorise(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Send the browser back to its client with a code, or to the sign-in page first, or ask for consent."""
    return await _answered(request, service, session, await asked_of(request), Word.NOTHING)


@router.post("/oauth/consent")
async def take_consent(
    request: Request,
    service: IdentityDep,
    session: SessionDep,
    asked: Annotated[str, Form(max_length=_LONGEST)] = "",
    word: Annotated[str, Form(max_length=16)] = "",
    csrf: Annotated[str, Form(max_length=512)] = "",
) -> Response:
    """The person has allowed or refused what a client asks for. The request is judged once more from its beginning."""
    if not is_ours(service, request, csrf) or word not in (Word.ALLOW, Word.REFUSE):
        return pages.page(service, request, "refused", status=400, reason="request")
    pairs = parse_qsl(asked, keep_blank_values=True)
    again_asked = Asked("POST", pages.AUTHORIZE, request.headers, pairs)
    return await _answered(request, service, session, again_asked, Word(word))


async def _answered(request: Request, service: Identity, session: Session, asked: Asked, word: Word) -> Response:
    await see_as_part(service, session, PART)
    digest = session_digest(service, request.cookies.get(SESSION, ""))
    found = await session_by_digest(session, digest, machine_now())
    browser = None if found is None else Grantee(found[1], found[0])
    try:
        decided = await session.run_sync(decide, service, asked, browser, word)
    except OAuth2Error as error:
        return await session.run_sync(_refused, service, request, asked, error)
    given = asked.payload.data
    if decided.next is Next.SIGN_IN:
        wanted = {"next": f"{pages.AUTHORIZE}?{urlencode(again(given))}"}
        spoken = {"ui_locales": given["ui_locales"]} if "ui_locales" in given else {}
        return RedirectResponse(f"/sign-in?{urlencode(wanted | spoken)}", 303)
    assert found is not None
    found[0].seen_at = machine_now()
    await session.flush()
    if decided.next is Next.CONSENT:
        return await _ask(request, service, session, given, decided)
    response: Response = decided.answer
    return response


async def _ask(
    request: Request, service: Identity, session: Session, given: dict[str, str], decided: Decided
) -> Response:
    assert decided.client is not None
    row, wanted = decided.client.row, urlencode(given)
    name = row.name_ar if pages.language(request) == "ar" else row.name_en
    return pages.page(
        service,
        request,
        "consent",
        form_targets=await pages.form_targets(service, session, f"{pages.AUTHORIZE}?{wanted}"),
        client=name,
        ours=row.sector is None,
        scopes=decided.scope.split(),
        asked=wanted,
    )


def _refused(session: SyncSession, service: Identity, request: Request, asked: Asked, error: OAuth2Error) -> Response:
    """Back to the client where its address is known to be its own; else a page, and no redirect anywhere."""
    provider, given = Provider(service, session), asked.payload.data
    if not error.redirect_uri and is_plain(given.get("client_id", "")):
        client = provider.query_client(given.get("client_id", ""))
        if client is not None and client.check_redirect_uri(given.get("redirect_uri", "")):
            error.redirect_uri = given["redirect_uri"]
    if not error.redirect_uri:
        return pages.page(service, request, "refused", status=400, reason="request")
    error.state = given.get("state")
    response: Response = provider.handle_error_response(asked, error)
    return response
