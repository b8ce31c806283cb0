"""What people read: each status as exactly one request state of the glossary, and whose turn it is. One table."""

from enum import StrEnum

from passport.domain.renewal import Status


class RequestState(StrEnum):
    """The words all services share; texts `state.<word>`."""

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    SENT = "sent"
    BEING_HANDLED = "being_handled"
    RETURNED_TO_YOU = "returned_to_you"
    WAITING_FOR_ANOTHER_BODY = "waiting_for_another_body"
    APPROVED = "approved"
    REFUSED = "refused"
    PRINTED = "printed"
    HANDED_TO_POST = "handed_to_post"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Turn(StrEnum):
    """Who is expected to do something now; texts `turn.<word>`."""

    YOU = "you"
    US = "us"
    POST = "post"
    ANOTHER_BODY = "another_body"
    NOBODY = "nobody"


_OF_STATUS: dict[Status, tuple[RequestState, Turn]] = {
    Status.DRAFT: (RequestState.DRAFT, Turn.YOU),
    Status.AWAITING_PAYMENT: (RequestState.AWAITING_PAYMENT, Turn.YOU),
    Status.FEE_RESERVED: (RequestState.DRAFT, Turn.YOU),
    Status.SUBMITTED: (RequestState.SENT, Turn.ANOTHER_BODY),
    Status.IN_REVIEW: (RequestState.BEING_HANDLED, Turn.US),
    Status.RETURNED: (RequestState.RETURNED_TO_YOU, Turn.YOU),
    Status.APPROVED: (RequestState.APPROVED, Turn.US),
    Status.PRINTING: (RequestState.APPROVED, Turn.ANOTHER_BODY),
    Status.PRINTED: (RequestState.PRINTED, Turn.US),
    Status.PACKED: (RequestState.PRINTED, Turn.US),
    Status.WITH_CARRIER: (RequestState.HANDED_TO_POST, Turn.POST),
    Status.RETURNED_TO_SOURCE: (RequestState.WAITING_FOR_ANOTHER_BODY, Turn.YOU),
    Status.LOST: (RequestState.WAITING_FOR_ANOTHER_BODY, Turn.US),
    Status.AWAITING_ACTIVATION: (RequestState.DELIVERED, Turn.YOU),
    Status.COMPLETED: (RequestState.COMPLETED, Turn.NOBODY),
    Status.REFUSED: (RequestState.REFUSED, Turn.NOBODY),
    Status.CANCELLED: (RequestState.CANCELLED, Turn.NOBODY),
    Status.EXPIRED: (RequestState.EXPIRED, Turn.NOBODY),
}


def state_of(status: Status) -> RequestState:
    """The word a person reads for a status."""
    return _OF_STATUS[status][0]


def turn_of(status: Status) -> Turn:
    """Whose turn it is in a status."""
    return _OF_STATUS[status][1]
