"""A passport service over a real database, with the outside bodies' simulators on real sockets, and people at its door."""

import asyncio

import httpx2
import pytest
import pytest_asyncio

from chassis.clock import Clock
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from contracts.envelope import Envelope
from contracts.events import REGISTRY
from partners import testing
from passport.app import create_api
from passport.settings import PassportSettings
from passport.wiring import create_service
from passport.worker import create_worker
from tests.passport_desk import CLERK, OFFICER, SECOND, Desk


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
    database = await databases("passport")
    urls = {f"{name}_url": bodies.simulators.url(name) for name in ("registry", "dues", "payments", "printing", "post")}
    settings = PassportSettings(environment="test", database_url=database.run_dsn, **urls)
    service = create_service(settings, clock)
    bus, stopping, told = MemoryBus(), asyncio.Event(), []

    async def hear(message, *, type_hint, attempts):
        told.append(Envelope.model_validate_json(message))

    ours = [key for key in REGISTRY if key.startswith("passport.")]
    listening = asyncio.create_task(bus.consume("world", ours, hear, stopping))
    working = asyncio.create_task(create_worker(service, bus).run(stopping))
    app = wrapped(create_api(service, mint.verifier()))
    web = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")
    made = Desk(service, bodies, web, mint, told)
    for staff, role in ((OFFICER, "officer"), (SECOND, "officer"), (CLERK, "clerk")):
        await made.relate(role, staff, "riyadh-main")
    yield made
    stopping.set()
    await asyncio.gather(listening, working)
    await web.aclose()
    await service.close()


@pytest.fixture(scope="session")
def person():
    """`person("901")` is somebody with this magic code; without one, somebody ordinary of age."""
    return testing.magic
