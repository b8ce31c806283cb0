"""The packing desk's door: what waits, packing against two scans, and the hand-over to the post."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.audit.guard import nothing_personal
from chassis.authority import require_role
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import LIMIT_MAX, CursorParam, LimitParam, Page, page_of
from contracts.authority import StaffRole
from delivery.actions.hand_over import hand_over
from delivery.actions.pack import pack
from delivery.actions.settle_scan import settle_scan
from delivery.api import DeliveryDep
from delivery.api.schemas import (
    DeskShipmentView,
    HandOverLine,
    HandOverView,
    NewHandOver,
    NewPacking,
    NewSettlement,
    PackingLine,
    ParkedScansView,
)
from delivery.api.views import desk_view, instant_or_none, packing_line, parked_scan_view
from delivery.models import Shipment
from delivery.queries import parked_scans, to_be_packed

router = APIRouter(prefix="/v1/shipments", tags=["packing desk"], route_class=UnitRoute)


@router.get("/packing-list", summary="Clerks: what waits to be packed or handed over; no personal data")
async def list_packing(
    service: DeliveryDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = 20,
    reference: Annotated[str | None, Query(max_length=40, description="of the request or the shipment")] = None,
) -> Page[PackingLine]:
    await require_role(session, principal, [StaffRole.CLERK], service.clock.now())
    rows, following = await page_of(session, to_be_packed(reference), Shipment.id, cursor=cursor, limit=limit)
    nothing_personal(session, rows)
    return Page(items=[packing_line(service, row) for row in rows], next=following)


@router.post("/hand-overs", status_code=201, dependencies=[OnceDep], summary="Clerks: hand envelopes to the post")
async def hand_envelopes_over(
    body: NewHandOver, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> HandOverView:
    manifest = await hand_over(service, session, principal, body.envelopes, whole=body.whole, office=body.office)
    lines = [
        HandOverLine.model_validate(
            {
                "envelope": line.envelope,
                "verdict": line.verdict,
                "texts": service.texts.both(f"hand-over.{line.verdict}"),
                "promised_by": instant_or_none(line.promised_by),
            }
        )
        for line in manifest.lines
    ]
    return HandOverView(
        reference=manifest.reference,
        office=manifest.office,
        handed_over=sum(line.verdict == "handed_over" for line in lines),
        lines=lines,
    )


@router.post("/{shipment_id}/pack", dependencies=[OnceDep], summary="Clerks: bind a document to its envelope")
async def pack_shipment(
    shipment_id: UUID, body: NewPacking, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> DeskShipmentView:
    shipment = await pack(
        service,
        session,
        principal,
        shipment_id,
        document_number=body.document_number,
        envelope=body.envelope,
        office=body.office,
    )
    return desk_view(service, shipment)


@router.get("/parked-scans", summary="Clerks and operators: scans that fit nothing, oldest first")
async def list_parked_scans(service: DeliveryDep, session: SessionDep, principal: PrincipalDep) -> ParkedScansView:
    await require_role(session, principal, [StaffRole.CLERK, StaffRole.OPERATOR], service.clock.now())
    rows = await session.scalars(parked_scans().limit(LIMIT_MAX))
    return ParkedScansView(items=[parked_scan_view(row) for row in rows])


@router.post(
    "/parked-scans/settle", status_code=204, dependencies=[OnceDep], summary="Operators: a parked scan was looked into"
)
async def settle_parked_scan(
    body: NewSettlement, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> None:
    await settle_scan(service, session, principal, body.message_id, body.reason)
