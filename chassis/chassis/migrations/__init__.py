"""Migrations of a service: forward only, each in a transaction of its own with bounded locks, one runner at a time."""

from importlib import resources
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import ledger, models  # noqa: F401 - their tables are among those every service's migrations make
from chassis.audit import rows  # noqa: F401 - the same
from chassis.database import Base, driver_url

LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "60s"
RUNNER_LOCK = 7412


class NewerData(SystemExit):
    """The database was made by a newer version of this software."""


def config_of(package: str, connection: Any = None) -> Config:
    """Alembic's configuration for a service's `migrations/`, without a file."""
    config = Config()
    config.set_main_option("script_location", str(folder_of(package)))
    config.attributes["connection"] = connection
    return config


def folder_of(package: str) -> Path:
    """Where a service keeps its migrations."""
    return Path(str(resources.files(package).joinpath("migrations")))


def head_of(package: str) -> str:
    """The newest migration, which `migrations/HEAD` repeats so that two made in parallel collide in git."""
    head = ScriptDirectory.from_config(config_of(package)).get_current_head()
    assert head is not None
    return head


async def migrate(package: str, owner_url: str) -> None:
    """Bring a service's database forward to this version's schema. Raises NewerData."""
    engine = create_async_engine(driver_url(owner_url), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as lock:
            await lock.execute(sa.text("select pg_advisory_lock(:key)"), {"key": RUNNER_LOCK})
            worker = create_async_engine(driver_url(owner_url))
            try:
                async with worker.connect() as connection:
                    await connection.run_sync(_upgrade, package)
            finally:
                await worker.dispose()
    finally:
        await engine.dispose()


def _upgrade(connection: sa.Connection, package: str) -> None:
    try:
        command.upgrade(config_of(package, connection), "head")
    except CommandError as error:
        raise NewerData(
            f"the database of {package} was made by a newer version: install that version, or restore a backup of this one"
        ) from error


def run_environment() -> None:
    """What every service's `migrations/env.py` does: one transaction per migration, bounded locks and statements."""
    connection: sa.Connection = context.config.attributes["connection"]
    connection.execute(sa.text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(sa.text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def drift(owner_url: str, metadata: sa.MetaData) -> list[Any]:
    """Differences between what the models say (the mechanism's tables included) and what the migrations made."""
    engine = create_async_engine(driver_url(owner_url))

    def compare(connection: sa.Connection) -> list[Any]:
        made = MigrationContext.configure(connection, opts={"compare_server_default": False})
        both = sa.MetaData()
        for each in (Base.metadata, metadata):
            for table in each.tables.values():
                table.to_metadata(both)
        return list(compare_metadata(made, both))

    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()
