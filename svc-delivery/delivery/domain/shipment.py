"""The way of an envelope: every status, every arrow, who makes it, and what must be true of it. One list."""

from enum import StrEnum

from chassis.lifecycle import Lifecycle, Move, move
from contracts.authority import Actor
from delivery.domain.requirements import (
    ShipmentFacts,
    address_is_registered,
    claim_is_open,
    claiming_is_open,
    document_matches,
    door_code_is_right,
    envelope_matches,
    old_document_is_collected,
    order_was_refused,
    ordering_again_is_open,
    readdressing_is_open,
)


class Status(StrEnum):
    """Where an envelope stands."""

    ORDERED = "ordered"
    LABELLED = "labelled"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    AT_BRANCH = "at_branch"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    HELD = "held"
    CLAIMED = "claimed"
    RETURNING = "returning"
    DELIVERED = "delivered"
    RETURNED_TO_SOURCE = "returned_to_source"
    LOST = "lost"
    CANCELLED = "cancelled"
    ORDERED_AGAIN = "ordered_again"


class Action(StrEnum):
    """What moves an envelope on."""

    READDRESS = "readdress"
    LABEL = "label"
    PACK = "pack"
    HAND_OVER = "hand_over"
    CARRY = "carry"
    ARRIVE = "arrive"
    GO_OUT = "go_out"
    ATTEMPT = "attempt"
    HOLD = "hold"
    DELIVER = "deliver"
    CLAIM = "claim"
    FIND = "find"
    LOSE = "lose"
    EXPIRE = "expire"
    RETURN = "return"
    CANCEL = "cancel"
    ORDER_AGAIN = "order_again"


S, A = Status, Action

WITH_CARRIER = frozenset(
    {S.HANDED_OVER, S.IN_TRANSIT, S.AT_BRANCH, S.OUT_FOR_DELIVERY, S.ATTEMPTED, S.HELD, S.CLAIMED, S.RETURNING}
)
"""Statuses in which the carrier answers for the envelope."""

ON_THE_WAY = WITH_CARRIER - {S.HELD, S.CLAIMED, S.RETURNING}
"""Statuses in which the envelope is expected to come nearer by itself: silence in them is a reason to search."""

_MOVES: tuple[Move[Status, Action, ShipmentFacts], ...] = (
    # The post would not take the order for this address: the holder names another of theirs.
    move(
        A.READDRESS,
        S.ORDERED,
        S.ORDERED,
        by=[Actor.HOLDER, Actor.HOUSEHOLD_HEAD],
        needs=[readdressing_is_open, order_was_refused, address_is_registered],
    ),
    move(A.LABEL, S.ORDERED, S.LABELLED, by=Actor.SYSTEM),
    move(A.PACK, S.LABELLED, S.PACKED, by=Actor.CLERK, needs=[document_matches, envelope_matches]),
    move(A.HAND_OVER, S.PACKED, S.HANDED_OVER, by=Actor.CLERK),
    move(A.CARRY, [S.HANDED_OVER, S.CLAIMED], S.IN_TRANSIT, by=Actor.CARRIER),
    move(A.ARRIVE, [S.HANDED_OVER, S.IN_TRANSIT, S.ATTEMPTED, S.CLAIMED], S.AT_BRANCH, by=Actor.CARRIER),
    move(
        A.GO_OUT,
        [S.HANDED_OVER, S.IN_TRANSIT, S.AT_BRANCH, S.ATTEMPTED, S.CLAIMED],
        S.OUT_FOR_DELIVERY,
        by=Actor.CARRIER,
    ),
    move(A.ATTEMPT, S.OUT_FOR_DELIVERY, S.ATTEMPTED, by=Actor.CARRIER),
    # After the last attempt the envelope waits at the branch, where the door code still opens it.
    move(A.HOLD, S.ATTEMPTED, S.HELD, by=Actor.SYSTEM),
    move(
        A.DELIVER,
        [S.OUT_FOR_DELIVERY, S.ATTEMPTED, S.HELD, S.CLAIMED],
        S.DELIVERED,
        by=Actor.CARRIER,
        needs=[door_code_is_right, old_document_is_collected],
    ),
    move(
        A.CLAIM,
        [S.HANDED_OVER, S.IN_TRANSIT, S.AT_BRANCH, S.OUT_FOR_DELIVERY, S.ATTEMPTED],
        S.CLAIMED,
        by=[Actor.HOLDER, Actor.HOUSEHOLD_HEAD],
        needs=[claiming_is_open, claim_is_open],
    ),
    # Nobody has heard of it for days: the search begins by itself, whatever the window for claims.
    move(A.CLAIM, ON_THE_WAY, S.CLAIMED, by=Actor.SYSTEM),
    move(A.FIND, S.CLAIMED, S.IN_TRANSIT, by=Actor.SYSTEM),
    move(A.LOSE, WITH_CARRIER, S.LOST, by=Actor.CARRIER),
    move(A.LOSE, S.CLAIMED, S.LOST, by=Actor.SYSTEM),
    move(A.EXPIRE, S.HELD, S.RETURNING, by=Actor.SYSTEM),
    move(A.RETURN, WITH_CARRIER, S.RETURNED_TO_SOURCE, by=Actor.CARRIER),
    move(A.CANCEL, [S.ORDERED, S.LABELLED, S.PACKED], S.CANCELLED, by=Actor.OPERATOR),
    # The document lies at the office; it travels again in a shipment of its own.
    move(
        A.ORDER_AGAIN,
        S.RETURNED_TO_SOURCE,
        S.ORDERED_AGAIN,
        by=[Actor.HOLDER, Actor.HOUSEHOLD_HEAD],
        needs=[ordering_again_is_open, address_is_registered],
    ),
)

SHIPMENT: Lifecycle[Status, Action, ShipmentFacts] = Lifecycle("shipment", Status, Status.ORDERED, _MOVES)

ENDED = SHIPMENT.final | {Status.RETURNED_TO_SOURCE}
"""Statuses in which the carrier has nothing more to say about the envelope."""
