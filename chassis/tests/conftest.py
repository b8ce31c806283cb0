"""A sample service on real servers, and both buses for every events test."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from sample.papers import SampleSettings, create_api, create_service

from chassis.clock import Clock
from chassis.events.bus import Bus, MemoryBus
from chassis.events.rabbit import RabbitBus
from chassis.http.app import wrapped
from chassis.wiring import Service


@pytest_asyncio.fixture
async def make_service(databases: Any) -> AsyncIterator[Callable[[], Any]]:
    """Fresh sample services, each on a database of its own."""
    made: list[Service] = []

    async def make() -> Service:
        database = await databases("sample")
        settings = SampleSettings(
            environment="test", database_url=database.run_dsn, owner_database_url=database.owner_dsn
        )
        made.append(create_service(settings, Clock(sandbox=True)))
        return made[-1]

    yield make
    for service in made:
        await service.close()


@pytest_asyncio.fixture
async def service(make_service: Any) -> Service:
    return await make_service()


@pytest_asyncio.fixture
async def http(service: Service, mint: Any) -> AsyncIterator[httpx2.AsyncClient]:
    app = wrapped(create_api(service, mint.verifier()))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest_asyncio.fixture(params=["memory", "rabbit"])
async def bus(request: pytest.FixtureRequest, broker: str) -> AsyncIterator[Bus]:
    """The in-process bus and RabbitMQ: one suite for both."""
    if request.param == "memory":
        made: Bus = MemoryBus()
    else:
        made = RabbitBus(broker, "tests")
    yield made
    await made.close()
