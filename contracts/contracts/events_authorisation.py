"""What is said about electronic authorisations: by identity, which keeps them, and by the services that are acted in."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from contracts.authority import AuthorisedService
from contracts.event import Event

_AUTHORISATION = {
    "authorisation_id": "01900000-0000-7000-8000-000000000050",
    "reference": "AUT-7K3M-Q9RT-2XWA",
    "person": "1000000008",
    "grantee": "1012345672",
    "service": "exit_reentry",
}
_USED = {
    "authorisation_id": "01900000-0000-7000-8000-000000000050",
    "case_reference": "JWZ-7K3M-Q9RT-2XWA",
    "used_at": "2026-11-22T08:00:00Z",
}


class AuthorisationEvent(Event):
    """Fields of every event about an authorisation: `person` granted it, to `grantee`, for `service`."""

    aggregate_field: ClassVar[str] = "authorisation_id"
    personal: ClassVar[bool] = True

    authorisation_id: UUID
    reference: str
    person: str
    grantee: str
    service: AuthorisedService


class AuthorisationRequested(AuthorisationEvent):
    """Somebody wants to be authorised; the grantor decides."""

    key: ClassVar[str] = "identity.authorisation.requested.v1"
    summary: ClassVar[str] = "Somebody asks to be authorised"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationDeclined(AuthorisationEvent):
    """The grantor said no to a request."""

    key: ClassVar[str] = "identity.authorisation.declined.v1"
    summary: ClassVar[str] = "A request to be authorised was declined"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationIssued(AuthorisationEvent):
    """Confirmed by the grantor's code; good for nothing before the grantee accepts."""

    key: ClassVar[str] = "identity.authorisation.issued.v1"
    summary: ClassVar[str] = "An electronic authorisation was issued"
    example: ClassVar[dict[str, Any]] = {**_AUTHORISATION, "ends_on": "2026-12-22"}

    ends_on: date


class AuthorisationAccepted(AuthorisationEvent):
    """From now, or from its first day, the grantee may act."""

    key: ClassVar[str] = "identity.authorisation.accepted.v1"
    summary: ClassVar[str] = "An electronic authorisation was accepted"
    example: ClassVar[dict[str, Any]] = {**_AUTHORISATION, "ends_on": "2026-12-22"}

    ends_on: date


class AuthorisationRejected(AuthorisationEvent):
    """The grantee does not want it, or no longer."""

    key: ClassVar[str] = "identity.authorisation.rejected.v1"
    summary: ClassVar[str] = "An electronic authorisation was rejected by its grantee"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationUsed(AuthorisationEvent):
    """The grantee did something by it: `case_reference` names what. `uses` counts from one."""

    key: ClassVar[str] = "identity.authorisation.used.v1"
    summary: ClassVar[str] = "An electronic authorisation was used"
    example: ClassVar[dict[str, Any]] = {
        **_AUTHORISATION,
        "case_reference": "JWZ-7K3M-Q9RT-2XWA",
        "used_at": "2026-11-22T08:00:00Z",
        "uses": 1,
    }

    case_reference: str
    used_at: datetime
    uses: int


class AuthorisationWithdrawn(AuthorisationEvent):
    """The grantor took it back."""

    key: ClassVar[str] = "identity.authorisation.withdrawn.v1"
    summary: ClassVar[str] = "An electronic authorisation was withdrawn"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationExpired(AuthorisationEvent):
    """Its last day is over, or nobody accepted it in time."""

    key: ClassVar[str] = "identity.authorisation.expired.v1"
    summary: ClassVar[str] = "An electronic authorisation expired"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationEnded(AuthorisationEvent):
    """One side's account is not active any more."""

    key: ClassVar[str] = "identity.authorisation.ended.v1"
    summary: ClassVar[str] = "An electronic authorisation ended with an account"
    example: ClassVar[dict[str, Any]] = _AUTHORISATION


class AuthorisationSpent(Event):
    """A service let a grantee act: one use, spent in the transaction of the act. Identity counts it and tells both sides."""

    aggregate_field: ClassVar[str] = "authorisation_id"

    authorisation_id: UUID
    case_reference: str
    used_at: datetime


class PassportAuthorisationSpent(AuthorisationSpent):
    """Somebody acted on a passport application by an authorisation."""

    key: ClassVar[str] = "passport.authorisation.spent.v1"
    summary: ClassVar[str] = "A use of an authorisation was spent on a passport application"
    example: ClassVar[dict[str, Any]] = _USED


class ResidencyAuthorisationSpent(AuthorisationSpent):
    """Somebody acted on a visa or an iqama renewal by an authorisation."""

    key: ClassVar[str] = "residency.authorisation.spent.v1"
    summary: ClassVar[str] = "A use of an authorisation was spent on a visa or a renewal"
    example: ClassVar[dict[str, Any]] = _USED
