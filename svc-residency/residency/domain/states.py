"""What people read: each status as exactly one request state of the glossary, and whose turn it is. One table each."""

from enum import StrEnum
from typing import Final

from residency.domain.exit_reentry_visa import Status as Visa
from residency.domain.iqama_renewal import Status as Renewal


class RequestState(StrEnum):
    """The words all services share; texts `state.<word>`."""

    DRAFT = "draft"
    AWAITING_PAYMENT = "awaiting_payment"
    SENT = "sent"
    BEING_HANDLED = "being_handled"
    RETURNED_TO_YOU = "returned_to_you"
    WAITING_FOR_ANOTHER_BODY = "waiting_for_another_body"
    APPROVED = "approved"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Turn(StrEnum):
    """Who is expected to do something now; texts `turn.<word>`. `applicant` is the employer or head of household."""

    APPLICANT = "applicant"
    US = "us"
    ANOTHER_BODY = "another_body"
    NOBODY = "nobody"


Shown = tuple[RequestState, Turn]

OF_VISA: Final[dict[Visa, Shown]] = {
    Visa.REQUESTED: (RequestState.DRAFT, Turn.APPLICANT),
    Visa.AWAITING_PAYMENT: (RequestState.AWAITING_PAYMENT, Turn.APPLICANT),
    Visa.FEE_RESERVED: (RequestState.DRAFT, Turn.APPLICANT),
    Visa.VERIFYING: (RequestState.WAITING_FOR_ANOTHER_BODY, Turn.ANOTHER_BODY),
    Visa.ISSUING: (RequestState.BEING_HANDLED, Turn.US),
    Visa.ISSUED: (RequestState.APPROVED, Turn.NOBODY),
    Visa.USED: (RequestState.COMPLETED, Turn.NOBODY),
    Visa.CANCELLED: (RequestState.CANCELLED, Turn.NOBODY),
    Visa.LAPSED: (RequestState.EXPIRED, Turn.NOBODY),
    Visa.WITHDRAWN: (RequestState.CANCELLED, Turn.NOBODY),
    Visa.EXPIRED: (RequestState.EXPIRED, Turn.NOBODY),
}

OF_RENEWAL: Final[dict[Renewal, Shown]] = {
    Renewal.DRAFT: (RequestState.WAITING_FOR_ANOTHER_BODY, Turn.ANOTHER_BODY),
    Renewal.BLOCKED: (RequestState.RETURNED_TO_YOU, Turn.APPLICANT),
    Renewal.READY: (RequestState.DRAFT, Turn.APPLICANT),
    Renewal.AWAITING_PAYMENT: (RequestState.AWAITING_PAYMENT, Turn.APPLICANT),
    Renewal.FEE_RESERVED: (RequestState.DRAFT, Turn.APPLICANT),
    Renewal.SUBMITTED: (RequestState.SENT, Turn.ANOTHER_BODY),
    Renewal.RENEWING: (RequestState.BEING_HANDLED, Turn.US),
    Renewal.RENEWED: (RequestState.COMPLETED, Turn.NOBODY),
    Renewal.WITHDRAWN: (RequestState.CANCELLED, Turn.NOBODY),
    Renewal.EXPIRED: (RequestState.EXPIRED, Turn.NOBODY),
}
