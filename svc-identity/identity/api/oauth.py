"""`/oauth` and discovery: authorise, exchange, refresh, revoke, who-is-it, sign out."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import LoginRequiredError
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session as SyncSession

from chassis.clock import machine_now
from chassis.database import Session
from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from chassis.refusals import Unauthenticated
from identity.actions.end_session import end_session
from identity.actions.enter_code import session_digest
from identity.api import pages
from identity.api.cookies import SESSION, forget_session
from identity.api.parts import IdentityDep, see_as_part
from identity.models import SignedIn
from identity.oauth.grants import grantee_of
from identity.oauth.metadata import metadata
from identity.oauth.provider import Asked, Provider
from identity.oauth.rows import Grantee
from identity.oauth.tokens import claims_about
from identity.queries import session_by_digest
from identity.wiring import Identity

router = APIRouter(tags=["oauth"], route_class=UnitRoute)
_PART = "sign-in"
_OPEN = {"Access-Control-Allow-Origin": "*"}
_CACHED = {"Cache-Control": "public, max-age=300", **_OPEN}
# What the library may echo in an error's description (RFC 6749, section 4.1.2.1); anything else makes it fail.
_ECHOED = ("client_id", "response_type", "scope", "prompt", "grant_type")
_PLAIN = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


@router.get("/.well-known/openid-configuration")
@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def show_metadata(service: IdentityDep) -> Response:
    """What this provider can do, and where."""
    return JSONResponse(metadata(service.settings.public_url), headers=_CACHED)


@router.get("/oauth/jwks")
async def show_keys(service: IdentityDep) -> Response:
    """The public keys tokens are checked with: the signing one, the next, and the one before."""
    return JSONResponse(service.keys.published(), headers=_CACHED)


@router.get("/oauth/authorize", include_in_schema=False)
@router.post("/oauth/authorize", include_in_schema=False)
async def authorise(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Send the browser back to its client with a code, or to the sign-in page first."""
    await see_as_part(service, session, _PART)
    asked = await _asked(request)
    given = asked.payload.data
    digest = session_digest(service, request.cookies.get(SESSION, ""))
    found = await session_by_digest(session, digest, machine_now())
    grantee = None if found is None or _is_too_old(given, found[0]) else Grantee(found[1], found[0])
    try:
        _refuse_unreadable(asked)
        _refuse_unsupported(given)
        response = await session.run_sync(_authorised, service, asked, grantee)
    except OAuth2Error as error:
        return await session.run_sync(_refused_authorisation, service, request, asked, error)
    if response is not None:
        if found is not None:
            found[0].seen_at = machine_now()
            await session.flush()
        return response
    again = {name: value for name, value in given.items() if not (name == "prompt" and value == "login")}
    if given.get("max_age") == "0":
        again.pop("max_age", None)
    return RedirectResponse(f"/sign-in?next={quote(f'{pages.AUTHORIZE}?{urlencode(again)}', safe='')}", 303)


