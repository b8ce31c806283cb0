"""The relay reads rows after the last id it saw: what committed late under a smaller id is never read."""

from typing import Any


def plant() -> None:
    from chassis.events import relay

    read = """
        select id, event_id::text as event_id, type, aggregate, version, body::text, traceparent, occurred_at from outbox
        where id > $1 order by id limit $2
    """

    async def carry(self: Any, connection: Any, _stopping: Any) -> int:
        rows = await connection.fetch(read, getattr(self, "_seen", 0), relay.BATCH)
        if not rows:
            return 0
        self._seen = rows[-1]["id"]
        for row in rows:
            await self._bus.publish([relay._outgoing(self.service, row)])
        await connection.execute(relay._MARK, [row["id"] for row in rows])
        return len(rows)

    relay.Relay.carry = carry  # type: ignore[method-assign]
