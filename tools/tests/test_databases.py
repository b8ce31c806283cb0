"""Each service has a database that only its own roles enter, in which the run-time role owns nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from chassis.testing.fixtures import Servers
from deploy.embedded.databases import (
    Passwords,
    ServiceDatabase,
    at,
    clone_service_database,
    create_service_database,
    described,
    drop_service_database,
)

_PASSWORDS = Passwords("o'wner", "r/un@:", 've"rify')


@pytest_asyncio.fixture
async def two(servers: Servers) -> AsyncIterator[tuple[ServiceDatabase, ServiceDatabase]]:
    """Databases of two services, made at once and twice: making them is safe to repeat."""
    prefix = f"t_{secrets.token_hex(3)}_"
    wanted = ("passport", "delivery", "passport", "delivery")
    made = await asyncio.gather(
        *(create_service_database(servers.pg_dsn, name, _PASSWORDS, prefix=prefix) for name in wanted)
    )
    await act(made[0].owner_dsn, "CREATE TABLE cases (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)")
    yield made[0], made[1]
    for database in made[:2]:
        await drop_service_database(servers.pg_dsn, database.name)


async def act(dsn: str, *statements: str) -> object:
    """Run the statements, each in a transaction of its own; the last one's first value."""
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_the_run_time_role_reads_and_writes_rows(two: tuple[ServiceDatabase, ServiceDatabase]) -> None:
    passport, _ = two
    written = (
        "INSERT INTO cases (note) VALUES ('a'), ('b')",
        "UPDATE cases SET note = 'c'",
        "DELETE FROM cases WHERE id = 1",
    )
    assert await act(passport.run_dsn, *written, "SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE cases",
        "ALTER TABLE cases ADD extra int",
        "TRUNCATE cases",
        "CREATE TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE mine (n int)",
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
    ],
)
async def test_the_run_time_role_owns_and_makes_nothing(
    two: tuple[ServiceDatabase, ServiceDatabase], statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await act(two[0].run_dsn, statement)


async def test_the_run_time_role_cannot_pass_row_level_security_and_the_reader_can(
    two: tuple[ServiceDatabase, ServiceDatabase],
) -> None:
    passport, _ = two
    await act(passport.run_dsn, "INSERT INTO cases (note) VALUES ('hidden')", "SELECT 1")
    await act(
        passport.owner_dsn,
        "ALTER TABLE cases ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases FORCE ROW LEVEL SECURITY",
        "SELECT 1",
    )
    assert await act(passport.run_dsn, "SELECT count(*) FROM cases") == 0
    assert await act(passport.verify_dsn, "SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize("unlock", ["SELECT 1", "SET default_transaction_read_only = off"])
async def test_the_reader_writes_nothing(two: tuple[ServiceDatabase, ServiceDatabase], unlock: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
        await act(two[0].verify_dsn, unlock, "INSERT INTO cases (note) VALUES ('x')")


async def test_no_role_enters_another_services_database(two: tuple[ServiceDatabase, ServiceDatabase]) -> None:
    passport, delivery = two
    for door in (passport.run_dsn, passport.owner_dsn):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await act(at(door, delivery.name), "SELECT 1")


async def test_a_copy_holds_rows_and_grants(servers: Servers, two: tuple[ServiceDatabase, ServiceDatabase]) -> None:
    passport, delivery = two
    await act(passport.run_dsn, "INSERT INTO cases (note) VALUES ('a')", "SELECT 1")
    copy = await clone_service_database(servers.pg_dsn, passport, f"{passport.name}_copy")
    try:
        assert await act(copy.run_dsn, "INSERT INTO cases (note) VALUES ('b')", "SELECT count(*) FROM cases") == 2
        assert await act(passport.run_dsn, "SELECT count(*) FROM cases") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await act(at(delivery.run_dsn, copy.name), "SELECT 1")
    finally:
        await drop_service_database(servers.pg_dsn, copy.name)


async def test_a_new_password_takes_the_place_of_the_old(
    servers: Servers, two: tuple[ServiceDatabase, ServiceDatabase]
) -> None:
    passport, _ = two
    newer = Passwords("o2", "r2", _PASSWORDS.verify)
    changed = await create_service_database(
        servers.pg_dsn, "passport", newer, prefix=passport.name.removesuffix("passport")
    )
    assert await act(changed.run_dsn, "SELECT 1") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        await act(passport.run_dsn, "SELECT 1")


@pytest.mark.parametrize("name", ['a"; DROP DATABASE postgres; --', "Passport", "", "x" * 60])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        described("postgresql://a:b@127.0.0.1:5432/postgres", name, _PASSWORDS)


def test_secrets_are_not_printed() -> None:
    shown = repr(_PASSWORDS) + repr(described("postgresql://a:b@127.0.0.1:5432/postgres", "passport", _PASSWORDS))
    assert "o'wner" not in shown
    assert "r%2Fun" not in shown
