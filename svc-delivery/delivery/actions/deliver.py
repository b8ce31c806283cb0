"""Deliver at the door: the receiver's code must be right, and an expected old document must have been handed out."""

import sqlalchemy as sa

from chassis.crypto import cipher_of
from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events import ShipmentDelivered
from delivery.actions.custody import pass_on
from delivery.actions.silence import stop_waiting
from delivery.domain.door_code import agrees, digest_of
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import SHIPMENT, Action
from delivery.models import DoorCode, Shipment
from delivery.wiring import Delivery
from partners.post import Scan


class NotAtTheDoor(Exception):
    """The receiver or the courier gave something wrong: the scan is refused, the envelope stays where it is."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


async def deliver(service: Delivery, session: Session, shipment: Shipment, scan: Scan) -> None:
    """Take the delivery in. Raises NotAtTheDoor (the guess stays counted) or MoveNotOpen (nothing is counted)."""
    now = service.clock.now()
    facts = ShipmentFacts(now, code_is_right=True, old_document_is_there=True)
    # Asked before the code is looked at: a scan that comes at the wrong time costs the receiver no guess.
    SHIPMENT.advance(shipment.stands, Action.DELIVER, Actor.CARRIER, facts)
    _check_old_document(shipment, scan)
    await _check_code(service, session, shipment, scan.code)
    shipment.move(session, Action.DELIVER, by=Actor.CARRIER, actor="carrier", facts=facts, now=now)
    shipment.proof, shipment.delivered_at = scan.message_id, scan.scanned_at
    await pass_on(session, shipment, "document", "carrier", "holder", evidence=scan.message_id, at=now)
    if shipment.collect_old_number is not None:
        shipment.old_document = "collected"
        await pass_on(session, shipment, "old_document", "holder", "carrier", evidence=scan.message_id, at=now)
    await stop_waiting(session, shipment)
    event = ShipmentDelivered(
        shipment_id=shipment.id,
        case_id=shipment.case_id,
        reference=shipment.case_reference,
        person=shipment.person,
        delivered_at=scan.scanned_at,
        old_document=shipment.collect_old_number,
    )
    await record(session, event, now)


def _check_old_document(shipment: Shipment, scan: Scan) -> None:
    if shipment.collect_old_number is None:
        return
    if scan.old_document is None:
        raise NotAtTheDoor("old-document-missing")
    if scan.old_document.strip().upper() != shipment.collect_old_number:
        raise NotAtTheDoor("old-document-differs")


async def _check_code(service: Delivery, session: Session, shipment: Shipment, code: str | None) -> None:
    if code is None:
        raise NotAtTheDoor("door-code-missing")
    # The guess is taken before anything is compared, so that a thousand at once are still only as many as the rule says.
    known = await session.scalar(
        sa.update(DoorCode)
        .where(
            DoorCode.shipment_id == shipment.id,
            DoorCode.used_at.is_(None),
            DoorCode.guesses < service.rules().number("delivery.door_code.guesses"),
        )
        .values(guesses=DoorCode.guesses + 1)
        .returning(DoorCode.digest)
        .execution_options(synchronize_session=False)
    )
    if known is None:
        raise NotAtTheDoor("door-code-locked")
    if not agrees(known, digest_of(cipher_of(service.name).index, shipment.id, code)):
        raise NotAtTheDoor("door-code-wrong")
    await session.execute(
        sa.update(DoorCode)
        .where(DoorCode.shipment_id == shipment.id)
        .values(used_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )
