"""Settle a parked scan: an operator has looked into it and says what it was; nothing else changes."""

from chassis import audit
from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.refusals import Conflict, NotFound
from contracts.authority import Actor, StaffRole
from delivery.models import Scan, Shipment
from delivery.wiring import Delivery


class ScanNotParked(Conflict):
    """The scan was applied, or somebody has settled it before."""

    slug = "scan-not-parked"


async def settle_scan(service: Delivery, session: Session, principal: Principal, message_id: str, reason: str) -> None:
    """Take it off the list of exceptions, with a reason. Raises NotFound or ScanNotParked."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OPERATOR], now)
    scan = await session.get(Scan, message_id, with_for_update=True)
    if scan is None:
        raise NotFound
    if scan.verdict != "parked" or scan.settled_at is not None:
        raise ScanNotParked
    scan.settled_by, scan.settled_at = principal.subject, now
    shipment = None if scan.shipment_id is None else await session.get(Shipment, scan.shipment_id)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.OPERATOR,
        person="" if shipment is None else shipment.person,
        action="scan.settle",
        object_=message_id,
        reason=reason,
    )
