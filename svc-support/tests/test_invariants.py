"""The invariants hold after every kind of end, and each of them finds what was planted against it."""

import io
import uuid
from datetime import timedelta
from importlib import resources

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from support.domain.ticket import TICKET

FILES = {
    file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
    for file in resources.files("support").joinpath("invariants").iterdir()
    if file.name.endswith(".sql")
}


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (30, 20), (1, 2, 3)).save(written, "PNG")
    return written.getvalue()


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
            for table in ("tickets", "messages", "attachments", "case_moves", "looks"):
                await session.execute(sa.text(f"alter table {table} disable trigger user"))
                await session.execute(sa.text(f"alter table {table} no force row level security"))
            await session.execute(sa.text(statement))
            return bool((await session.execute(sa.text(FILES[name]))).all())
    finally:
        await owner.close()


async def test_they_hold_in_every_status_and_after_every_kind_of_end(house):
    ways = [
        (),
        ("take",),
        ("take", "return"),
        ("take", "return", "answer"),
        ("take", "return", "answer", "resume"),
        ("take", "return", "answer", "return", "answer", "process"),
        ("take", "process", "confirm"),
        ("take", "reject"),
    ]
    people = [f"10001900{n}5" for n in range(10, 10 + len(ways))]
    for person, way in zip(people, ways, strict=True):
        ticket = await house.open(by=person) | {"by": person}
        await house.attach(ticket, ("a.png", picture()), by=person)
        await house.did(ticket, *way)
        assert await violations(house) == {name: [] for name in FILES}, way
    await house.pass_time(timedelta(days=12))
    assert await violations(house) == {name: [] for name in FILES}
    await house.pass_time(timedelta(days=12))
    assert await violations(house) == {name: [] for name in FILES}
    closed = await house.scalar(sa.text("select count(*) from tickets where status = 'closed'"))
    late = await house.scalar(sa.text("select count(*) from tickets where escalated_at is not null"))
    assert (closed, late) == (4, 4)


PLANTED = [
    ("i43_moves_are_listed", "update case_moves set standing = 'officer' where action = 'confirm'"),
    ("i43_moves_are_listed", "update case_moves set action = 'close' where action = 'confirm'"),
    ("i44_ends_stay_ended", "update tickets set status = 'under_processing' where status = 'closed'"),
    ("i44_ends_stay_ended", "update tickets set status = 'processed' where version = 0"),
    ("i44_ends_stay_ended", "delete from case_moves where action = 'process'"),
    ("i57_promises_are_watched", "update timers set state = 'disarmed' where state = 'armed'"),
    ("i57_promises_are_watched", "update timers set due_at = due_at + interval '1 day' where state = 'armed'"),
    ("i57_promises_are_watched", "update tickets set promised_on = promised_on + 1 where version = 0"),
    ("i57_promises_are_watched", "update tickets set promised_on = date '2026-11-27' where version > 0"),
    ("i57_promises_are_watched", "update tickets set paused_on = promised_on where version = 0"),
    ("i57_promises_are_watched", "update tickets set escalated_at = opened_at"),
    (
        "i57_promises_are_watched",
        (
            "insert into timers (id, kind, subject, due_at) select gen_random_uuid(), 'ticket_close_by_silence', id::text,"
            " now() from tickets where status = 'closed'"
        ),
    ),
    ("i58_only_parties_and_closed_for_good", "update case_moves set actor = 'S9999' where standing = 'officer'"),
    (
        "i58_only_parties_and_closed_for_good",
        "update case_moves set actor = '1000190015' where standing = 'holder'",
    ),
    ("i58_only_parties_and_closed_for_good", "update looks set actor = 'S9999'"),
    ("i58_only_parties_and_closed_for_good", "update looks set at = at + interval '1 hour'"),
    ("i58_only_parties_and_closed_for_good", "update relations set ends_at = null where relation = 'assignee'"),
    (
        "i58_only_parties_and_closed_for_good",
        "update messages set written_at = written_at + interval '1 hour' where author = 'specialist'",
    ),
    (
        "i58_only_parties_and_closed_for_good",
        "update attachments set attached_at = attached_at + interval '1 hour'",
    ),
    ("i59_served_is_scanned", "update attachments set size = size + 1"),
    ("i59_served_is_scanned", "update attachments set sealed = sealed || '\\x00'::bytea"),
    ("i59_served_is_scanned", "update attachments set digest = 'none'"),
    ("i59_served_is_scanned", "update attachments set media_type = 'text/html'"),
]


async def test_each_finds_what_was_planted(house):
    ticket = await house.open()
    assert (await house.attach(ticket, ("a.png", picture()))).status_code == 201
    await house.did(ticket, "take", "process", "confirm")
    await house.open(case_id=str(uuid.uuid4()))
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
        for each in TICKET.moves
        for origin in each.origins
        for by in each.by
    }
    assert listed == arrows


def test_every_invariant_says_what_it_holds():
    assert {name.split("_")[0] for name in FILES} == {"i43", "i44", "i57", "i58", "i59"}
    assert all(query.startswith("-- I-") for query in FILES.values())
