"""`/callbacks/registry`: what the civil registry tells by itself, signed. What it has not signed changes nothing."""

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel

from chassis.database import Sight, see_as
from chassis.http.unit import SessionDep, UnitRoute
from chassis.refusals import Invalid, Unauthenticated
from identity.actions.take_notice import take_notice
from identity.api.parts import IdentityDep
from partners.callbacks import CallbackRefused
from partners.registry import verify_notice

router = APIRouter(prefix="/callbacks", tags=["registry"], route_class=UnitRoute)
SIGHT = Sight.system("registry")
log = structlog.get_logger()


class NoticeView(BaseModel):
    """Whether this was news."""

    applied: bool


@router.post("/registry", summary="The civil registry: one signed notice (Standard Webhooks)")
async def take_registry_notice(request: Request, service: IdentityDep, session: SessionDep) -> NoticeView:
    now = service.clock.now()
    try:
        notice = verify_notice(service.registry_secrets, request.headers, await request.body(), now)
    except CallbackRefused as refused:
        log.warning("callback.refused", reason=refused.slug)
        if refused.slug == "body-not-valid":
            raise Invalid("callback-not-valid") from refused
        raise Unauthenticated(f"callback-{refused.slug}") from refused
    await see_as(session, SIGHT, now)
    return NoticeView(applied=await take_notice(service, session, notice))
