"""The relay marks a row as published and publishes it afterwards: a crash in between loses the event."""

from typing import Any


def plant() -> None:
    from chassis.events.relay import _MARK, Relay

    async def carry(self: Any, connection: Any) -> int:
        from chassis.events.relay import _READ, BATCH, _first_of_each_aggregate, _outgoing

        self._release_held_back()
        rows = await connection.fetch(_READ, sorted(self._holding), BATCH, list(self._held_back))
        batch = _first_of_each_aggregate(rows)
        if batch:
            await connection.execute(_MARK, [row["id"] for row in batch])
            await self._bus.publish([_outgoing(self.service, row) for row in batch])
        return len(batch)

    Relay.carry = carry  # type: ignore[method-assign]
