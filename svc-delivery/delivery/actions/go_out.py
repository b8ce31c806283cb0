"""The courier is on the way to the door: a fresh code is made, and sent to the holder alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import cipher_of
from chassis.database import Session
from chassis.events.outbox import record
from contracts.authority import Actor
from contracts.events import ShipmentOutForDelivery
from delivery.domain.deadlines import hours_after
from delivery.domain.door_code import digest_of, new_code
from delivery.domain.requirements import ShipmentFacts
from delivery.domain.shipment import Action
from delivery.models import Contact, DoorCode, Shipment
from delivery.queries import contact_for
from delivery.wiring import Delivery
from partners.intents.texts import send_text

LANE = 0  # a code waits for nothing else


async def go_out(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Out for delivery. The code of an earlier round no longer opens the door."""
    now = service.clock.now()
    shipment.move(session, Action.GO_OUT, by=Actor.CARRIER, actor="carrier", facts=ShipmentFacts(now), now=now)
    await session.execute(
        sa.delete(DoorCode).where(DoorCode.shipment_id == shipment.id).execution_options(synchronize_session=False)
    )
    await send_code(service, session, shipment)
    event = ShipmentOutForDelivery(
        shipment_id=shipment.id, case_id=shipment.case_id, reference=shipment.case_reference, person=shipment.person
    )
    await record(session, event, now)


async def send_code(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Make the code of this round and send it. Without a known mobile nothing is made until one arrives."""
    now, rules = service.clock.now(), service.rules()
    contact = await contact_for(session, shipment.person, now)
    if contact is None:
        return
    code = new_code(rules.number("delivery.door_code.digits"))
    values = {
        "round": shipment.version,
        "digest": digest_of(cipher_of(service.name).index, shipment.id, code),
        "guesses": 0,
        "made_at": now,
        "used_at": None,
    }
    await session.execute(
        insert(DoorCode)
        .values(shipment_id=shipment.id, **values)
        .on_conflict_do_update(index_elements=["shipment_id"], set_=values)
    )
    await send_text(
        session,
        service,
        to=contact.mobile,
        text=_words(service, shipment, contact, code),
        about=str(shipment.id),
        reference=f"{shipment.id}:door-code:{shipment.version}",
        lane=LANE,
        expires_at=hours_after(now, rules.number("delivery.door_code.sent_within")),
    )


def _words(service: Delivery, shipment: Shipment, contact: Contact, code: str) -> str:
    key = "sms.door-code-and-old-document" if shipment.collect_old_number else "sms.door-code"
    return service.texts.say(key, contact.language, code=code, reference=shipment.case_reference)
