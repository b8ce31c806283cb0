"""What this service does when others say something: one function per event, one call into actions."""

from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.freezes import copy_freezes
from chassis.relation_copies import copy_relations
from contracts.events_delivery import (
    OldDocumentArrived,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentPacked,
    ShipmentReturned,
)
from passport.actions.follow_shipment import follow_shipment, note_old_booklet
from passport.actions.reissue import reissue
from passport.domain.renewal import Action
from passport.models import AccountFreeze
from passport.queries import SERVICE_OF
from passport.wiring import Passport

reactions = Reactions()
copy_relations(reactions, scopes=frozenset(SERVICE_OF.values()))
copy_freezes(reactions, AccountFreeze)


@reactions.act(ShipmentPacked)
async def packed(service: Passport, session: Session, event: ShipmentPacked) -> None:
    """Document and envelope are bound to each other."""
    await follow_shipment(service, session, event.case_id, Action.PACK)


@reactions.act(ShipmentHandedOver)
async def handed_over(service: Passport, session: Session, event: ShipmentHandedOver) -> None:
    """The post has it."""
    await follow_shipment(service, session, event.case_id, Action.HAND_OVER)


@reactions.act(ShipmentDelivered)
async def delivered(service: Passport, session: Session, event: ShipmentDelivered) -> None:
    """It was handed over at the door."""
    await follow_shipment(service, session, event.case_id, Action.DELIVER)


@reactions.act(ShipmentReturned)
async def came_back(service: Passport, session: Session, event: ShipmentReturned) -> None:
    """Nobody took it in."""
    await follow_shipment(service, session, event.case_id, Action.RETURN_TO_SOURCE)


@reactions.act(ShipmentLost)
async def lost(service: Passport, session: Session, event: ShipmentLost) -> None:
    """The post confirmed a loss."""
    await reissue(service, session, event.case_id, event.document_number)


@reactions.act(OldDocumentArrived)
async def old_booklet_arrived(service: Passport, session: Session, event: OldDocumentArrived) -> None:
    """The old booklet lies at an office."""
    await note_old_booklet(service, session, event.case_id, event.office)
