"""Tell clients that a session has ended: one intent for each that wants to hear of it, in the ending's own transaction."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session, wake_after_commit
from chassis.identifiers import uuid7
from chassis.models import IntentRow
from identity.models import Client, TokenFamily

KIND = "backchannel_logout"
_LANE = 3


async def tell_clients(session: Session, session_ids: Sequence[UUID]) -> None:
    """Write the intents: to registered addresses only, one for each client and session, however often it ends."""
    if not session_ids:
        return
    rows = await session.execute(
        sa.select(TokenFamily.session_id, TokenFamily.client_id, TokenFamily.sid, TokenFamily.account_id)
        .join(Client, Client.id == TokenFamily.client_id)
        .where(
            TokenFamily.session_id.in_(session_ids),
            Client.backchannel_logout_uri.is_not(None),
            Client.ended_at.is_(None),
        )
        .distinct()
    )
    intents = [
        {
            "id": uuid7(),
            "kind": KIND,
            "reference": f"sign-out:{row.session_id}:{row.client_id}",
            "body": {"client": row.client_id, "sid": row.sid, "account": str(row.account_id)},
            "lane": _LANE,
        }
        for row in rows
    ]
    if intents:
        await session.execute(insert(IntentRow).values(intents).on_conflict_do_nothing(index_elements=["reference"]))
        wake_after_commit(session, "intents")
