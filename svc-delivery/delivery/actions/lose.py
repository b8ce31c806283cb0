"""An envelope is lost for good: the carrier says so, or has not found it in the time it has."""

from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events import ShipmentLost
from delivery.actions.custody import pass_on
from delivery.actions.silence import stop_waiting
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.wiring import Delivery


async def lose(service: Delivery, session: Session, shipment: Shipment, *, by: Actor, evidence: str) -> None:
    """Write the loss down and say it; whoever made the document makes it anew at the carrier's cost."""
    now = service.clock.now()
    shipment.move(
        session, Action.LOSE, by=by, actor=str(by), facts=ShipmentFacts(now), now=now, reason="loss-confirmed"
    )
    await pass_on(session, shipment, "document", "carrier", "nobody", evidence=evidence, at=now)
    await stop_waiting(session, shipment)
    event = ShipmentLost(
        shipment_id=shipment.id,
        case_id=shipment.case_id,
        reference=shipment.case_reference,
        person=shipment.person,
        document_number=shipment.document_number,
    )
    await record(session, event, now)
