"""The migrations make what the models say, and their head is written down."""

from pathlib import Path

import sqlalchemy as sa

import delivery
from chassis.migrations import drift, head_of
from delivery.models import Base


async def test_models_and_migrations_agree(databases):
    database = await databases("delivery")
    assert await drift(database.owner_dsn, Base.metadata) == []


def test_head_is_written_down():
    written = Path(delivery.__file__).with_name("migrations").joinpath("HEAD").read_text().strip()
    assert written == head_of("delivery")


async def test_offices_of_every_kind_are_there_with_hours(house):
    rows = await house.rows(sa.text("select kind from offices where jsonb_array_length(hours) > 0"))
    assert set(rows) == {"directorate", "mall", "airport"}
