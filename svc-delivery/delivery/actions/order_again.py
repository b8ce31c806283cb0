"""Order again: a document that came back travels once more, in a shipment of its own."""

from uuid import UUID

from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import new_reference
from delivery.actions.order import order_from_post
from delivery.actions.readdress import move_to_address
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.wiring import Delivery


async def order_again(
    service: Delivery, session: Session, principal: Principal, shipment_id: UUID, short_address: str
) -> Shipment:
    """Have a document that came back travel again, in a new shipment, which is returned."""
    returned = await move_to_address(service, session, principal, shipment_id, Action.ORDER_AGAIN, short_address)
    await session.flush()
    now = service.clock.now()
    shipment = returned.ordered_once_more(new_reference("SHP"), short_address, now)
    session.add(shipment)
    await session.flush()
    await order_from_post(service, session, shipment)
    return shipment
