"""Take an old document back: the one collected at the door arrives at the office that waits for it."""

from chassis.database import Session
from chassis.events.outbox import record
from contracts.events import OldDocumentArrived
from delivery.actions.custody import pass_on
from delivery.domain.scans import Parked
from delivery.models import Shipment
from delivery.wiring import Delivery
from partners.post import Scan


class NotThisDocument(Exception):
    """What came back is not what is expected here: nothing changes, and somebody has to look."""

    def __init__(self, reason: Parked) -> None:
        super().__init__(reason)
        self.reason = reason


async def take_back(service: Delivery, session: Session, shipment: Shipment, scan: Scan) -> None:
    """Close the old document's chain and say that it arrived. Raises NotThisDocument."""
    if shipment.old_document != "collected":
        raise NotThisDocument(Parked.NO_OLD_DOCUMENT)
    if scan.old_document is not None and scan.old_document.strip().upper() != shipment.collect_old_number:
        raise NotThisDocument(Parked.OLD_DOCUMENT_DIFFERS)
    if shipment.office is None or scan.office not in (None, shipment.office):
        raise NotThisDocument(Parked.OTHER_OFFICE)
    now = service.clock.now()
    shipment.old_document = "returned"
    await pass_on(
        session,
        shipment,
        "old_document",
        "carrier",
        "office",
        evidence=scan.message_id,
        at=now,
        office=shipment.office,
    )
    event = OldDocumentArrived(
        shipment_id=shipment.id,
        case_id=shipment.case_id,
        reference=shipment.case_reference,
        person=shipment.person,
        office=shipment.office,
    )
    await record(session, event, now)
