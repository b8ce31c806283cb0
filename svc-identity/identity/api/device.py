"""`/device`: a person types the code a counter's screen or a television shows, sees who asks, and lets it in or not."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import machine_now
from chassis.database import Session
from chassis.http.unit import SessionDep, UnitRoute
from identity.actions.decide_device import Decision, decide_device, tried_too_often
from identity.actions.hold import Frozen
from identity.actions.open_session import session_digest
from identity.api import pages
from identity.api.cookies import SESSION, is_ours
from identity.api.parts import IdentityDep, see_as_part, source_of
from identity.models import Client
from identity.oauth.devices import user_code_index
from identity.oauth.rows import Grantee
from identity.queries import session_by_digest
from identity.queries_oauth import waiting_device
from identity.wiring import Identity

router = APIRouter(route_class=UnitRoute, include_in_schema=False)
Field = Annotated[str, Form(max_length=64)]
_PART = "sign-in"
_LONGEST = 16


@router.get("/device")
async def show_device(request: Request, service: IdentityDep, session: SessionDep, user_code: str = "") -> Response:
    """Ask for the code; whoever is not signed in does that first."""
    typed = user_code[:_LONGEST]
    if await _holder(request, service, session) is None:
        return _to_sign_in(typed)
    return pages.page(service, request, "device", step="ask", user_code=typed)


@router.post("/device")
async def take_device(
    request: Request,
    service: IdentityDep,
    session: SessionDep,
    user_code: Field = "",
    decision: Field = "",
    csrf: Annotated[str, Form(max_length=512)] = "",
) -> Response:
    """Look the code up, say who asks for what; then take the person's word."""
    holder = await _holder(request, service, session)
    if holder is None:
        return _to_sign_in(user_code[:_LONGEST])
    if not is_ours(service, request, csrf):
        return pages.page(service, request, "device", step="ask", user_code="", faults=["form_expired"], status=400)
    if wait := await tried_too_often(service, session, holder.account.person, source_of(request)):
        shown = pages.page(service, request, "device", step="ask", user_code="", faults=["wait"], wait=wait, status=429)
        shown.headers["Retry-After"] = str(wait)
        return shown
    found = await waiting_device(session, user_code_index(service, user_code), machine_now())
    if found is None:
        return pages.page(service, request, "device", step="ask", user_code="", faults=["device_code"], status=422)
    waiting, client = found
    if decision not in tuple(Decision):
        return _asked(request, service, client, waiting.scope, user_code)
    try:
        await decide_device(service, session, waiting, holder, Decision(decision))
    except Frozen as frozen:
        words = {"faults": ["frozen"], "until": frozen.words["until"]}
        return pages.page(service, request, "device", step="ask", user_code="", status=409, **words)
    return pages.page(service, request, "device", step=decision, user_code="")


def _to_sign_in(user_code: str) -> Response:
    """The code comes back with the person: only they know what it is worth."""
    wanted = f"/device?{urlencode({'user_code': user_code})}" if user_code else "/device"
    return RedirectResponse(f"/sign-in?{urlencode({'next': wanted})}", 303)


async def _holder(request: Request, service: Identity, session: Session) -> Grantee | None:
    await see_as_part(service, session, _PART)
    digest = session_digest(service, request.cookies.get(SESSION, ""))
    found = await session_by_digest(session, digest, machine_now())
    if found is None:
        return None
    found[0].seen_at = machine_now()
    await session.flush()
    return Grantee(found[1], found[0])


def _asked(request: Request, service: Identity, client: Client, scope: str, user_code: str) -> Response:
    name = client.name_ar if pages.language(request) == "ar" else client.name_en
    return pages.page(
        service,
        request,
        "device",
        step="decide",
        client=name,
        ours=client.sector is None,
        scopes=scope.split(),
        user_code=user_code,
    )
