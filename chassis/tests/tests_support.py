"""What several chassis tests do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from chassis.database import Sight
from chassis.events.outbox import record
from chassis.wiring import Service
from chassis.worker import Worker

SIGHT = Sight.system("test")


async def record_ticket(service: Service, event: Any, *, fail: bool = False) -> None:
    """Record an event in a transaction of its own, which fails when asked to."""
    async with service.database.transaction(SIGHT) as session:
        await record(session, event, service.clock.now())
        if fail:
            raise RuntimeError("rolled back")


record_contact = record_ticket


async def rows(service: Service, statement: Any) -> list[Any]:
    async with service.database.transaction(SIGHT) as session:
        return list(await session.scalars(statement))


@contextlib.asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Run workers until the block ends."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stopping)) for worker in workers]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)
