"""`/account/sessions`: where I am signed in, with what and since when; ended one by one, or all others at once."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import machine_now
from identity.actions.end_session import end_other_sessions, end_session
from identity.actions.enter_password import SIGHT
from identity.api import pages
from identity.api.cookies import is_ours
from identity.api.parts import IdentityDep
from identity.api.signed_in import Holder, holder_of, to_sign_in_first
from identity.models import SignedIn
from identity.queries import live
from identity.wiring import Identity

router = APIRouter(include_in_schema=False)
PAGE = "/account/sessions"
BY = "its holder"
_MOST_SHOWN = 100
Field = Annotated[str, Form(max_length=512)]


@router.get(PAGE)
async def show_sessions(request: Request, service: IdentityDep) -> Response:
    """Everywhere I am signed in."""
    return await _show(service, request)


@router.post(f"{PAGE}/{{session_id}}/end")
async def take_end(session_id: UUID, request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """Sign one browser of mine out."""
    if not is_ours(service, request, csrf):
        return await _show(service, request, fault="form_expired", status=400)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
        if holder is not None:
            await end_session(session, session_id, BY, person=holder.account.person)
    return RedirectResponse(f"{PAGE}?done=1", 303)


@router.post(f"{PAGE}/end-others")
async def take_end_of_others(request: Request, service: IdentityDep, csrf: Field = "") -> Response:
    """Sign every browser of mine out but this one."""
    if not is_ours(service, request, csrf):
        return await _show(service, request, fault="form_expired", status=400)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
        if holder is not None:
            await end_other_sessions(session, holder.account.person, holder.session.id, BY)
    return RedirectResponse(f"{PAGE}?done=1", 303)


async def _show(service: Identity, request: Request, *, fault: str = "", status: int = 200) -> Response:
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        holder = await holder_of(service, session, request)
        rows = [] if holder is None else list(await session.scalars(_live_of(holder)))
    if holder is None:
        return to_sign_in_first(PAGE)
    return pages.page(
        service,
        request,
        "sessions",
        status=status,
        faults=[fault] if fault else [],
        sessions=rows,
        this_one=holder.session.id,
        is_done=request.query_params.get("done") == "1" and not fault,
    )


def _live_of(holder: Holder) -> sa.Select[SignedIn]:
    mine = sa.select(SignedIn).where(SignedIn.account_id == holder.account.id, live(machine_now()))
    return mine.order_by(SignedIn.id.desc()).limit(_MOST_SHOWN)
