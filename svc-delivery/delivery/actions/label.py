"""Label an envelope with the identifier the post gave for its order."""

from uuid import UUID

import structlog

from chassis.database import Session
from contracts.authority import Actor
from delivery.actions.cancel import cancel_at_post
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action, Status
from delivery.queries import label_is_taken, locked
from delivery.wiring import Delivery

log = structlog.get_logger()


async def label(service: Delivery, session: Session, shipment_id: UUID, envelope: str) -> None:
    """Take the label in. An order that was cancelled meanwhile is called off at the post as well."""
    shipment = await locked(session, shipment_id)
    if shipment is None:
        return
    if shipment.stands is Status.CANCELLED:
        await cancel_at_post(service, session, shipment)
        return
    if shipment.stands is not Status.ORDERED:
        return
    if await label_is_taken(session, envelope, shipment.id):
        await refuse_order(session, shipment_id, "label-not-unique")
        return
    now = service.clock.now()
    shipment.envelope, shipment.order_refused = envelope, None
    shipment.move(session, Action.LABEL, by=Actor.SYSTEM, actor="post", facts=ShipmentFacts(now), now=now)


async def refuse_order(session: Session, shipment_id: UUID, reason: str) -> None:
    """Keep that the post would not take the order, and why: the packing desk sees it among its exceptions."""
    shipment = await locked(session, shipment_id)
    if shipment is not None and shipment.stands is Status.ORDERED:
        shipment.order_refused = reason
        log.warning("shipment.order_refused", shipment_id=str(shipment_id), reason=reason)
