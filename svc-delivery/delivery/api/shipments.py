"""The holder's door: my shipments and those of my household, one of them, and the claim that it never came."""

from uuid import UUID

from fastapi import APIRouter

from chassis.authority import Principal, find
from chassis.database import Session
from chassis.freezes import frozen_until
from chassis.http.unit import OnceDep, PrincipalDep, SessionDep, UnitRoute
from chassis.paging import CursorParam, LimitParam, Page, page_of
from delivery.actions.cancel import cancel
from delivery.actions.claim import actors_of, claim
from delivery.actions.order_again import order_again
from delivery.actions.readdress import readdress
from delivery.api import DeliveryDep
from delivery.api.schemas import AddressChoice, DeskShipmentView, NewCancellation, ShipmentLine, ShipmentView
from delivery.api.views import desk_view, shipment_line, shipment_view
from delivery.models import AccountFreeze, Shipment
from delivery.queries import moves_of, one_of, shipments_of
from delivery.wiring import Delivery

router = APIRouter(prefix="/v1/shipments", tags=["shipments"], route_class=UnitRoute)


@router.get("", summary="My shipments and those of my household, newest first")
async def list_shipments(
    service: DeliveryDep,
    session: SessionDep,
    principal: PrincipalDep,
    cursor: CursorParam = None,
    limit: LimitParam = 20,
) -> Page[ShipmentLine]:
    statement = shipments_of(principal, service.clock.now())
    rows, following = await page_of(session, statement, Shipment.id, cursor=cursor, limit=limit)
    return Page(items=[shipment_line(service, row) for row in rows], next=following)


@router.get("/{shipment_id}", summary="One shipment: where it is, what was promised, whose turn it is")
async def read_shipment(
    shipment_id: UUID, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> ShipmentView:
    shipment = await find(session, one_of(principal, shipment_id, service.clock.now()))
    return await _view(service, session, principal, shipment)


@router.post("/{shipment_id}/claim", dependencies=[OnceDep], summary="Say that it never came; the post searches")
async def claim_shipment(
    shipment_id: UUID, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> ShipmentView:
    shipment = await claim(service, session, principal, shipment_id)
    return await _view(service, session, principal, shipment)


@router.post("/{shipment_id}/cancel", dependencies=[OnceDep], summary="Operators: stop a shipment before it leaves")
async def cancel_shipment(
    shipment_id: UUID, body: NewCancellation, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> DeskShipmentView:
    return desk_view(service, await cancel(service, session, principal, shipment_id, body.reason))


@router.post(
    "/{shipment_id}/readdress", dependencies=[OnceDep], summary="Name another address, once the post refused one"
)
async def readdress_shipment(
    shipment_id: UUID, body: AddressChoice, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> ShipmentView:
    shipment = await readdress(service, session, principal, shipment_id, body.short_address)
    return await _view(service, session, principal, shipment)


@router.post(
    "/{shipment_id}/order-again",
    status_code=201,
    dependencies=[OnceDep],
    summary="Have a document that came back travel again; answers the new shipment",
)
async def order_shipment_again(
    shipment_id: UUID, body: AddressChoice, service: DeliveryDep, session: SessionDep, principal: PrincipalDep
) -> ShipmentView:
    shipment = await order_again(service, session, principal, shipment_id, body.short_address)
    return await _view(service, session, principal, shipment)


async def _view(service: Delivery, session: Session, principal: Principal, shipment: Shipment) -> ShipmentView:
    await session.flush()
    now = service.clock.now()
    actors = await actors_of(session, principal, shipment, now)
    frozen = await frozen_until(session, AccountFreeze, principal, now)
    return shipment_view(service, shipment, actors, await moves_of(session, shipment.id), frozen)
