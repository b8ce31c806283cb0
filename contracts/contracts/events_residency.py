"""What the residency service says about visas and renewals."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from contracts.event import ActedFor, Event

_VISA = {
    "visa_id": "01900000-0000-7000-8000-000000000030",
    "reference": "JWZ-7K3M-Q9RT-2XWA",
    "person": "2000000006",
}
_RENEWAL = {
    "renewal_id": "01900000-0000-7000-8000-000000000031",
    "reference": "JWZ-7K3M-Q9RT-2XWA",
    "person": "2000000006",
}


class ExitReentryVisaIssued(ActedFor, Event):
    """A worker or dependant may leave and come back."""

    key: ClassVar[str] = "residency.exit_reentry_visa.issued.v1"
    aggregate_field: ClassVar[str] = "visa_id"
    summary: ClassVar[str] = "An exit and re-entry visa was issued"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        **_VISA,
        "visa_number": "6000000001",
        "trips": "single",
        "leave_by": "2027-02-22",
        "stay_days": 60,
    }

    visa_id: UUID
    reference: str
    person: str
    visa_number: str
    trips: str
    leave_by: date
    stay_days: int


class ExitReentryVisaCancelled(ActedFor, Event):
    """The visa was taken back in its window."""

    key: ClassVar[str] = "residency.exit_reentry_visa.cancelled.v1"
    aggregate_field: ClassVar[str] = "visa_id"
    summary: ClassVar[str] = "An exit and re-entry visa was cancelled"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {**_VISA, "visa_number": "6000000001"}

    visa_id: UUID
    reference: str
    person: str
    visa_number: str


class ExitReentryVisaLapsed(Event):
    """Nobody left within the window and nobody cancelled in time."""

    key: ClassVar[str] = "residency.exit_reentry_visa.lapsed.v1"
    aggregate_field: ClassVar[str] = "visa_id"
    summary: ClassVar[str] = "An exit and re-entry visa lapsed unused"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {**_VISA, "visa_number": "6000000001"}

    visa_id: UUID
    reference: str
    person: str
    visa_number: str


class IqamaRenewalBlocked(Event):
    """An iqama renewal cannot go on; every requirement in the way is named. A ticket may start from it."""

    key: ClassVar[str] = "residency.iqama_renewal.blocked.v1"
    aggregate_field: ClassVar[str] = "renewal_id"
    summary: ClassVar[str] = "An iqama renewal is blocked"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        **_RENEWAL,
        "applicant": "1000000008",
        "missing": ["fines_are_paid", "passport_is_valid"],
    }

    renewal_id: UUID
    reference: str
    person: str
    applicant: str
    missing: list[str]


class IqamaRenewed(ActedFor, Event):
    """A residence was renewed to a new day."""

    key: ClassVar[str] = "residency.iqama.renewed.v1"
    aggregate_field: ClassVar[str] = "renewal_id"
    summary: ClassVar[str] = "An iqama was renewed"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {**_RENEWAL, "valid_until": "2027-11-22"}

    renewal_id: UUID
    reference: str
    person: str
    valid_until: date
