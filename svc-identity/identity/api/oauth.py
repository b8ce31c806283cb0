"""`/oauth` and discovery: exchange, refresh, revoke, introspect, let a device ask, who-is-it, sign out."""

from collections.abc import Callable

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session as SyncSession

from chassis.clock import machine_now
from chassis.database import Session
from chassis.http.unit import SessionDep, UnitRoute
from identity.actions.end_session import end_session
from identity.actions.open_session import session_digest
from identity.api import pages
from identity.api.cookies import SESSION, forget_session
from identity.api.parts import IdentityDep, see_as_part
from identity.domain.clients import GrantType
from identity.oauth.asked import Asked, refuse_unreadable
from identity.oauth.claims import USERINFO, allowed_names, claims_about
from identity.oauth.exchange import acted_for
from identity.oauth.metadata import metadata
from identity.oauth.presented import Presented, presented
from identity.oauth.provider import NOT_KEPT, Provider
from identity.queries import session_by_digest
from identity.queries_oauth import session_called
from identity.wiring import Identity

router = APIRouter(tags=["oauth"], route_class=UnitRoute)
PART = "sign-in"
_OPEN = {"Access-Control-Allow-Origin": "*"}
_CACHED = {"Cache-Control": "public, max-age=300", **_OPEN}


@router.get("/.well-known/openid-configuration")
@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def show_metadata(service: IdentityDep) -> Response:
    """What this provider can do, and where."""
    return JSONResponse(metadata(service.settings.public_url), headers=_CACHED)


@router.get("/oauth/jwks")
async def show_keys(service: IdentityDep) -> Response:
    """The public keys tokens are checked with: the signing one, the next, and those retired lately."""
    return JSONResponse(service.keys.published(), headers=_CACHED)


@router.post("/oauth/token", include_in_schema=False)
async def issue_token(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Tokens for whatever grant is brought. Answers are OAuth's own (RFC 6749); what a refusal spent stays spent."""
    return await _by_library(request, service, session, lambda provider, asked: provider.create_token_response(asked))


@router.post("/oauth/revoke", include_in_schema=False)
async def revoke(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """End the family of a token (RFC 7009)."""
    return await _by_library(
        request, service, session, lambda provider, asked: provider.create_endpoint_response("revocation", asked)
    )


@router.post("/oauth/introspect", include_in_schema=False)
async def introspect(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Whether a token is good now, and for what (RFC 7662)."""
    return await _by_library(
        request, service, session, lambda provider, asked: provider.create_endpoint_response("introspection", asked)
    )


@router.post("/oauth/device-authorization", include_in_schema=False)
async def let_device_ask(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """A device without a keyboard gets a code to show (RFC 8628)."""
    return await _by_library(
        request,
        service,
        session,
        lambda provider, asked: provider.create_endpoint_response("device_authorization", asked),
    )


@router.get("/oauth/userinfo", include_in_schema=False)
@router.post("/oauth/userinfo", include_in_schema=False)
async def show_userinfo(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Who the token's holder is, by the scopes and the claims it was asked for with."""
    await see_as_part(service, session, PART)
    token = await _bearer(request)
    found = await session.run_sync(lambda sync: presented(service, sync, token)) if token else None
    if found is None:
        return _not_told(401, "invalid_token" if token else "")
    if found.grantee is None or "openid" not in str(found.claims["scope"]).split():
        return _not_told(403, "insufficient_scope")
    return JSONResponse(_told(found), headers=NOT_KEPT)


@router.get("/oauth/end-session", include_in_schema=False)
@router.post("/oauth/end-session", include_in_schema=False)
async def sign_out_by_client(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """A client signs its person out: at once with an ID token of ours, else the person is asked."""
    await see_as_part(service, session, PART)
    asked = await asked_of(request)
    try:
        told = await session.run_sync(
            lambda sync: Provider(service, sync).validate_endpoint_request("end_session", asked)
        )
    except (OAuth2Error, ValueError):
        return pages.page(service, request, "refused", status=400, reason="sign_out_request")
    if told.needs_confirmation:
        return RedirectResponse("/sign-out", 303)
    if asked.payload.data.get("post_logout_redirect_uri") and not told.redirect_uri:
        return pages.page(service, request, "refused", status=400, reason="sign_out_request")
    ended = await session_called(session, told.client.row.id if told.client else "", told.id_token_claims)
    if ended is not None:
        await end_session(session, ended, "its client")
    response: Response = (
        RedirectResponse(told.redirect_uri, 303)
        if told.redirect_uri
        else pages.page(service, request, "sign_out", done=True)
    )
    found = await session_by_digest(session, session_digest(service, request.cookies.get(SESSION, "")), machine_now())
    if found is None:  # the one that ended was this browser's, or it has none
        forget_session(response)
    return response


async def asked_of(request: Request) -> Asked:
    """A request's parameters: of its body when it has one, else of its address."""
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        form = await request.form()
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return Asked(request.method, request.url.path, request.headers, pairs)


async def _by_library(
    request: Request, service: Identity, session: Session, answer: Callable[[Provider, Asked], Response]
) -> Response:
    await see_as_part(service, session, PART)
    asked = await asked_of(request)
    given = asked.payload.data
    subject = await acted_for(service, session, given) if given.get("grant_type") == GrantType.EXCHANGE else None

    def answered(sync: SyncSession) -> Response:
        provider = Provider(service, sync, subject)
        try:
            refuse_unreadable(asked)
            return answer(provider, asked)
        except OAuth2Error as error:
            response: Response = provider.handle_error_response(asked, error)
            return response

    return await session.run_sync(answered)


async def _bearer(request: Request) -> str:
    """The token, of the header or, as RFC 6750 allows for a form, of the body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if request.method != "POST" or scheme:
        return ""
    given = (await request.form()).get("access_token", "")
    return given if isinstance(given, str) else ""


def _told(found: Presented) -> dict[str, object]:
    assert found.grantee is not None
    names = allowed_names(found.family.claims, USERINFO, found.client.scopes)
    about = claims_about(found.grantee.account, str(found.claims["scope"]), names)
    return {"sub": found.claims["sub"], **about}


def _not_told(status: int, error: str) -> Response:
    """RFC 6750, section 3: whoever brings no token learns of no error."""
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    body = {"error": error} if error else {}
    return JSONResponse(body, status, headers={"WWW-Authenticate": challenge, **NOT_KEPT})
