"""The migrations make exactly what the models say."""

from importlib import resources

from chassis.migrations import drift, head_of
from residency.models import Base


async def test_the_migrated_schema_is_the_one_the_models_describe(databases):
    database = await databases("residency")
    assert await drift(database.owner_dsn, Base.metadata) == []


def test_the_newest_migration_is_the_one_the_head_file_names():
    named = resources.files("residency").joinpath("migrations").joinpath("HEAD").read_text(encoding="utf-8").strip()
    assert named == head_of("residency")
