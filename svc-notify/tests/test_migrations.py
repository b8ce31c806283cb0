"""The migrations make what the models say, their head is written down, and the walls stand."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from notify_house import ALL, HEAD, HOLDER, House

import notify
from chassis.database import Sight
from chassis.migrations import drift, head_of
from chassis.testing.fixtures import Databases
from contracts.events import ApplicationApproved
from notify.models import Base


async def test_models_and_migrations_agree(databases: Databases):
    database = await databases("notify")
    assert await drift(database.owner_dsn, Base.metadata) == []


def test_head_is_written_down():
    written = Path(notify.__file__).with_name("migrations").joinpath("HEAD").read_text().strip()
    assert written == head_of("notify")


@pytest.mark.parametrize("table", ["tellings", "notices", "contacts"])
async def test_a_stranger_sees_no_row_even_without_a_predicate(house: House, table: str):
    await house.reach(HOLDER, "+966500000100")
    await house.happen(ApplicationApproved.model_validate(ApplicationApproved.example))
    counts = {}
    for sight in (Sight(HEAD), Sight(HOLDER), ALL):
        async with house.service.database.transaction(sight) as session:
            counts[sight.subject] = await session.scalar(sa.text(f"select count(*) from {table}"))
    assert counts[HEAD] == 0
    assert counts[HOLDER] == counts["test"] > 0
