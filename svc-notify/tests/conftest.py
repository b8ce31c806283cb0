"""Fixtures of notify's tests: a house without the world outside, and one with the simulated operator and mail server."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from notify_house import House, open_house, outward

from chassis.testing.fixtures import Databases
from partners import testing
from partners.testing import Bodies


@pytest_asyncio.fixture
async def house(databases: Databases) -> AsyncIterator[House]:
    """Events can happen; nothing is sent."""
    opened = open_house(await databases("notify"))
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def bodies(databases: Databases) -> AsyncIterator[Bodies]:
    """The simulated bodies over a database of their own."""
    database = await databases("partners")
    opened = await testing.open_bodies(database.run_dsn)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def sending_house(databases: Databases, bodies: Bodies) -> AsyncIterator[House]:
    """Events happen and are told: the operator and the mail server are the simulated ones."""
    opened = open_house(await databases("notify"), bodies.clock, **outward(bodies))
    opened.start()
    yield opened
    await opened.close()
