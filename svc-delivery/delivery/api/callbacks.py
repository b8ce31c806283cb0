"""The carrier's door: signed scans. What is not signed by the post, or signed too long ago, changes nothing."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response

from chassis.database import Sight, see_as
from chassis.http.problems import problem_response
from chassis.http.unit import SessionDep, UnitRoute
from chassis.refusals import Invalid, Unauthenticated
from delivery.actions.take_scan import Taken, take_scan
from delivery.api import DeliveryDep
from delivery.api.schemas import ScanView
from partners.callbacks import CallbackRefused
from partners.post import Scan, verify_callback

router = APIRouter(prefix="/callbacks", tags=["carrier"], route_class=UnitRoute)

CARRIER = Sight.system("carrier")
WRONG_AT_THE_DOOR = 409
PARKED = 202
log = structlog.get_logger()


async def signed_scan(request: Request, service: DeliveryDep, session: SessionDep) -> Scan:
    """The scan a callback tells, once its signature and its age are right; the transaction then sees as the carrier."""
    now = service.clock.now()
    try:
        scan = verify_callback(service.callback_secrets, request.headers, await request.body(), now)
    except CallbackRefused as refused:
        log.warning("callback.refused", reason=refused.slug)
        if refused.slug == "body-not-valid":
            raise Invalid("callback-not-valid") from refused
        raise Unauthenticated(f"callback-{refused.slug}") from refused
    await see_as(session, CARRIER, now)
    return scan


@router.post("/post", summary="The post: one signed scan (Standard Webhooks)", response_model=ScanView)
async def take_post_scan(
    request: Request,
    response: Response,
    scan: Annotated[Scan, Depends(signed_scan)],
    service: DeliveryDep,
    session: SessionDep,
) -> ScanView | Response:
    taken = await take_scan(service, session, scan)
    if taken.verdict == "refused":
        # An answer, not an exception: what was counted must be committed.
        return problem_response(
            request, service.texts, str(taken.reason), WRONG_AT_THE_DOOR, details={"verdict": taken.verdict}
        )
    if taken.verdict == "parked":
        response.status_code = PARKED
    return _view(taken)


def _view(taken: Taken) -> ScanView:
    return ScanView.model_validate(
        {
            "verdict": taken.verdict,
            "reason": taken.reason,
            "shipment": taken.shipment_id,
            "status": taken.status,
            "replayed": taken.replayed,
        }
    )
