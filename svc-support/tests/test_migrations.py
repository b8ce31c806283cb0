"""The migrations make what the models say, their head is written down, and the walls around rows stand."""

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

import support
from chassis.authority import Principal
from chassis.database import Database
from chassis.migrations import drift, head_of
from support.models import Attachment, Base, BlockedAct, Contact, Message, Ticket

STRANGER = Principal("1000190015", "citizen", "s", "portal")


async def test_models_and_migrations_agree(databases):
    database = await databases("support")
    assert await drift(database.owner_dsn, Base.metadata) == []


def test_head_is_written_down():
    written = Path(support.__file__).with_name("migrations").joinpath("HEAD").read_text().strip()
    assert written == head_of("support")


async def test_a_query_without_its_predicate_shows_a_stranger_nothing(house):
    await house.block(uuid.uuid4())
    await house.attach(await house.open(), ("a.pdf", b"no file at all"))
    for model in (Ticket, Message, Attachment, Contact, BlockedAct):
        async with house.service.database.transaction(STRANGER.sight, now=house.clock.now()) as session:
            assert list(await session.scalars(sa.select(model))) == [], model.__tablename__


async def test_a_closed_ticket_and_a_written_message_change_for_nobody(house):
    ticket = await house.open()
    await house.did(ticket, "take", "process", "confirm")
    for statement in (
        "update tickets set rating = 1",
        "update tickets set status = 'under_processing'",
        "delete from tickets",
        "update messages set author = 'specialist'",
        "delete from messages",
        "update attachments set scan = 'clean'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"does not change|only ever added"):
            await _as_owner(house, statement)


async def _as_owner(house, statement):
    """Try it as the tables' owner, past the walls."""
    owner = Database(house.database.owner_dsn)
    try:
        async with owner.transaction() as session:
            for table in ("tickets", "messages", "attachments"):
                await session.execute(sa.text(f"alter table {table} no force row level security"))
            await session.execute(sa.text(statement))
    finally:
        await owner.close()
