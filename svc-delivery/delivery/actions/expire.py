"""Nobody came for an envelope that was held: it is to go back to where it came from."""

from chassis.database import Session
from contracts.authority import Actor
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action, Status
from delivery.models import Shipment
from delivery.wiring import Delivery


async def expire(service: Delivery, session: Session, shipment: Shipment) -> None:
    """The days of holding are over. It counts as returned when the carrier gives it back."""
    if shipment.stands is not Status.HELD:
        return
    now = service.clock.now()
    shipment.move(session, Action.EXPIRE, by=Actor.SYSTEM, actor="system", facts=ShipmentFacts(now), now=now)
