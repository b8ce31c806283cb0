"""A kept answer is found by its key alone: whoever sends somebody's key gets somebody's answer."""

from typing import Any

import sqlalchemy as sa

SERVICE = "delivery"
ROUTES = ("POST /v1/shipments/{shipment_id}/claim",)


def plant(patch: Any, stage: Any) -> None:
    from starlette.responses import Response

    from chassis.database import Sight, see_as
    from chassis.http import unit
    from chassis.models import IdempotencyRow

    claim = unit.claim

    async def by_key(request: Any, session: Any, principal: Any, given: Any) -> None:
        await see_as(session, Sight.system("replay"))
        row = await session.scalar(sa.select(IdempotencyRow).where(IdempotencyRow.key == given).limit(1))
        if row is not None and row.body is not None:
            raise unit._Replayed(Response(row.body, row.status, {"Idempotency-Replayed": "true"}))
        await see_as(session, principal.sight, request.app.state.service.clock.now())
        await claim(request, session, principal, given)

    patch.set(unit, "claim", by_key)
