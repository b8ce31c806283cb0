"""Each invariant finds the violation it is about, and nothing when all is well."""

import uuid

import asyncpg
import pytest
import pytest_asyncio
from residency_desk import Desk

CASE = (
    "insert into exit_reentry_visas (id, reference, person, status, version, opened_at, moved_at, applicant, fee_minor,"
    " fee_items, fee_state, fee_reservation, trips, stay_days, visa_number, issued_on, leave_by, cancel_by)"
    " values ($1::uuid, $1::uuid::text, $2, $3, $4, now(), now(), '1000000008', 20000,"
    ' \'[{"what":"visa","amount_minor":20000,"rule":"r","rule_from":"2016-10-02"}]\', $5, $6, \'single\', 60, $1::text,'
    " current_date, current_date + 90, current_date + 90)"
)
MOVE = (
    "insert into case_moves (id, case_kind, case_id, version, action, from_status, to_status, standing, actor, moved_at)"
    " values ($1, 'exit_reentry_visa', $2, $3, $4, $5, $6, $7, 'x', now())"
)
LINE = (
    "insert into ledger_lines (id, reservation, entry, account, amount_minor, entered_at)"
    " values ($1, $2, $3, $4, $5, now())"
)


@pytest_asyncio.fixture
async def planting(databases):
    """Rows put straight into the tables, past the actions; the desk only reads invariants."""
    database = await databases("residency")
    connection = await asyncpg.connect(database.run_dsn)
    await connection.execute("select set_config('app.standing', 'system', false)")
    yield connection, Desk(None, None, None, None, database)
    await connection.close()


async def plant(connection, *, status="requested", version=0, fee_state="none", person="2000000006", reservation=None):
    case = uuid.uuid4()
    await connection.execute(CASE, case, person, status, version, fee_state, reservation)
    return case


async def entry(connection, reservation, kind, **sides):
    for account, amount in sides.items():
        await connection.execute(LINE, uuid.uuid4(), reservation, kind, account, amount)


async def test_an_empty_database_violates_nothing(planting):
    assert await planting[1].violations() == {}


async def test_money_that_does_not_add_up_is_found(planting):
    connection, desk = planting
    lopsided, closed_otherwise = uuid.uuid4(), uuid.uuid4()
    await entry(connection, lopsided, "reserve", prepaid=-100, reserved=90)
    await entry(connection, closed_otherwise, "reserve", prepaid=-100, reserved=100)
    await entry(connection, closed_otherwise, "release", reserved=-60, prepaid=60)
    found = await desk.violations()
    assert {what for _, what in found["I-32_reservations_end_once.sql"]} == {
        "an entry that does not sum to zero",
        "closed with another amount than was reserved",
    }


async def test_a_visa_without_its_fee_and_a_fee_without_its_visa_are_found(planting):
    connection, desk = planting
    await plant(connection, status="issued", version=0, fee_state="consumed", reservation=uuid.uuid4())
    await entry(connection, uuid.uuid4(), "consume", reserved=-20000, fees=20000)
    found = await desk.violations()
    assert {what for _, what in found["I-33_every_product_has_its_consumed_fee.sql"]} == {
        "made without a consumed fee",
        "consumed and nothing made",
    }
    assert "I-35_fee_is_what_its_rules_said.sql" in found


async def test_a_fee_that_is_not_its_lines_is_found(planting):
    connection, desk = planting
    await connection.execute("update exit_reentry_visas set fee_minor = 1 where id = $1", await plant(connection))
    assert [what for _, what in (await desk.violations())["I-35_fee_is_what_its_rules_said.sql"]] == [
        "not the sum of its lines"
    ]


async def test_a_move_nobody_listed_and_a_move_out_of_an_end_are_found(planting):
    connection, desk = planting
    case = await plant(connection, status="issued", version=1)
    await connection.execute(MOVE, uuid.uuid4(), case, 1, "issue", "requested", "issued", "holder")
    ended = await plant(connection, status="issued", version=1, person="2000000014")
    await connection.execute(MOVE, uuid.uuid4(), ended, 1, "use", "lapsed", "issued", "system")
    found = await desk.violations()
    assert len(found["I-43_moves_are_listed.sql"]) == 2
    assert (str(ended), "a move out of a terminal status") in found["I-44_what_ended_stays_ended.sql"]


async def test_a_use_without_its_grant_one_too_many_and_a_move_without_its_use_are_found(planting):
    connection, desk = planting
    case = await plant(connection, status="awaiting_payment", version=1)
    await connection.execute(MOVE, uuid.uuid4(), case, 1, "reserve", "requested", "awaiting_payment", "grantee")
    grant, nobodys = uuid.uuid4(), uuid.uuid4()
    await connection.execute(
        "insert into relations (id, relation, subject, object, starts_at, source, scope, uses_allowed)"
        " values ($1, 'grantee', '1000000008', '1000000016', now() - interval '1 day', 'identity', 'exit_reentry', 1)",
        grant,
    )
    for authorisation, object_ in ((grant, "JWZ-1"), (grant, "JWZ-2"), (nobodys, "JWZ-3")):
        await connection.execute(
            "insert into authorisation_uses (id, authorisation_id, object, person, actor, used_at)"
            " values ($1, $2, $3, '1000000016', '1000000008', now())",
            uuid.uuid4(),
            authorisation,
            object_,
        )
    found = (await desk.violations())["I-65_grants_are_used_within_their_bounds.sql"]
    assert {what for _, what in found} == {
        "used more often than allowed",
        "used without a grant, out of its days or by another",
        "moved by a grantee without a use, or without the grantor's name",
    }
    assert len(found) == 3


async def test_a_status_without_its_history_is_found(planting):
    connection, desk = planting
    case = await plant(connection, status="withdrawn")
    found = await desk.violations()
    assert found["I-44_what_ended_stays_ended.sql"] == [(str(case), "the status is not where the last move left it")]


async def test_a_visa_cancelled_after_its_window_or_lapsed_before_its_last_day_is_found(planting):
    connection, desk = planting
    late = await plant(connection, status="cancelled")
    await connection.execute("update exit_reentry_visas set cancel_by = current_date - 2 where id = $1", late)
    await plant(connection, status="lapsed", person="2000000014")
    found = await desk.violations()
    assert {what for _, what in found["I-49_windows_hold.sql"]} == {
        "cancelled after its window",
        "lapsed or used before its last day to leave was over",
    }


async def test_the_database_itself_refuses_a_second_visa_in_force(planting):
    connection, _ = planting
    await plant(connection, status="issued")
    with pytest.raises(asyncpg.UniqueViolationError):
        await plant(connection, status="verifying")


async def test_two_visas_in_force_are_found_where_the_index_is_missing(planting, databases):
    connection, desk = planting
    owner = await asyncpg.connect(desk.database.owner_dsn)
    await owner.execute("drop index uq_exit_reentry_visas_in_force")
    await owner.close()
    await plant(connection, status="issued")
    await plant(connection, status="issuing")
    assert (await desk.violations())["I-40_one_visa_in_force.sql"] == [("2000000006", "more than one visa in force")]
