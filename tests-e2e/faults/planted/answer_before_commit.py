"""The answer leaves before the commit: a crash in between makes an acknowledged write that does not exist."""

from typing import Any


def plant() -> None:
    import asyncio
    import contextlib

    from chassis import database

    transaction = database.Database.transaction
    pending: set[Any] = set()

    @contextlib.asynccontextmanager
    async def late(self: Any, sight: Any = None, *, now: Any = None) -> Any:
        manager = transaction(self, sight, now=now)
        session = await manager.__aenter__()
        try:
            yield session
        except BaseException as error:
            if not await manager.__aexit__(type(error), error, error.__traceback__):
                raise
        else:

            async def commit() -> None:
                await asyncio.sleep(0.05)
                await manager.__aexit__(None, None, None)

            task = asyncio.create_task(commit())
            pending.add(task)
            task.add_done_callback(pending.discard)

    database.Database.transaction = late  # type: ignore[method-assign]
