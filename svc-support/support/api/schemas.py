"""What comes in and what goes out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from contracts.values import fold_digits
from support.domain.ticket import Category

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewTicket(_In):
    """A request for help. `case_id` names the blocked case it is about."""

    service: Literal["passport", "residency", "delivery", "identity", "other"]
    category: Category
    description: Text
    language: Literal["ar", "en"] = "ar"
    case_id: UUID | None = None


class NewAnswer(_In):
    text: Text


class NewDecision(_In):
    """A specialist's words to the applicant."""

    text: Text


class NewConfirmation(_In):
    rating: int | None = Field(None, ge=1, le=5)


def _folded(given: Any) -> Any:
    """As typed on any keyboard: outer blanks off, either set of digits."""
    return fold_digits(given).strip() if isinstance(given, str) else given


class Pair(_In):
    """A ticket's number and the last four digits of the mobile."""

    reference: Annotated[
        str,
        BeforeValidator(_folded),
        StringConstraints(to_upper=True, pattern=r"^[0-9A-Za-z-]{1,32}$"),
        WithJsonSchema({"type": "string", "maxLength": 32}),
    ]
    mobile_last4: Annotated[
        str,
        BeforeValidator(_folded),
        StringConstraints(pattern=r"^[0-9]{4}$"),
        WithJsonSchema({"type": "string", "maxLength": 8}),
    ]


class MessageView(BaseModel):
    author: Literal["applicant", "specialist", "system"]
    text: str
    written_at: datetime


class AttachmentView(BaseModel):
    id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    scan: Literal["clean", "unscanned"]
    attached_at: datetime


class ActionView(BaseModel):
    """Something that can be done now; `missing` names what still stands in the way."""

    action: str
    missing: list[str]


class TicketSummary(BaseModel):
    """A ticket in a list."""

    id: UUID
    reference: str
    service: str
    category: str
    status: str
    status_texts: dict[str, str]
    turn: str
    opened_at: datetime
    promised_on: date
    promised_on_texts: dict[str, str]


class TicketView(TicketSummary):
    """A ticket with its thread. `missing` is what blocks the case it is about, as that case's service told."""

    description: str
    case_id: UUID | None
    case_reference: str | None
    case_is_verified: bool
    missing: list[str]
    escalated: bool
    rating: int | None
    messages: list[MessageView]
    attachments: list[AttachmentView]
    actions: list[ActionView]


class WorkItem(BaseModel):
    """A line of the work list: nothing about the person before the ticket is taken."""

    id: UUID
    reference: str
    service: str
    category: str
    status: str
    opened_at: datetime
    promised_on: date
    escalated: bool


class TrackedTicket(BaseModel):
    """What is told to whoever knows the pair: the state only."""

    reference: str
    status: str
    status_texts: dict[str, str]
    promised_on: date


class ServiceView(BaseModel):
    """A service of the directorate and how far it is online."""

    slug: str
    names: dict[str, str]
    state: Literal["planned", "beta", "live"]
    online_percent: int
    needs_visit: dict[str, str] | None = None
