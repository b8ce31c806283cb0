"""Doors without signing in: tracking a ticket, and the catalogue of services."""

import tomllib
from importlib import resources

from fastapi import APIRouter, Depends, Request, Response

from chassis.http.problems import problem_response
from chassis.http.unit import SessionDep, UnitRoute, anonymous
from support.actions.track import TooManyPairs, track
from support.api import SupportDep, views
from support.api.schemas import Pair, ServiceView, TrackedTicket

router = APIRouter(tags=["public"], route_class=UnitRoute)


@router.post(
    "/v1/track/tickets",
    dependencies=[Depends(anonymous)],
    response_model=TrackedTicket,
    summary="A ticket's state by its number and the last four digits of the mobile",
)
async def track_ticket(
    pair: Pair, request: Request, service: SupportDep, session: SessionDep
) -> TrackedTicket | Response:
    found = await track(service, session, pair.reference, pair.mobile_last4, _address(request))
    if isinstance(found, TooManyPairs):
        return problem_response(request, service.texts, found.slug, found.status, retry_after=found.retry_after)
    if found is None:
        # Answered, not raised: the attempt has to stay counted.
        return problem_response(request, service.texts, "pair-unknown", 404)
    return views.tracked(service, found)


def _address(request: Request) -> str:
    """The caller's address as the gateway wrote it."""
    forwarded = request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
    return forwarded or (request.client.host if request.client else "unknown")


_SERVICES = [
    ServiceView.model_validate(each)
    for each in tomllib.loads(
        resources.files("support").joinpath("data").joinpath("services.toml").read_text(encoding="utf-8")
    )["service"]
]


@router.get("/v1/services", summary="What the directorate offers, how far it is online, and what still needs a visit")
async def list_services() -> list[ServiceView]:
    return _SERVICES
