"""Readdress an order that the post would not take: to another registered address of the caller's."""

from uuid import UUID

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.freezes import frozen_until
from delivery.actions.addresses import known_addresses
from delivery.actions.claim import actors_of
from delivery.actions.order import order_from_post
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import AccountFreeze, Shipment
from delivery.queries import one_of
from delivery.wiring import Delivery


async def readdress(
    service: Delivery, session: Session, principal: Principal, shipment_id: UUID, short_address: str
) -> Shipment:
    """Send an order that was refused to another address of the caller's. Raises RequirementsMissing."""
    shipment = await move_to_address(service, session, principal, shipment_id, Action.READDRESS, short_address)
    shipment.short_address = short_address
    await order_from_post(service, session, shipment)
    return shipment


async def move_to_address(
    service: Delivery,
    session: Session,
    principal: Principal,
    shipment_id: UUID,
    action: Action,
    short_address: str,
) -> Shipment:
    """Make a move that needs a registered address, by the holder or the head of the household; audited. Rule delivery.freeze.acts."""
    now = service.clock.now()
    shipment = await find(session, one_of(principal, shipment_id, now).with_for_update())
    actors = await actors_of(session, principal, shipment, now)
    fact = await known_addresses(service, session, principal.subject)
    known = None if fact is None else {each["short_address"] for each in fact.value.get("addresses", ())}
    gathered = ShipmentFacts(
        now,
        service.rules(),
        await frozen_until(session, AccountFreeze, principal, now),
        order_was_refused=shipment.order_refused is not None,
        address_is_registered=None if known is None else short_address in known,
    )
    made = shipment.move(session, action, by=actors, actor=principal.subject, facts=gathered, now=now)
    audit.act(
        session,
        service,
        principal,
        standing=min(made.by & actors),
        person=shipment.person,
        action=f"shipment.{action}",
        object_=str(shipment.id),
    )
    return shipment
