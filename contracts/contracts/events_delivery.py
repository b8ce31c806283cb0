"""What delivery says about envelopes on their way and old documents on their way back."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from contracts.event import Event

_SHIPMENT = {
    "shipment_id": "01900000-0000-7000-8000-000000000020",
    "case_id": "01900000-0000-7000-8000-000000000010",
    "reference": "JWZ-7K3M-Q9RT-2XWA",
    "person": "1000000008",
}


class _ShipmentEvent(Event):
    aggregate_field: ClassVar[str] = "shipment_id"
    personal: ClassVar[bool] = True

    shipment_id: UUID
    case_id: UUID
    reference: str
    person: str


class ShipmentPacked(_ShipmentEvent):
    """The document and its envelope are bound to each other."""

    key: ClassVar[str] = "delivery.shipment.packed.v1"
    summary: ClassVar[str] = "A document was packed into its envelope"
    example: ClassVar[dict[str, Any]] = {**_SHIPMENT, "envelope": "EA123456785SA"}

    envelope: str


class ShipmentHandedOver(_ShipmentEvent):
    """The post took the envelope; the delivery promise runs from here."""

    key: ClassVar[str] = "delivery.shipment.handed_over.v1"
    summary: ClassVar[str] = "An envelope was handed to the post"
    example: ClassVar[dict[str, Any]] = {
        **_SHIPMENT,
        "envelope": "EA123456785SA",
        "handed_over_at": "2026-11-22T08:00:00Z",
        "promised_by": "2026-11-23T08:00:00Z",
    }

    envelope: str
    handed_over_at: datetime
    promised_by: datetime


class ShipmentOutForDelivery(_ShipmentEvent):
    """The courier is on the way to the door."""

    key: ClassVar[str] = "delivery.shipment.out_for_delivery.v1"
    summary: ClassVar[str] = "An envelope is out for delivery"
    example: ClassVar[dict[str, Any]] = _SHIPMENT


class ShipmentDelivered(_ShipmentEvent):
    """Handed over at the door against the code; the old document was taken along when there was one."""

    key: ClassVar[str] = "delivery.shipment.delivered.v1"
    summary: ClassVar[str] = "An envelope was delivered"
    example: ClassVar[dict[str, Any]] = {
        **_SHIPMENT,
        "delivered_at": "2026-11-22T20:00:00Z",
        "old_document": "B00000017",
    }

    delivered_at: datetime
    old_document: str | None = None


class ShipmentReturned(_ShipmentEvent):
    """Nobody took it in: the envelope went back to where it came from."""

    key: ClassVar[str] = "delivery.shipment.returned.v1"
    summary: ClassVar[str] = "An envelope was returned to its source"
    example: ClassVar[dict[str, Any]] = _SHIPMENT


class ShipmentClaimed(_ShipmentEvent):
    """The holder says it never arrived; the post is asked to look for it."""

    key: ClassVar[str] = "delivery.shipment.claimed.v1"
    summary: ClassVar[str] = "An envelope was reported as not received"
    example: ClassVar[dict[str, Any]] = _SHIPMENT


class ShipmentLost(_ShipmentEvent):
    """The post confirmed the loss; the document is made anew at the carrier's cost."""

    key: ClassVar[str] = "delivery.shipment.lost.v1"
    summary: ClassVar[str] = "The loss of an envelope was confirmed"
    example: ClassVar[dict[str, Any]] = {**_SHIPMENT, "document_number": "A12345678"}

    document_number: str


class OldDocumentArrived(_ShipmentEvent):
    """The old document came back to an office, where it is to be matched to its case."""

    key: ClassVar[str] = "delivery.old_document.arrived.v1"
    summary: ClassVar[str] = "A collected old document arrived at an office"
    example: ClassVar[dict[str, Any]] = {**_SHIPMENT, "office": "riyadh-main"}

    office: str
