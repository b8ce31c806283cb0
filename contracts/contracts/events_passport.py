"""What the passport service says about applications and booklets."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from contracts.event import ActedFor, Event

_CASE = {
    "application_id": "01900000-0000-7000-8000-000000000010",
    "reference": "JWZ-7K3M-Q9RT-2XWA",
    "person": "1000000008",
}


class _ApplicationEvent(Event):
    aggregate_field: ClassVar[str] = "application_id"
    personal: ClassVar[bool] = True

    application_id: UUID
    reference: str
    person: str


class ApplicationSubmitted(ActedFor, _ApplicationEvent):
    """The applicant sent a complete application."""

    key: ClassVar[str] = "passport.application.submitted.v1"
    summary: ClassVar[str] = "A passport application was submitted"
    example: ClassVar[dict[str, Any]] = _CASE


class ApplicationReturned(_ApplicationEvent):
    """An officer asks the applicant to mend something."""

    key: ClassVar[str] = "passport.application.returned.v1"
    summary: ClassVar[str] = "A passport application was returned to its applicant"
    example: ClassVar[dict[str, Any]] = {**_CASE, "reason": "photo"}

    reason: str


class ApplicationApproved(_ApplicationEvent):
    """An officer approved the application; the fee is consumed next."""

    key: ClassVar[str] = "passport.application.approved.v1"
    summary: ClassVar[str] = "A passport application was approved"
    example: ClassVar[dict[str, Any]] = _CASE


class ApplicationRefused(_ApplicationEvent):
    """An officer refused the application, with a reason; a reserved fee is released."""

    key: ClassVar[str] = "passport.application.refused.v1"
    summary: ClassVar[str] = "A passport application was refused"
    example: ClassVar[dict[str, Any]] = {**_CASE, "reason": "identity-unclear"}

    reason: str


class ApplicationCancelled(ActedFor, _ApplicationEvent):
    """The applicant took the application back before approval, or let a deadline for an answer pass."""

    key: ClassVar[str] = "passport.application.cancelled.v1"
    summary: ClassVar[str] = "A passport application was cancelled"
    example: ClassVar[dict[str, Any]] = _CASE

    by: Literal["applicant", "deadline"] = "applicant"


class ApplicationPrinted(_ApplicationEvent):
    """The booklet exists and waits to be packed for this address; the old one is to be collected at the door."""

    key: ClassVar[str] = "passport.application.printed.v1"
    summary: ClassVar[str] = "A passport was printed"
    example: ClassVar[dict[str, Any]] = {
        **_CASE,
        "passport_number": "A12345678",
        "short_address": "RAAA2919",
        "recipient": "Khalid Alsaikhan",
        "collect_old_number": "B00000017",
        "reissue": False,
    }

    passport_number: str
    short_address: str
    recipient: str
    collect_old_number: str | None = None
    reissue: bool = False


class ApplicationReissued(_ApplicationEvent):
    """The booklet was lost in the post: it is invalid, and a new one is made at the carrier's cost."""

    key: ClassVar[str] = "passport.application.reissued.v1"
    summary: ClassVar[str] = "A passport lost in the post is made anew, free for its holder"
    example: ClassVar[dict[str, Any]] = {**_CASE, "lost_number": "A12345678"}

    lost_number: str


class ApplicationCompleted(_ApplicationEvent):
    """The old booklet was matched; the new passport is active and the old one cancelled."""

    key: ClassVar[str] = "passport.application.completed.v1"
    summary: ClassVar[str] = "A renewed passport was activated"
    example: ClassVar[dict[str, Any]] = {**_CASE, "passport_number": "A12345678", "old_number": "B00000017"}

    passport_number: str
    old_number: str | None = None
