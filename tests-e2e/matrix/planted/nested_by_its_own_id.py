"""A nested route looks its object up by the last id alone, whosever parent the path names."""

from typing import Any

import sqlalchemy as sa

SERVICE = "support"
ROUTES = ("GET /v1/tickets/{ticket_id}/attachments/{attachment_id}",)


def plant(patch: Any, stage: Any) -> None:
    from chassis.authority import find
    from chassis.database import Sight, see_as
    from support.api import tickets
    from support.models import Attachment
    from support.queries import ticket_of

    async def read_file(service: Any, session: Any, principal: Any, ticket_id: Any, attachment_id: Any) -> Any:
        await find(session, ticket_of(principal, ticket_id, service.clock.now()))
        await see_as(session, Sight.system("files"))
        row = await find(session, sa.select(Attachment).where(Attachment.id == attachment_id))
        return row, service.cipher.unseal(row.sealed)

    patch.set(tickets, "read_file", read_file)