@router.post("/oauth/token", include_in_schema=False)
async def issue_token(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """Exchange a code, or refresh. Answers are OAuth's own (RFC 6749); what a refusal spent stays spent."""
    return await _by_library(request, service, session, lambda provider, asked: provider.create_token_response(asked))


@router.post("/oauth/revoke", include_in_schema=False)
async def revoke(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """End the family of a refresh token (RFC 7009)."""
    return await _by_library(
        request, service, session, lambda provider, asked: provider.create_endpoint_response("revocation", asked)
    )


@router.get("/oauth/userinfo", include_in_schema=False)
@router.post("/oauth/userinfo", include_in_schema=False)
async def show_userinfo(
    principal: PrincipalDep,
    service: IdentityDep,
    session: SessionDep,
    authorization: Annotated[str, Header()] = "",
) -> Response:
    """Who the token's holder is, by the scopes it was given."""
    await see_as_part(service, session, _PART)
    grantee = await session.run_sync(grantee_of, UUID(principal.session_id))
    if grantee is None:
        raise Unauthenticated("token-refused")
    body = authorization.partition(" ")[2].split(".")[1]
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return JSONResponse(claims_about(grantee.account, claims.get("scope", "")), headers={"Cache-Control": "no-store"})


@router.get("/oauth/end-session", include_in_schema=False)
@router.post("/oauth/end-session", include_in_schema=False)
async def sign_out_by_client(request: Request, service: IdentityDep, session: SessionDep) -> Response:
    """A client signs its person out: at once with an ID token of ours, else the person is asked."""
    await see_as_part(service, session, _PART)
    asked = await _asked(request)
    try:
        told = await session.run_sync(
            lambda sync: Provider(service, sync).validate_endpoint_request("end_session", asked)
        )
    except (OAuth2Error, ValueError):
        return pages.page(service, request, "refused", status=400, reason="sign_out_request")
    if told.needs_confirmation:
        return RedirectResponse("/sign-out", 303)
    session_id = str(told.id_token_claims.get("sid", ""))
    if session_id:
        await end_session(session, UUID(session_id), "its client")
    response: Response = (
        RedirectResponse(told.redirect_uri, 303)
        if told.redirect_uri
        else pages.page(service, request, "sign_out", done=True)
    )
    forget_session(response)
    return response


def _authorised(session: SyncSession, service: Identity, asked: Asked, grantee: Grantee | None) -> Response | None:
    """The answer for the client; None when the person has to sign in first. Raises OAuth2Error."""
    provider = Provider(service, session)
    grant = provider.get_consent_grant(asked, end_user=grantee)
    if grantee is None or grant.prompt == "login":
        return None
    response: Response = provider.create_authorization_response(asked, grant_user=grantee, grant=grant)
    return response


def _refused_authorisation(
    session: SyncSession, service: Identity, request: Request, asked: Asked, error: OAuth2Error
) -> Response:
    """Back to the client where its address is known to be its own; else a page, and no redirect anywhere."""
    provider, given = Provider(service, session), asked.payload.data
    if not error.redirect_uri and _PLAIN.fullmatch(given.get("client_id", "")):
        client = provider.query_client(given.get("client_id", ""))
        if client is not None and client.check_redirect_uri(given.get("redirect_uri", "")):
            error.redirect_uri = given["redirect_uri"]
    if not error.redirect_uri:
        return pages.page(service, request, "refused", status=400, reason="request")
    error.state = given.get("state")
    response: Response = provider.handle_error_response(asked, error)
    return response


async def _by_library(
    request: Request, service: Identity, session: Session, answer: Callable[[Provider, Asked], Any]
) -> Response:
    await see_as_part(service, session, _PART)
    asked = await _asked(request)

    def answered(sync: SyncSession) -> Response:
        provider = Provider(service, sync)
        try:
            _refuse_unreadable(asked)
            response: Response = answer(provider, asked)
        except OAuth2Error as error:
            response = provider.handle_error_response(asked, error)
        return response

    return await session.run_sync(answered)


async def _asked(request: Request) -> Asked:
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        form = await request.form()
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return Asked(request.method, request.url.path, request.headers, pairs)


def _refuse_unreadable(asked: Asked) -> None:
    """Characters the library cannot echo, a doubled parameter, or credentials that are not text."""
    given = asked.payload
    if any(not _PLAIN.fullmatch(given.data.get(name, "")) for name in _ECHOED):
        raise InvalidRequestError("a parameter has characters it may not have")
    if any(len(values) > 1 for values in given.datalist.values()):
        raise InvalidRequestError("a parameter is given twice")
    if any("\x00" in value for value in given.data.values()) or not asked.headers.get("Authorization", "").isascii():
        raise InvalidRequestError("a parameter has characters it may not have")


def _refuse_unsupported(given: dict[str, str]) -> None:
    for name in ("request", "request_uri"):
        if name in given:
            raise InvalidRequestError(error=f"{name}_not_supported")
    if given.get("response_mode", "query") != "query":
        raise InvalidRequestError("only response_mode=query is supported")
    if given.get("max_age") and not given["max_age"].isdigit():
        raise InvalidRequestError("max_age is a number of seconds")
    if given.get("prompt") == "none" and given.get("max_age") == "0":
        raise LoginRequiredError


def _is_too_old(given: dict[str, str], session: SignedIn) -> bool:
    longest = given.get("max_age", "")
    return longest.isdigit() and (machine_now() - session.signed_in_at).total_seconds() > int(longest)
