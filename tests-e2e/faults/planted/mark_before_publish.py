"""The relay marks a row as published and publishes it afterwards: a crash in between loses the event."""

from typing import Any


def plant() -> None:
    from chassis.events.relay import _MARK, Relay

    async def carry(self: Any, connection: Any, _stopping: Any) -> int:
        from chassis.events.relay import _outgoing

        batch = await self._read(connection)
        if batch:
            await connection.execute(_MARK, [row["id"] for row in batch])
            await self._bus.publish([_outgoing(self.service, row) for row in batch])
        return len(batch)

    Relay.carry = carry  # type: ignore[method-assign]
