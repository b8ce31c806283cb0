"""Return an undelivered envelope: the carrier gives it back to the office that packed it."""

from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events import ShipmentReturned
from delivery.actions.custody import pass_on
from delivery.actions.silence import stop_waiting
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.wiring import Delivery


async def give_back(service: Delivery, session: Session, shipment: Shipment, evidence: str) -> None:
    """Take it in again; its way is over."""
    now = service.clock.now()
    shipment.move(session, Action.RETURN, by=Actor.CARRIER, actor="carrier", facts=ShipmentFacts(now), now=now)
    await pass_on(session, shipment, "document", "carrier", "office", evidence=evidence, at=now, office=shipment.office)
    await stop_waiting(session, shipment)
    event = ShipmentReturned(
        shipment_id=shipment.id, case_id=shipment.case_id, reference=shipment.case_reference, person=shipment.person
    )
    await record(session, event, now)
