"""A residency service over a real database, with the outside bodies' simulators on real sockets, and people at its door."""

import asyncio
import sys
from pathlib import Path

import httpx2
import pytest_asyncio

from chassis.clock import Clock
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from contracts.envelope import Envelope
from contracts.events import REGISTRY
from partners import testing
from residency.app import create_api
from residency.settings import ResidencySettings
from residency.wiring import create_service
from residency.worker import create_worker

sys.path.insert(0, str(Path(__file__).parent))

from residency_desk import Desk

BODIES = ("registry", "dues", "insurance", "labour", "ports", "payments")


@pytest_asyncio.fixture
async def clock():
    return Clock(sandbox=True)


@pytest_asyncio.fixture
async def bodies(databases, clock):
    opened = await testing.open_bodies((await databases("partners")).run_dsn, clock)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def desk(databases, bodies, clock, mint):
    """The service with its worker running; every invariant is looked at when the test is over."""
    database = await databases("residency")
    urls = {f"{name}_url": bodies.simulators.url(name) for name in BODIES}
    service = create_service(ResidencySettings(environment="test", database_url=database.run_dsn, **urls), clock)
    bus, stopping, told = MemoryBus(), asyncio.Event(), []

    async def hear(message, *, type_hint, attempts):
        told.append(Envelope.model_validate_json(message))

    ours = [key for key in REGISTRY if key.startswith("residency.")]
    listening = asyncio.create_task(bus.consume("world", ours, hear, stopping))
    working = asyncio.create_task(create_worker(service, bus).run(stopping))
    app = wrapped(create_api(service, mint.verifier()))
    web = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")
    made = Desk(service, bodies, web, mint, database, told)
    yield made
    stopping.set()
    await asyncio.gather(listening, working)
    found = await made.violations()
    await web.aclose()
    await service.close()
    assert found == {}
