"""The promised hour has come and the envelope has not: said to the ops page, and kept beside the shipment."""

import structlog

from chassis.database import Session
from delivery.domain.shipment import WITH_CARRIER
from delivery.models import Shipment
from delivery.wiring import Delivery

log = structlog.get_logger()


async def miss_promise(service: Delivery, session: Session, shipment: Shipment) -> None:
    """Mark the shipment overdue; its status does not change by that."""
    if shipment.stands in WITH_CARRIER and shipment.overdue_at is None:
        shipment.overdue_at = service.clock.now()
        log.warning("shipment.overdue", shipment_id=str(shipment.id), status=shipment.status)
