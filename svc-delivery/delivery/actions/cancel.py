"""Cancel a shipment that has not left the office, and call its order off at the post."""

from uuid import UUID

from chassis import audit
from chassis.authority import Principal, find, require_role
from chassis.database import Session
from chassis.intents import intend
from contracts.authority import Actor, StaffRole
from delivery.actions.order import order_reference
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.queries import any_locked
from delivery.wiring import Delivery

CANCEL = "post.cancel"


async def cancel(service: Delivery, session: Session, principal: Principal, shipment_id: UUID, reason: str) -> Shipment:
    """An operator stops a shipment, with a reason; the document stays where it lies."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OPERATOR], now)
    shipment = await find(session, any_locked(shipment_id))
    shipment.move(
        session,
        Action.CANCEL,
        by=Actor.OPERATOR,
        actor=principal.subject,
        facts=ShipmentFacts(now),
        now=now,
        reason=reason,
    )
    if shipment.envelope is not None:
        await cancel_at_post(service, session, shipment)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.OPERATOR,
        person=shipment.person,
        action="shipment.cancel",
        object_=str(shipment.id),
        reason=reason,
    )
    return shipment


async def cancel_at_post(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Have the post forget the order."""
    body = {"shipment": str(shipment.id), "order": order_reference(shipment)}
    await intend(session, service, CANCEL, body, reference=f"{shipment.id}:cancel")
