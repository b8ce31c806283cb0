"""What must always hold: no row after every kind of journey, and a row for each thing planted against it."""

from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import see_as
from contracts.authority import Actor
from contracts.events_delivery import ShipmentDelivered, ShipmentHandedOver, ShipmentLost, ShipmentPacked
from passport.domain.renewal import ENDED, RENEWAL
from tests.passport_desk import CLERK, OFFICER, PATH, SYSTEM

NOW = datetime.now(UTC)
ENVELOPE = {"envelope": "EA123456785SA"}
FILES = sorted(
    (each for each in resources.files("passport").joinpath("invariants").iterdir() if each.name.endswith(".sql")),
    key=lambda each: each.name,
)


async def broken(desk):
    """The invariants that do not hold, by number, with what they say."""
    async with desk.service.database.transaction(SYSTEM) as session:
        return await found_in(session)


async def found_in(session):
    found = {}
    for file in FILES:
        statement = sa.text(file.read_text(encoding="utf-8").replace(":", "\\:"))
        if rows := (await session.execute(statement)).all():
            found[file.name.split("_")[0]] = sorted({row.what for row in rows})
    return found


def listed_moves():
    """The rows of I-43's table: every arrow of the list."""
    arrows = {
        (origin, str(move.action), str(move.target), actor)
        for move in RENEWAL.moves
        for origin in move.origins
        for actor in move.by
    }
    return ",\n".join(
        f"    ('{origin}', '{action}', '{target}', '{actor}')" for origin, action, target, actor in sorted(arrows)
    )


def test_the_list_of_moves_in_sql_is_the_list_in_code():
    (file,) = [each for each in FILES if each.name.startswith("I-43")]
    assert listed_moves() in file.read_text(encoding="utf-8")


def test_the_terminal_statuses_in_sql_are_those_of_the_code():
    (file,) = [each for each in FILES if each.name.startswith("I-44")]
    words = ", ".join(f"'{status}'" for status in ("completed", "refused", "cancelled", "expired"))
    assert f"({words})" in file.read_text(encoding="utf-8")
    assert {str(each) for each in ENDED} == {"completed", "refused", "cancelled", "expired"}


async def shipped(desk, case):
    await desk.ships(case, ShipmentPacked, **ENVELOPE)
    await desk.ships(case, ShipmentHandedOver, **ENVELOPE, handed_over_at=NOW, promised_by=NOW)


async def test_they_hold_along_the_whole_way_and_through_a_loss(desk, person):
    who = person("918")
    application = await desk.draft(who)
    assert await broken(desk) == {}
    await desk.ok("POST", f"{PATH}/{application}/cancel", who)
    case = await desk.printed(who)
    assert await broken(desk) == {}
    await shipped(desk, case)
    await desk.ships(case, ShipmentLost, document_number=case["passport_number"])
    assert await broken(desk) == {}
    anew = await desk.until(case["id"], who, "printed")
    desk.shipments.pop(case["id"])
    await shipped(desk, anew)
    await desk.ships(anew, ShipmentDelivered, delivered_at=NOW)
    assert await broken(desk) == {}
    body = {"reference": case["reference"], "old_booklet_number": case["old_number"]}
    await desk.ok("POST", f"{PATH}/activations", CLERK, staff=True, json=body)
    assert await broken(desk) == {}


async def test_they_hold_when_it_comes_to_nothing(desk, clock, person):
    who = person("900")
    application = await desk.in_review(who)
    await desk.ok("POST", f"{PATH}/{application}/take", OFFICER, staff=True)
    await desk.ok("POST", f"{PATH}/{application}/return", OFFICER, staff=True, json={"reason": "photo"})
    assert await broken(desk) == {}
    clock.advance(timedelta(days=31))
    expired = await desk.until(application, who, "expired")
    assert expired["reason"] == "answer-wait-over"
    assert desk.said("cancelled", application)["by"] == "deadline"
    assert await broken(desk) == {}


PLANTED = {
    "I-33": "update applications set fee_state = 'reserved'",
    "I-35": "update applications set fee_minor = 60000",
    "I-41": "update booklets set application_id = null where source = 'printing'",
    "I-43": "insert into case_moves (id, case_kind, case_id, version, action, from_status, to_status, standing, actor, moved_at)"
    " select gen_random_uuid(), 'renewal', id, 99, 'approve', 'draft', 'approved', 'holder', 'x', now() from applications",
    "I-44": "insert into case_moves (id, case_kind, case_id, version, action, from_status, to_status, standing, actor, moved_at)"
    " select gen_random_uuid(), 'renewal', id, 99, 'print', 'cancelled', 'printing', 'system', 'x', now() from applications",
    "I-65": "insert into authorisation_uses (id, authorisation_id, object, person, actor, used_at)"
    " select gen_random_uuid(), gen_random_uuid(), reference, person, 'x', now() from applications",
    "I-45": "update booklets set status = 'active' where source = 'registry'",
}


async def with_planted(desk, planted):
    """What is found in a transaction that plants something and is taken back."""
    async with AsyncSession(desk.service.database.engine) as session:
        await see_as(session, SYSTEM)
        await session.execute(sa.text(planted))
        return await found_in(session)


async def test_each_finds_what_is_planted_against_it(desk, person):
    await desk.printed(person("900"))
    assert await broken(desk) == {}
    books = "update ledger_lines set amount_minor = amount_minor + 1 where account = 'fees'"
    for number, planted in [*PLANTED.items(), ("I-35", books)]:
        assert number in await with_planted(desk, planted), number
    assert await broken(desk) == {}


async def test_one_active_passport_is_the_databases_own_rule(desk, person):
    case = await desk.printed(person("900"))
    forged = sa.text("update booklets set status = 'active'")
    with pytest.raises(sa.exc.IntegrityError, match="uq_booklets_active"):
        async with desk.service.database.transaction(SYSTEM) as session:
            await session.execute(forged)
    assert case["status"] == "printed"


def test_every_actor_of_a_move_is_a_word_of_the_house():
    assert {actor for move in RENEWAL.moves for actor in move.by} <= set(Actor)
