"""`/internal/ended-sessions`: what the gateway and the services ask every second. No route of the gateway leads here."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from chassis.http.unit import SessionDep, UnitRoute
from identity.api.parts import IdentityDep, see_as_part
from identity.queries_ends import BadCursor, ends_since

router = APIRouter(route_class=UnitRoute, include_in_schema=False)


@router.get("/internal/ended-sessions")
async def show_ends(service: IdentityDep, session: SessionDep, after: str = "") -> Response:
    """Sessions and families of tokens that ended, and accounts that were stopped, after a place in their order."""
    await see_as_part(service, session, "gateway")
    try:
        ends = await ends_since(service, session, after)
    except BadCursor:
        ends = await ends_since(service, session, "")
    told = {"ended": ends.ended, "stopped": ends.stopped, "after": ends.after, "more": ends.more}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})
