"""Order a delivery: a printed document becomes a shipment, and the post is asked for a label."""

import json
from datetime import timedelta

from chassis.database import Session
from chassis.identifiers import new_reference
from chassis.intents import intend
from chassis.timers import arm
from contracts.events import ApplicationPrinted
from delivery.domain.shipment import Status
from delivery.models import Shipment
from delivery.queries import contact_for
from delivery.wiring import Delivery

ORDER = "post.order"
CONTACT_AWAITED = "contact_awaited"


async def order(service: Delivery, session: Session, printed: ApplicationPrinted) -> Shipment:
    """Open the shipment of a printed document and order its way from the post."""
    shipment = Shipment.ordered_for(printed, new_reference("SHP"), service.clock.now())
    session.add(shipment)
    await session.flush()
    await order_from_post(service, session, shipment)
    return shipment


async def order_from_post(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Write the order, once it is known whose mobile the carrier may ring; until then look again later."""
    now = service.clock.now()
    contact = await contact_for(session, shipment.person, now)
    if contact is None:
        wait = timedelta(hours=service.rules().number("delivery.shipment.contact_wait"))
        await arm(session, CONTACT_AWAITED, str(shipment.id), now + wait)
        return
    sealed = {
        "person": shipment.person,
        "recipient": shipment.recipient,
        "short_address": shipment.short_address,
        "mobile": contact.mobile,
    }
    shipment.ordered_from_post_at, shipment.order_refused = now, None
    shipment.orders += 1
    await intend(
        session,
        service,
        ORDER,
        {"shipment": str(shipment.id)},
        reference=order_reference(shipment),
        sealed=json.dumps(sealed, ensure_ascii=False),
    )


async def order_if_waiting(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Look again whether somebody can be reached, for an order that was never written."""
    if shipment.stands is Status.ORDERED and shipment.ordered_from_post_at is None:
        await order_from_post(service, session, shipment)


def order_reference(shipment: Shipment) -> str:
    """The name the post knows the order by, for ever; after a refusal the next order has a name of its own."""
    return f"{shipment.id}:order:{shipment.orders}"
