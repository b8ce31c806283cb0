"""An attempt at the door that met nobody; after the last one the envelope is held at the branch."""

from chassis.database import Session
from chassis.timers import arm
from contracts.authority import Actor
from delivery.domain.deadlines import end_of_working_day
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Shipment
from delivery.wiring import Delivery

HOLD_EXPIRES = "hold_expires"


async def attempt(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Count the attempt; hold the envelope when it was the last."""
    now, rules = service.clock.now(), service.rules()
    facts = ShipmentFacts(now)
    shipment.move(session, Action.ATTEMPT, by=Actor.CARRIER, actor="carrier", facts=facts, now=now)
    shipment.attempts += 1
    if shipment.attempts < rules.number("delivery.shipment.door_attempts"):
        return
    shipment.move(session, Action.HOLD, by=Actor.SYSTEM, actor="system", facts=facts, now=now)
    days = rules.number("delivery.shipment.hold_working_days")
    shipment.held_until = end_of_working_day(now, days, service.holidays())
    await arm(session, HOLD_EXPIRES, str(shipment.id), shipment.held_until)
