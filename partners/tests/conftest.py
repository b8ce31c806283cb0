"""Simulators over a fresh database for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio

from chassis.testing.fixtures import Databases
from partners import testing
from partners.testing import Bodies

Opening = Callable[..., Awaitable[Bodies]]


@pytest_asyncio.fixture
async def open_bodies(databases: Databases) -> AsyncIterator[Opening]:
    """`await open_bodies(print_seconds=0)`: simulators with these settings and every client; closed after the test."""
    opened: list[Bodies] = []

    async def opening(**changed: Any) -> Bodies:
        database = await databases("partners")
        opened.append(await testing.open_bodies(database.run_dsn, **changed))
        return opened[-1]

    yield opening
    for bodies in opened:
        await bodies.close()


@pytest_asyncio.fixture
async def bodies(open_bodies: Opening) -> Bodies:
    return await open_bodies()
