"""What delivery has the post do: orders, searches and cancellations, each asked about before it is sent again."""

import json
from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from chassis.database import Session
from chassis.intents import Done, Intent, NeverArrived, NotYet, Outcome, Refused, Sender
from delivery.actions.addresses import ADDRESSES
from delivery.actions.cancel import CANCEL
from delivery.actions.claim import INVESTIGATE
from delivery.actions.end_search import confirm_loss, find_again
from delivery.actions.label import label, refuse_order
from delivery.actions.order import ORDER
from delivery.queries import locked
from delivery.wiring import Delivery
from partners.body import Refused as BodyRefused
from partners.body import Unreachable
from partners.intents.facts import FactSenders
from partners.intents.texts import KIND as TEXT
from partners.intents.texts import TextSender
from partners.post import PostOrder

T = TypeVar("T")


async def _asked(call: Awaitable[T]) -> T:
    """The post's answer; a refusal that passes by itself counts as not having been sent."""
    try:
        return await call
    except BodyRefused as no:
        if no.passing:
            raise Unreachable(no.body, no.slug, never_sent=True) from no
        raise


class OrderSender:
    """Orders a delivery; the answer is the label."""

    async def send(self, service: Delivery, intent: Intent) -> Outcome:
        order = json.loads(intent.sealed or "{}")
        try:
            return _labelled(await _asked(service.post.order(intent.reference, **order)))
        except BodyRefused as no:
            return Refused(no.slug)

    async def ask(self, service: Delivery, intent: Intent) -> Outcome | NeverArrived:
        known = (await service.post.find_order(intent.reference)).order
        return NeverArrived() if known is None else _labelled(known)

    async def settle(self, service: Delivery, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        shipment_id = UUID(intent.body["shipment"])
        if isinstance(outcome, Done):
            await label(service, session, shipment_id, outcome.outcome["envelope"])
        else:
            await refuse_order(session, shipment_id, outcome.reason)


def _labelled(order: PostOrder) -> Done:
    return Done({"envelope": order.s10, "reference": order.reference})


class InvestigateSender:
    """Has an envelope searched for, and asks how the search stands until it is over or its time is."""

    async def send(self, service: Delivery, intent: Intent) -> Outcome:
        if intent.expires_at is not None and intent.expires_at <= service.clock.now():
            return Refused("search-expired")
        try:
            search = await _asked(service.post.investigate(intent.body["envelope"]))
        except BodyRefused as no:
            return Refused(no.slug)
        if search.outcome == "open":
            return NotYet(after_s=service.search_asks_every_s)
        return Done({"outcome": search.outcome, "reference": search.reference})

    async def ask(self, service: Delivery, intent: Intent) -> Outcome | NeverArrived:
        return await self.send(service, intent)  # the same question tells how the search stands

    async def settle(self, service: Delivery, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        shipment = await locked(session, UUID(intent.body["shipment"]))
        if shipment is None or isinstance(outcome, Refused):
            return  # the deadline of the search decides
        if outcome.outcome["outcome"] == "found":
            await find_again(service, session, shipment)
        else:
            await confirm_loss(service, session, shipment, str(outcome.outcome["reference"]))


class CancelSender:
    """Calls an order off; repeating it changes nothing at the post."""

    async def send(self, service: Delivery, intent: Intent) -> Outcome:
        try:
            cancelled = await _asked(service.post.cancel(intent.body["order"]))
        except BodyRefused as no:
            return Refused(no.slug)
        return Done({"reference": cancelled.reference})

    async def ask(self, service: Delivery, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Delivery, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        """Nothing waits for it: the shipment was cancelled here before."""


async def _addresses_known(service: Delivery, session: Session, subject: str, kind: str) -> None:
    """Nothing waits for addresses: whoever asked for them asks again."""


def all_senders() -> dict[str, Sender]:
    """Every kind of intent this service writes, with who carries it out."""
    return {
        ORDER: OrderSender(),
        INVESTIGATE: InvestigateSender(),
        CANCEL: CancelSender(),
        TEXT: TextSender(),
        **FactSenders(_addresses_known).all([ADDRESSES]),
    }
