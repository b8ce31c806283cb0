"""Every event of the house in one place, and the registry of their keys."""

from contracts.event import REGISTRY, Event
from contracts.events_delivery import (
    OldDocumentArrived,
    ShipmentClaimed,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentOutForDelivery,
    ShipmentPacked,
    ShipmentReturned,
)
from contracts.events_identity import ContactChanged, RelationChanged
from contracts.events_passport import (
    ApplicationApproved,
    ApplicationCancelled,
    ApplicationCompleted,
    ApplicationPrinted,
    ApplicationRefused,
    ApplicationReissued,
    ApplicationReturned,
    ApplicationSubmitted,
)
from contracts.events_residency import (
    ExitReentryVisaCancelled,
    ExitReentryVisaIssued,
    ExitReentryVisaLapsed,
    IqamaRenewalBlocked,
    IqamaRenewed,
)
from contracts.events_support import TicketClosed, TicketOpened, TicketProcessed, TicketReturned

__all__ = [
    "REGISTRY",
    "ApplicationApproved",
    "ApplicationCancelled",
    "ApplicationCompleted",
    "ApplicationPrinted",
    "ApplicationRefused",
    "ApplicationReissued",
    "ApplicationReturned",
    "ApplicationSubmitted",
    "ContactChanged",
    "Event",
    "ExitReentryVisaCancelled",
    "ExitReentryVisaIssued",
    "ExitReentryVisaLapsed",
    "IqamaRenewalBlocked",
    "IqamaRenewed",
    "OldDocumentArrived",
    "RelationChanged",
    "ShipmentClaimed",
    "ShipmentDelivered",
    "ShipmentHandedOver",
    "ShipmentLost",
    "ShipmentOutForDelivery",
    "ShipmentPacked",
    "ShipmentReturned",
    "TicketClosed",
    "TicketOpened",
    "TicketProcessed",
    "TicketReturned",
]
