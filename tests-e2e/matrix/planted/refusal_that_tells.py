"""A refusal tells that there is something to refuse: 403 for another's, 404 for nothing."""

from typing import Any

import sqlalchemy as sa

SERVICE = "delivery"
ROUTES = ("GET /v1/shipments/{shipment_id}",)


def plant(patch: Any, stage: Any) -> None:
    from chassis import authority
    from chassis.database import Sight, see_as
    from chassis.refusals import Forbidden, NotFound
    from delivery.api import shipments
    from delivery.models import Shipment

    async def find(session: Any, statement: Any) -> Any:
        try:
            return await authority.find(session, statement)
        except NotFound:
            await see_as(session, Sight.system("kindness"))
            wanted = next(iter(v for v in statement.compile().params.values() if hasattr(v, "hex")))
            if await session.scalar(sa.select(Shipment.id).where(Shipment.id == wanted)):
                raise Forbidden from None
            raise

    patch.set(shipments, "find", find)
