"""A search at the post is over: the envelope was found and goes on, or it is lost."""

from chassis.database import Session
from chassis.timers import disarm
from contracts.authority import Actor
from delivery.actions.claim import SEARCH_EXPIRES
from delivery.actions.lose import lose
from delivery.actions.silence import listen_for
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action, Status
from delivery.models import Shipment
from delivery.wiring import Delivery


async def find_again(service: Delivery, session: Session, shipment: Shipment) -> None:
    """The post has found it."""
    if shipment.stands is not Status.CLAIMED:
        return
    now = service.clock.now()
    shipment.move(session, Action.FIND, by=Actor.SYSTEM, actor="post", facts=ShipmentFacts(now), now=now)
    await disarm(session, SEARCH_EXPIRES, str(shipment.id))
    await listen_for(service, session, shipment, now)


async def confirm_loss(service: Delivery, session: Session, shipment: Shipment, evidence: str) -> None:
    """The post has not found it, or has no time left to."""
    if shipment.stands is Status.CLAIMED:
        await lose(service, session, shipment, by=Actor.SYSTEM, evidence=evidence)
