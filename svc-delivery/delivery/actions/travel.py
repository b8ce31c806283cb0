"""Carry an envelope along, or arrive with it at the branch: it came nearer, and nothing else happened."""

from chassis.database import Session
from contracts.authority import Actor
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.wiring import Delivery


async def carry(service: Delivery, session: Session, shipment: Shipment) -> None:
    """In transit between the office and the branch."""
    _move(service, session, shipment, Action.CARRY)


async def arrive(service: Delivery, session: Session, shipment: Shipment) -> None:
    """At the branch that serves the address."""
    _move(service, session, shipment, Action.ARRIVE)


def _move(service: Delivery, session: Session, shipment: Shipment, action: Action) -> None:
    now = service.clock.now()
    shipment.move(session, action, by=Actor.CARRIER, actor="carrier", facts=ShipmentFacts(now), now=now)
