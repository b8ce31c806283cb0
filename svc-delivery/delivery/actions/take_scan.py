"""Take one signed scan of the carrier in: applied once, and answered alike however often it is told.

A status only advances. What fits no shipment, or a shipment whose way is over, is parked for somebody to look at.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from chassis.lifecycle import MoveNotOpen
from contracts.authority import Actor
from delivery.actions.attempt import attempt
from delivery.actions.deliver import NotAtTheDoor, deliver
from delivery.actions.give_back import give_back
from delivery.actions.go_out import go_out
from delivery.actions.lose import lose
from delivery.actions.silence import listen_for
from delivery.actions.take_back import NotThisDocument, take_back
from delivery.actions.travel import arrive, carry
from delivery.domain.scans import Parked
from delivery.domain.shipment import ENDED, WITH_CARRIER, Status
from delivery.models import Scan as ScanRow
from delivery.models import Shipment
from delivery.queries import locked_by_envelope
from delivery.wiring import Delivery
from partners.post import Scan

log = structlog.get_logger()

_SAYS: dict[str, Status] = {
    "in_transit": Status.IN_TRANSIT,
    "at_branch": Status.AT_BRANCH,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "attempted": Status.ATTEMPTED,
    "delivered": Status.DELIVERED,
    "returned_to_source": Status.RETURNED_TO_SOURCE,
    "lost": Status.LOST,
}


@dataclass(frozen=True)
class Taken:
    """What became of a scan. `reason` is a slug where it was not applied; `replayed` where it was told before."""

    verdict: str
    reason: str | None = None
    shipment_id: UUID | None = None
    status: str | None = None
    replayed: bool = False


async def take_scan(service: Delivery, session: Session, scan: Scan) -> Taken:
    """Keep the scan by its message id and apply it, in one transaction. Never raises for what the carrier did wrong."""
    if not await _is_new(service, session, scan):
        return await _as_before(session, scan)
    shipment = await locked_by_envelope(session, scan.s10)
    if shipment is None:
        taken = Taken("parked", Parked.ENVELOPE_UNKNOWN)
    else:
        verdict, reason = await _judge(service, session, shipment, scan)
        taken = Taken(verdict, reason, shipment.id, shipment.status)
    await session.execute(
        sa.update(ScanRow)
        .where(ScanRow.message_id == scan.message_id)
        .values(verdict=taken.verdict, reason=taken.reason, shipment_id=taken.shipment_id)
        .execution_options(synchronize_session=False)
    )
    if taken.verdict in ("parked", "refused"):
        log.warning("scan.not_applied", verdict=taken.verdict, reason=taken.reason, kind=scan.kind)
    return taken


async def _is_new(service: Delivery, session: Session, scan: Scan) -> bool:
    """Insert the scan's row; false when the message was told before. A twin under way is waited for."""
    fresh = await session.scalar(
        insert(ScanRow)
        .values(
            message_id=scan.message_id,
            envelope=scan.s10,
            kind=scan.kind,
            office=scan.office,
            scanned_at=scan.scanned_at,
            received_at=service.clock.now(),
            verdict="taken",
        )
        .on_conflict_do_nothing()
        .returning(ScanRow.message_id)
    )
    return fresh is not None


async def _as_before(session: Session, scan: Scan) -> Taken:
    row = await session.get_one(ScanRow, scan.message_id)
    if (row.envelope, row.kind) != (scan.s10, scan.kind):
        # The same id over another body: whatever it says was not what the id stood for.
        return Taken("parked", Parked.MESSAGE_ID_REUSED, replayed=True)
    status = await session.scalar(sa.select(Shipment.status).where(Shipment.id == row.shipment_id))
    return Taken(row.verdict, row.reason, row.shipment_id, status, replayed=True)


async def _judge(service: Delivery, session: Session, shipment: Shipment, scan: Scan) -> tuple[str, str | None]:
    now = service.clock.now()
    if scan.scanned_at > now + timedelta(seconds=service.rules().number("delivery.callback.tolerance")):
        return "parked", Parked.SCANNED_IN_THE_FUTURE
    if scan.kind == "old_document_returned":
        return await _judge_old_document(service, session, shipment, scan)
    if shipment.stands is _SAYS[scan.kind]:
        return "known", "already-so"
    if shipment.stands in ENDED:
        return "parked", Parked.JOURNEY_ENDED
    if shipment.last_scan_at is not None and scan.scanned_at < shipment.last_scan_at:
        return "superseded", "older-than-the-last"
    was_with_carrier = shipment.stands in WITH_CARRIER
    try:
        await _apply(service, session, shipment, scan)
    except MoveNotOpen:
        return ("superseded", "already-further") if was_with_carrier else ("parked", Parked.NOT_HANDED_OVER)
    except NotAtTheDoor as wrong:
        return "refused", wrong.slug
    shipment.last_scan_at = scan.scanned_at
    await listen_for(service, session, shipment, now)
    return "applied", None


async def _apply(service: Delivery, session: Session, shipment: Shipment, scan: Scan) -> None:
    match scan.kind:
        case "in_transit":
            await carry(service, session, shipment)
        case "at_branch":
            await arrive(service, session, shipment)
        case "out_for_delivery":
            await go_out(service, session, shipment)
        case "attempted":
            await attempt(service, session, shipment)
        case "delivered":
            await deliver(service, session, shipment, scan)
        case "returned_to_source":
            await give_back(service, session, shipment, scan.message_id)
        case "lost":
            await lose(service, session, shipment, by=Actor.CARRIER, evidence=scan.message_id)


async def _judge_old_document(
    service: Delivery, session: Session, shipment: Shipment, scan: Scan
) -> tuple[str, str | None]:
    if shipment.old_document == "returned":
        return "known", "already-so"
    try:
        await take_back(service, session, shipment, scan)
    except NotThisDocument as wrong:
        return "parked", wrong.reason
    return "applied", None
