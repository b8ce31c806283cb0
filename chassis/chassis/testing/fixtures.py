"""Pytest fixtures. A service's `tests/conftest.py` says `pytest_plugins = ["chassis.testing.fixtures"]` at the root.

`databases(package)` gives a fresh database per call, cloned from a template that was migrated once per test process:
real commits, real roles, real row-level security. `databases(package, plant)` clones one that `plant` has filled.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from chassis.http.believing import RelationsOwner
from chassis.http.client import trust
from chassis.migrations import migrate
from chassis.testing.patience import PATIENCE_S
from chassis.testing.tokens import TokenMint
from deploy.embedded.databases import (
    Passwords,
    ServiceDatabase,
    clone_service_database,
    create_service_database,
    drop_service_database,
)
from tools.servers import start_for_tests

Plant = Callable[[ServiceDatabase], Awaitable[None]]


class Databases(Protocol):
    """`await databases("<package>")`: a fresh database; with `plant`, as this function (known by its name) leaves it."""

    def __call__(self, package: str, plant: Plant | None = None) -> Awaitable[ServiceDatabase]: ...


@dataclass(frozen=True)
class Servers:
    """Where the real servers of this test run are."""

    pg_dsn: str
    amqp_url: str
    rabbit_api: str


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ: those the test command started, else started here."""
    started = start_for_tests()
    try:
        yield Servers(started.pg_dsn, started.amqp_url, started.rabbit_api)
    finally:
        started.stop()


@pytest_asyncio.fixture(scope="session")
async def templates(servers: Servers) -> AsyncIterator[dict[str, ServiceDatabase]]:
    """Migrated once per service and test process; cloned for each test."""
    made: dict[str, ServiceDatabase] = {}
    yield made
    for template in made.values():
        await drop_service_database(servers.pg_dsn, template.name)


@pytest_asyncio.fixture
async def databases(servers: Servers, templates: dict[str, ServiceDatabase]) -> AsyncIterator[Databases]:
    """`await databases("<package>")`: a fresh, migrated database of that service, dropped after the test."""
    clones: list[str] = []

    async def template(package: str, plant: Plant | None) -> ServiceDatabase:
        key = package if plant is None else f"{package} {plant.__module__}.{plant.__qualname__}"
        if key not in templates:
            templates[key] = await (_migrated(servers, package) if plant is None else planted(package, plant))
        return templates[key]

    async def planted(package: str, plant: Plant) -> ServiceDatabase:
        database = await clone_service_database(servers.pg_dsn, await template(package, None), _name("t"))
        await plant(database)
        return database

    async def fresh(package: str, plant: Plant | None = None) -> ServiceDatabase:
        clones.append(_name("c"))
        return await clone_service_database(servers.pg_dsn, await template(package, plant), clones[-1])

    yield fresh
    for name in clones:
        await drop_service_database(servers.pg_dsn, name)


def _name(kind: str) -> str:
    return f"{kind}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{secrets.token_hex(6)}"


async def _migrated(servers: Servers, package: str) -> ServiceDatabase:
    passwords = Passwords(*(secrets.token_urlsafe(12) for _ in range(3)))
    database = await create_service_database(servers.pg_dsn, package, passwords, prefix=f"{_name('t')}_")
    await migrate(package, database.owner_dsn)
    await _believe_copies(database.owner_dsn)
    return database


@pytest.fixture(autouse=True)
def relations_confirmed(request: pytest.FixtureRequest) -> Iterator[None]:
    """One service is tested at a time: the owner of relations agrees with its copy, unless a test is about just that."""
    if request.node.get_closest_marker("real_owner_of_relations"):
        yield
        return

    async def nothing_changed(*_: Any) -> list[Any]:
        return []

    with pytest.MonkeyPatch.context() as patched:  # its own: a test may undo what it patched itself
        patched.setattr(RelationsOwner, "changed", nothing_changed)
        yield


async def _believe_copies(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        if await connection.fetchval("select to_regclass('relation_sources')") is not None:
            await connection.execute("insert into relation_sources values ('identity', '2999-01-01')")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """Makes tokens that the service under test accepts, for any person, client or member of staff."""
    return TokenMint()


@pytest_asyncio.fixture
async def broker(servers: Servers) -> AsyncIterator[str]:
    """A virtual host of its own on the real broker; its address."""
    name = f"t_{secrets.token_hex(6)}"
    async with httpx2.AsyncClient(base_url=servers.rabbit_api, verify=trust(), trust_env=False) as api:
        (await api.put(f"/api/vhosts/{name}")).raise_for_status()
        user = httpx2.URL(servers.rabbit_api).username
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        (await api.put(f"/api/permissions/{name}/{user}", json=rights)).raise_for_status()
        yield f"{servers.amqp_url.rstrip('/')}/{name}"
        await api.delete(f"/api/vhosts/{name}")


async def eventually(
    check: Callable[[], Awaitable[Any]], *, within_s: float = PATIENCE_S, every_s: float = 0.02
) -> Any:
    """Wait until the check gives something true and return it. Raises AssertionError after the time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        if found := await check():
            return found
        assert loop.time() < deadline, (
            f"{getattr(check, '__name__', 'the condition')} did not come true in {within_s} s"
        )
        await asyncio.sleep(every_s)
