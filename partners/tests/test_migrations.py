"""The migrations make exactly the tables the models speak of, and HEAD names the newest."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import driver_url
from chassis.migrations import folder_of, head_of
from chassis.testing.fixtures import Databases
from partners.simulators.models import Base


async def test_models_and_migrations_agree(databases: Databases):
    database = await databases("partners")
    engine = create_async_engine(driver_url(database.verify_dsn))
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda made: compare_metadata(MigrationContext.configure(made), Base.metadata)
        )
    await engine.dispose()
    assert [each for each in differences if "alembic_version" not in str(each)] == []


def test_head_names_the_newest_migration():
    assert (folder_of("partners") / "HEAD").read_text().strip() == head_of("partners")
