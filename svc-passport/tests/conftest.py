"""A passport service over a real database, with the outside bodies' simulators on real sockets, and people at its door."""

import asyncio
import itertools
import os
import secrets
from functools import partial

import httpx2
import pytest
import pytest_asyncio

from chassis.clock import Clock
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from chassis.migrations import migrate
from contracts.envelope import Envelope
from contracts.events import REGISTRY
from deploy.embedded.databases import Passwords, create_service_database, drop_service_database
from partners import testing
from passport import senders
from passport.app import create_api
from passport.settings import PassportSettings
from passport.wiring import create_service
from passport.worker import create_worker
from tests.passport_desk import CLERK, OFFICER, SECOND, Desk

senders.LOOK_AGAIN_S = 0.1  # the printer is asked again soon: nobody is printing


@pytest_asyncio.fixture
async def clock():
    return Clock(sandbox=True)


@pytest_asyncio.fixture(scope="session")
async def bodies(servers):
    """One set of outside bodies for all tests of this process: every test has people of its own."""
    passwords = Passwords(*(secrets.token_urlsafe(12) for _ in range(3)))
    prefix = f"t_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{secrets.token_hex(3)}_"
    database = await create_service_database(servers.pg_dsn, "partners", passwords, prefix=prefix)
    await migrate("partners", database.owner_dsn)
    opened = await testing.open_bodies(database.run_dsn)
    yield opened
    await opened.close()
    await drop_service_database(servers.pg_dsn, database.name)


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


_blocks = itertools.count(1)


@pytest.fixture
def person():
    """`person("901")` is somebody with this magic code whom no other test has met; "001" is somebody ordinary."""
    return partial(testing.magic, block=next(_blocks))
