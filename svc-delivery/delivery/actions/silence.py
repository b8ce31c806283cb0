"""Listen for an envelope on its way: after some working days without a scan the search begins by itself."""

from datetime import datetime

from chassis.database import Session
from chassis.timers import arm, disarm
from delivery.domain.deadlines import end_of_working_day
from delivery.domain.shipment import ON_THE_WAY
from delivery.models import Shipment
from delivery.wiring import Delivery

PROMISE_MISSED = "promise_missed"
SILENCE = "silence"
_ALL = (PROMISE_MISSED, SILENCE, "hold_expires", "search_expires", "contact_awaited")


async def listen_for(service: Delivery, session: Session, shipment: Shipment, now: datetime) -> None:
    """Begin to count anew, or stop counting where the envelope is not expected to come nearer by itself."""
    if shipment.stands not in ON_THE_WAY:
        await disarm(session, SILENCE, str(shipment.id))
        return
    days = service.rules().number("delivery.loss.silence_working_days")
    await arm(session, SILENCE, str(shipment.id), end_of_working_day(now, days, service.holidays()))


async def stop_waiting(session: Session, shipment: Shipment) -> None:
    """The envelope's way is over: none of its deadlines matters any more."""
    for kind in _ALL:
        await disarm(session, kind, str(shipment.id))
