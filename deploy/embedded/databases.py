"""One database and two roles per service on a PostgreSQL cluster, and one role that may only read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import asyncpg

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,40}$")
# Roles belong to the whole cluster: two starts at once must not both find one missing.
_LOCK_KEY = 7_026_171_502


@dataclass(frozen=True, repr=False)
class Passwords:
    """The secrets of a service's two roles and of the cluster's reader. Not printed by repr."""

    owner: str
    run: str
    verify: str


@dataclass(frozen=True, repr=False)
class ServiceDatabase:
    """A database and the addresses of its three doors. Not printed by repr: the addresses hold passwords."""

    name: str
    owner_role: str
    run_role: str
    verify_role: str
    owner_dsn: str
    run_dsn: str
    verify_dsn: str


async def create_service_database(
    admin_dsn: str, service: str, passwords: Passwords, *, prefix: str = ""
) -> ServiceDatabase:
    """Make, or bring up to date, the database of `service` and its roles. Safe to repeat and to run twice at once.

    `<service>_owner` owns the database and is for migrations only. `<service>` is for run time: it reads and writes rows,
    owns nothing and cannot pass row-level security. `verify` reads every row of every service, for the invariants, and so
    bypasses row-level security, but can write nothing. `prefix` goes before every name, so that tests may share a cluster.
    """
    database = described(admin_dsn, service, passwords, prefix=prefix)
    async with _locked(admin_dsn) as admin:
        await _role(admin, database.owner_role, passwords.owner, "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        await _role(admin, database.run_role, passwords.run, "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        await _role(admin, database.verify_role, passwords.verify, "NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS")
        await admin.execute(f'ALTER ROLE "{database.verify_role}" SET default_transaction_read_only = on')
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database.name):
            await admin.execute(
                f'CREATE DATABASE "{database.name}" OWNER "{database.owner_role}" ENCODING \'UTF8\' TEMPLATE template0'
            )
        await _doors(admin, database)
    await _inside(at(admin_dsn, database.name), database)
    return database


async def clone_service_database(admin_dsn: str, template: ServiceDatabase, name: str) -> ServiceDatabase:
    """Make `name` anew as a copy of `template` (rows, tables and grants), with the same roles. Nobody may be using either.

    For clusters without fsync: the copy is made file by file, which begins and ends with a checkpoint.
    """
    copy = ServiceDatabase(
        _checked(name),
        template.owner_role,
        template.run_role,
        template.verify_role,
        at(template.owner_dsn, name),
        at(template.run_dsn, name),
        at(template.verify_dsn, name),
    )
    async with _locked(admin_dsn) as admin:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(
            f'CREATE DATABASE "{name}" OWNER "{copy.owner_role}" TEMPLATE "{template.name}" STRATEGY file_copy'
        )
        await _doors(admin, copy)
    return copy


async def drop_service_database(admin_dsn: str, name: str) -> None:
    """Drop a database, throwing out whoever is in it. Roles stay: other databases may use them."""
    async with _locked(admin_dsn) as admin:
        await admin.execute(f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')


async def shut_shared_databases(admin_dsn: str) -> None:
    """Keep the services' roles out of `postgres` and `template1` too. For clusters of our own: a given server is not ours to change."""
    async with _locked(admin_dsn) as admin:
        for name in ("postgres", "template1"):
            await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")


def described(admin_dsn: str, service: str, passwords: Passwords, *, prefix: str = "") -> ServiceDatabase:
    """The names and addresses of a service's database, without touching the server."""
    name, verify = _checked(prefix + service), _checked(f"{prefix}verify")
    owner = _checked(f"{name}_owner")
    return ServiceDatabase(
        name,
        owner,
        name,
        verify,
        at(admin_dsn, name, owner, passwords.owner),
        at(admin_dsn, name, name, passwords.run),
        at(admin_dsn, name, verify, passwords.verify),
    )


def at(dsn: str, database: str, user: str | None = None, password: str | None = None) -> str:
    """The same server, another database, and another user where one is given."""
    parts = urlsplit(dsn)
    door = parts.netloc
    if user is not None:
        door = f"{quote(user)}:{quote(password or '', safe='')}@{parts.netloc.rpartition('@')[2]}"
    return parts._replace(netloc=door, path="/" + quote(database)).geturl()


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(f"not a name for a database or role: {name!r}")
    return name


@asynccontextmanager
async def _locked(admin_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK_KEY)
        yield admin
    finally:
        await admin.close()  # closing gives the lock back


async def _role(admin: asyncpg.Connection, role: str, password: str, attributes: str) -> None:
    verb = "ALTER" if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role) else "CREATE"
    secret = await admin.fetchval("SELECT quote_literal($1::text)", password)
    await admin.execute(f'{verb} ROLE "{role}" LOGIN {attributes} PASSWORD {secret}')


async def _doors(admin: asyncpg.Connection, database: ServiceDatabase) -> None:
    """Who may come in: the three roles, and nobody because they happen to have an account."""
    await admin.execute(f'REVOKE ALL ON DATABASE "{database.name}" FROM PUBLIC')
    await admin.execute(
        f'GRANT CONNECT ON DATABASE "{database.name}" TO "{database.run_role}", "{database.verify_role}"'
    )


async def _inside(dsn: str, database: ServiceDatabase) -> None:
    """What the roles may do with tables that exist, and with those the owner will make."""
    run, verify = f'"{database.run_role}"', f'"{database.verify_role}"'
    grants = (
        ("TABLES", "SELECT, INSERT, UPDATE, DELETE", run),
        ("SEQUENCES", "USAGE, SELECT", run),
        ("FUNCTIONS", "EXECUTE", run),
        ("TABLES", "SELECT", verify),
        ("SEQUENCES", "SELECT", verify),
    )
    future = f'ALTER DEFAULT PRIVILEGES FOR ROLE "{database.owner_role}"'
    admin = await asyncpg.connect(dsn)
    try:
        async with admin.transaction():
            await admin.execute("SELECT pg_advisory_xact_lock($1)", _LOCK_KEY)
            await admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            await admin.execute(f"GRANT USAGE ON SCHEMA public TO {run}, {verify}")
            await admin.execute(f"{future} REVOKE ALL ON FUNCTIONS FROM PUBLIC")
            for kind, rights, role in grants:
                await admin.execute(f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO {role}")
                await admin.execute(f"{future} GRANT {rights} ON {kind} TO {role}")
    finally:
        await admin.close()
