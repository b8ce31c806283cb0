"""What identity says of signing in: a device that was not known before, and a change of what proves a person."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from contracts.event import Event


class DeviceAdded(Event):
    """Somebody signed in as this person with a device that was never used for it before."""

    key: ClassVar[str] = "identity.device.added.v1"
    aggregate_field: ClassVar[str] = "device_id"
    summary: ClassVar[str] = "A person signed in with a new device"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "device_id": "01900000-0000-7000-8000-000000000003",
        "person": "1000000008",
        "device": "Firefox, Linux",
        "place": "192.0.2.0/24",
        "at": "2026-11-22T09:00:00Z",
    }

    device_id: UUID
    person: str
    device: str
    place: str
    at: datetime


class ProofChanged(Event):
    """A passkey, an authenticator or recovery codes were added to an account or taken away."""

    key: ClassVar[str] = "identity.proof.changed.v1"
    aggregate_field: ClassVar[str] = "account_id"
    summary: ClassVar[str] = "What a person signs in with changed"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {
        "account_id": "01900000-0000-7000-8000-000000000001",
        "person": "1000000008",
        "proof": "passkey",
        "change": "added",
        "at": "2026-11-22T09:00:00Z",
    }

    account_id: UUID
    person: str
    proof: Literal["passkey", "totp", "recovery_codes"]
    change: Literal["added", "removed", "used"]
    at: datetime
