"""The migrations make exactly what the models say."""

from chassis.migrations import drift, folder_of, head_of
from identity.models import Base


async def test_models_and_migrations_agree(databases):
    database = await databases("identity")
    assert await drift(database.owner_dsn, Base.metadata) == []


def test_head_is_written_down():
    assert (folder_of("identity") / "HEAD").read_text().strip() == head_of("identity")
