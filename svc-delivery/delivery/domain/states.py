"""What a person reads for each status: one word of the house's request states, and whose turn it is. One table."""

from enum import StrEnum
from typing import Final

from delivery.domain.shipment import Status


class State(StrEnum):
    """The request states a shipment can show; the words are in `texts/states.toml`."""

    PRINTED = "printed"
    HANDED_TO_POST = "handed_to_post"
    WAITING_FOR_ANOTHER_BODY = "waiting_for_another_body"
    BEING_HANDLED = "being_handled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Turn(StrEnum):
    """Who has to do something next."""

    OFFICE = "office"
    CARRIER = "carrier"
    HOLDER = "holder"
    NOBODY = "nobody"


SHOWN: Final[dict[Status, tuple[State, Turn]]] = {
    Status.ORDERED: (State.PRINTED, Turn.CARRIER),
    Status.LABELLED: (State.PRINTED, Turn.OFFICE),
    Status.PACKED: (State.PRINTED, Turn.OFFICE),
    Status.HANDED_OVER: (State.HANDED_TO_POST, Turn.CARRIER),
    Status.IN_TRANSIT: (State.HANDED_TO_POST, Turn.CARRIER),
    Status.AT_BRANCH: (State.HANDED_TO_POST, Turn.CARRIER),
    Status.OUT_FOR_DELIVERY: (State.HANDED_TO_POST, Turn.HOLDER),
    Status.ATTEMPTED: (State.HANDED_TO_POST, Turn.CARRIER),
    Status.HELD: (State.HANDED_TO_POST, Turn.HOLDER),
    Status.CLAIMED: (State.WAITING_FOR_ANOTHER_BODY, Turn.CARRIER),
    Status.RETURNING: (State.EXPIRED, Turn.CARRIER),
    Status.DELIVERED: (State.DELIVERED, Turn.NOBODY),
    Status.RETURNED_TO_SOURCE: (State.EXPIRED, Turn.HOLDER),
    Status.LOST: (State.BEING_HANDLED, Turn.OFFICE),
    Status.CANCELLED: (State.CANCELLED, Turn.NOBODY),
    Status.ORDERED_AGAIN: (State.EXPIRED, Turn.NOBODY),
}
