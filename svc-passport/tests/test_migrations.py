"""The migrations make exactly what the models say, and every person's rows stand behind the second wall."""

import asyncpg
import pytest

from chassis.database import Sight
from chassis.migrations import drift, folder_of, head_of
from passport.models import Base


async def test_no_drift_and_one_head(databases):
    database = await databases("passport")
    assert await drift(database.owner_dsn, Base.metadata) == []
    assert folder_of("passport").joinpath("HEAD").read_text().strip() == head_of("passport")


async def test_a_forgotten_predicate_shows_nothing_of_others(desk, person):
    who, stranger = person("900"), person("001")
    await desk.prepared(who)
    for table in ("applications", "photos", "pledge_acceptances", "facts", "acts"):
        statement = f"select count(*) from {table}"
        async with desk.service.database.transaction(Sight(stranger)) as session:
            connection = await session.connection()
            assert (await connection.exec_driver_sql(statement)).scalar() == 0, table
        async with desk.service.database.transaction(Sight(who)) as session:
            connection = await session.connection()
            assert (await connection.exec_driver_sql(statement)).scalar() > 0, table


async def test_accepted_pledges_are_never_changed(desk, databases, person):
    await desk.prepared(person("900"))
    url = desk.service.settings.database_url
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select set_config('app.standing', 'system', false)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update pledge_acceptances set text = 'another'")
    finally:
        await connection.close()
