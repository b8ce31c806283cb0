"""The event is recorded in a second transaction, after the change's own has committed."""

from typing import Any


def plant() -> None:
    import asyncio

    from chassis import database
    from chassis.events import outbox

    record = outbox.record
    later: list[Any] = []
    transaction = database.Database.transaction

    async def afterwards(session: Any, event: Any, now: Any) -> None:
        session.info.setdefault("later", []).append((event, now))

    import contextlib

    @contextlib.asynccontextmanager
    async def then_record(self: Any, sight: Any = None, *, now: Any = None) -> Any:
        async with transaction(self, sight, now=now) as session:
            yield session
        for event, at in session.info.get("later", later):
            await asyncio.sleep(0.1)
            async with transaction(self, sight) as second:
                await record(second, event, at)

    database.Database.transaction = then_record  # type: ignore[method-assign]
    outbox.record = afterwards
