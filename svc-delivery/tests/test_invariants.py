"""The invariants hold after whole journeys, and each of them finds what was planted against it."""

from datetime import timedelta
from importlib import resources

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from delivery.domain.shipment import SHIPMENT

FILES = {
    file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
    for file in resources.files("delivery").joinpath("invariants").iterdir()
    if file.name.endswith(".sql")
}


async def violations(house) -> dict[str, list]:
    """What the reader of all rows finds, by invariant."""
    reader = Database(house.database.verify_dsn)
    try:
        async with reader.transaction() as session:
            return {name: list(await session.execute(sa.text(query))) for name, query in FILES.items()}
    finally:
        await reader.close()


async def found_when_planted(house, name: str, statement: str) -> bool:
    """Whether the invariant finds what is changed as no code of ours may change it: as the rows' owner, past the triggers
    and the walls. All is taken back."""
    owner = Database(house.database.owner_dsn)
    try:
        async with AsyncSession(owner.engine) as session:
            for table in ("shipments", "custody", "case_moves", "scans", "door_codes"):
                await session.execute(sa.text(f"alter table {table} disable trigger user"))
                await session.execute(sa.text(f"alter table {table} no force row level security"))
            await session.execute(sa.text(statement))
            return bool((await session.execute(sa.text(FILES[name]))).all())
    finally:
        await owner.close()


async def test_they_hold_after_every_kind_of_end(build):
    house = await build(investigation_seconds=3600)
    await house.know()
    done, code = await house.at_the_door("A10000001")
    await house.scan(done, "delivered", code=code, old_document="B00000017")
    await house.scan(done, "old_document_returned")
    lost = await house.handed_over("A10000002")
    back = await house.handed_over("A10000003")
    await house.scan(back, "returned_to_source")
    await house.packed("A10000004")
    await house.pass_time(timedelta(hours=49))
    await house.post(f"/v1/shipments/{lost.id}/claim", headers=house.as_person())
    await house.scan(lost, "lost")
    stopped = await house.labelled("A10000005")
    body = {"reason": "printed twice by mistake"}
    await house.post(f"/v1/shipments/{stopped.id}/cancel", body, headers=house.as_staff("S2001"))
    assert set(await house.rows(sa.text("select status from shipments"))) == {
        "delivered",
        "lost",
        "returned_to_source",
        "packed",
        "cancelled",
    }
    assert await violations(house) == {name: [] for name in FILES}


PLANTED = [
    ("i43_moves_are_listed", "update case_moves set standing = 'holder' where action = 'deliver'"),
    ("i43_moves_are_listed", "update case_moves set from_status = 'packed' where action = 'deliver'"),
    ("i44_ends_stay_ended", "update shipments set status = 'in_transit'"),
    ("i44_ends_stay_ended", "delete from case_moves where action = 'carry'"),
    ("i50_one_live_envelope", "update shipments set proof = 'msg_of_somebody_else'"),
    ("i50_one_live_envelope", "update shipments set old_document = 'expected'"),
    ("i50_one_live_envelope", "update door_codes set used_at = null"),
    ("i51_custody_has_no_gap", "delete from custody where step = 2 and item = 'document'"),
    ("i51_custody_has_no_gap", "delete from custody where item = 'old_document'"),
    ("i51_custody_has_no_gap", "update custody set taken_by = 'nobody' where step = 3"),
    ("i51_custody_has_no_gap", "update custody set passed_at = passed_at - interval '1 day' where step = 3"),
    ("i51_custody_has_no_gap", "update scans set verdict = 'known'"),
    ("i51_custody_has_no_gap", "update shipments set hand_over_id = null"),
]


async def test_each_finds_what_was_planted(house):
    shipment, code = await house.at_the_door()
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert await violations(house) == {name: [] for name in FILES}
    missed = [each for each in PLANTED if not await found_when_planted(house, *each)]
    assert missed == []
    assert {name for name, _ in PLANTED} == set(FILES)
    assert await violations(house) == {name: [] for name in FILES}, "all was taken back"


def test_the_list_of_moves_is_the_lifecycles():
    query = FILES["i43_moves_are_listed"]
    listed = {tuple(line.strip(" (),'").split("', '")) for line in query.splitlines() if line.startswith("    ('")}
    arrows = {
        (str(origin), str(each.action), str(each.target), by)
        for each in SHIPMENT.moves
        for origin in each.origins
        for by in each.by
    }
    assert listed == arrows


def test_every_invariant_says_what_it_holds():
    assert set(FILES) == {
        "i43_moves_are_listed",
        "i44_ends_stay_ended",
        "i50_one_live_envelope",
        "i51_custody_has_no_gap",
    }
    assert all(query.startswith("-- I-") for query in FILES.values())
