"""What every service says of its audit: whose record was seen or acted on by another, alarms, the head of its sealed rows."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.event import Event

_SEEN = {
    "seen_id": "01900000-0000-7000-8000-000000000050",
    "office": "riyadh-main",
    "actor": None,
    "staff": "S-100002",
    "entries": [
        {
            "person": "1000000008",
            "standing": "officer",
            "object": "JWZ-7K3M-Q9RT-2XWA",
            "purpose": "assigned-case",
            "action": None,
            "at": "2026-11-22T08:00:00Z",
        }
    ],
}


class SeenEntry(BaseModel):
    """One record of one person: looked at (`purpose`) or acted on (`action`). `standing` is what the other was to it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person: str
    standing: str
    object: str
    purpose: str | None = None
    action: str | None = None
    at: datetime


class RecordSeen(Event):
    """Another saw or acted on somebody's record. Staff are told of by role and office, never by name or number.

    `staff` is the number of a member of staff; it is there to be counted by and shown to nobody.
    """

    aggregate_field: ClassVar[str] = "seen_id"
    summary: ClassVar[str] = "Another saw or acted on a person's record"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = _SEEN

    seen_id: UUID
    office: str | None = None
    actor: str | None = None
    staff: str | None = None
    entries: list[SeenEntry]


class IdentityRecordSeen(RecordSeen):
    """In identity: accounts."""

    key: ClassVar[str] = "identity.record.seen.v1"


class PassportRecordSeen(RecordSeen):
    """In passport: applications and booklets."""

    key: ClassVar[str] = "passport.record.seen.v1"


class ResidencyRecordSeen(RecordSeen):
    """In residency: residences, renewals and visas."""

    key: ClassVar[str] = "residency.record.seen.v1"


class DeliveryRecordSeen(RecordSeen):
    """In delivery: shipments."""

    key: ClassVar[str] = "delivery.record.seen.v1"


class NotifyRecordSeen(RecordSeen):
    """In notify: messages."""

    key: ClassVar[str] = "notify.record.seen.v1"


class SupportRecordSeen(RecordSeen):
    """In support: tickets."""

    key: ClassVar[str] = "support.record.seen.v1"


class AuditSealed(Event):
    """A batch of audit rows was sealed; kept by another service, so that a cut tail is found. Holds no personal data."""

    aggregate_field: ClassVar[str] = "chain"
    summary: ClassVar[str] = "A batch of audit rows was sealed"

    chain: str
    number: int
    last_seq: int
    rows: int
    digest: str
    sealed_at: datetime


def _sealed(chain: str) -> dict[str, Any]:
    return {
        "chain": chain,
        "number": 1,
        "last_seq": 120,
        "rows": 118,
        "digest": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
        "sealed_at": "2026-11-22T08:00:05Z",
    }


class IdentityAuditSealed(AuditSealed):
    """Identity's chain."""

    key: ClassVar[str] = "identity.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("identity")


class PassportAuditSealed(AuditSealed):
    """Passport's chain."""

    key: ClassVar[str] = "passport.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("passport")


class ResidencyAuditSealed(AuditSealed):
    """Residency's chain."""

    key: ClassVar[str] = "residency.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("residency")


class DeliveryAuditSealed(AuditSealed):
    """Delivery's chain."""

    key: ClassVar[str] = "delivery.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("delivery")


class NotifyAuditSealed(AuditSealed):
    """Notify's chain."""

    key: ClassVar[str] = "notify.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("notify")


class SupportAuditSealed(AuditSealed):
    """Support's chain."""

    key: ClassVar[str] = "support.audit.sealed.v1"
    example: ClassVar[dict[str, Any]] = _sealed("support")


class LooksAlarmed(Event):
    """A supervisor has to see something about who looks at what. Names the member of staff, and nobody whose record it was."""

    aggregate_field: ClassVar[str] = "alarm_id"
    summary: ClassVar[str] = "An alarm about looks was raised"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "alarm_id": "01900000-0000-7000-8000-000000000060",
        "kind": "limit",
        "actor": "S-100002",
        "at": "2026-11-22T08:00:00Z",
    }

    alarm_id: UUID
    kind: Literal["limit", "canary", "unstated"]
    actor: str
    at: datetime


class IdentityLooksAlarmed(LooksAlarmed):
    """In identity."""

    key: ClassVar[str] = "identity.looks.alarmed.v1"


class PassportLooksAlarmed(LooksAlarmed):
    """In passport."""

    key: ClassVar[str] = "passport.looks.alarmed.v1"


class ResidencyLooksAlarmed(LooksAlarmed):
    """In residency."""

    key: ClassVar[str] = "residency.looks.alarmed.v1"


class DeliveryLooksAlarmed(LooksAlarmed):
    """In delivery."""

    key: ClassVar[str] = "delivery.looks.alarmed.v1"


class NotifyLooksAlarmed(LooksAlarmed):
    """In notify."""

    key: ClassVar[str] = "notify.looks.alarmed.v1"


class SupportLooksAlarmed(LooksAlarmed):
    """In support."""

    key: ClassVar[str] = "support.looks.alarmed.v1"


RECORD_SEEN: tuple[type[RecordSeen], ...] = (
    IdentityRecordSeen,
    PassportRecordSeen,
    ResidencyRecordSeen,
    DeliveryRecordSeen,
    NotifyRecordSeen,
    SupportRecordSeen,
)
AUDIT_SEALED: tuple[type[AuditSealed], ...] = (
    IdentityAuditSealed,
    PassportAuditSealed,
    ResidencyAuditSealed,
    DeliveryAuditSealed,
    NotifyAuditSealed,
    SupportAuditSealed,
)
LOOKS_ALARMED: tuple[type[LooksAlarmed], ...] = (
    IdentityLooksAlarmed,
    PassportLooksAlarmed,
    ResidencyLooksAlarmed,
    DeliveryLooksAlarmed,
    NotifyLooksAlarmed,
    SupportLooksAlarmed,
)
