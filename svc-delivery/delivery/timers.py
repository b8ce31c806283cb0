"""Deadlines of an envelope that fire by themselves."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from chassis.database import Session
from chassis.timers import Timers
from delivery.actions.attempt import HOLD_EXPIRES
from delivery.actions.claim import SEARCH_EXPIRES, claim_by_silence
from delivery.actions.end_search import confirm_loss
from delivery.actions.expire import expire
from delivery.actions.miss_promise import miss_promise
from delivery.actions.order import CONTACT_AWAITED, order_if_waiting
from delivery.actions.silence import PROMISE_MISSED, SILENCE
from delivery.models import Shipment
from delivery.queries import locked
from delivery.wiring import Delivery

timers = Timers()

Act = Callable[[Delivery, Session, Shipment], Awaitable[None]]


def _on(kind: str, act: Act) -> None:
    """Have a deadline load its shipment, locked, and make one call into actions."""

    async def fire(service: Delivery, session: Session, subject: str) -> None:
        shipment = await locked(session, UUID(subject))
        if shipment is not None:
            await act(service, session, shipment)

    timers.on(kind)(fire)


async def _search_is_over(service: Delivery, session: Session, shipment: Shipment) -> None:
    await confirm_loss(service, session, shipment, SEARCH_EXPIRES)


_on(PROMISE_MISSED, miss_promise)
_on(SILENCE, claim_by_silence)
_on(HOLD_EXPIRES, expire)
_on(SEARCH_EXPIRES, _search_is_over)
_on(CONTACT_AWAITED, order_if_waiting)
