"""What the payment body did, taken in late, twice over, or against our books."""

import uuid

import pytest_asyncio
from residency_desk import SYSTEM, Desk

from chassis.clock import Clock
from partners.intents.fees import FeeOutcome
from residency.actions.settle_fee import settle_fee
from residency.models import ExitReentryVisa
from residency.settings import ResidencySettings
from residency.wiring import create_service


@pytest_asyncio.fixture
async def still(databases):
    """The service with nothing running: only what a test calls happens."""
    database = await databases("residency")
    service = create_service(ResidencySettings(environment="test", database_url=database.run_dsn), Clock(sandbox=True))
    desk = Desk(service, None, None, None, database)
    yield desk
    assert await desk.violations() == {}
    await service.close()


async def visa_in(desk, status, *, fee_state, attempt=1, version=0):
    case, now = uuid.uuid4(), desk.service.clock.now()
    visa = ExitReentryVisa(
        id=case,
        reference=str(case),
        person="2000000006",
        applicant="1000000008",
        status=status,
        version=version,
        opened_at=now,
        moved_at=now,
        trips="single",
        stay_days=60,
        fee_minor=20000,
        fee_items=[{"what": "visa", "amount_minor": 20000, "rule": "r", "rule_from": "2016-10-02"}],
        service_code="4",
        fee_state=fee_state,
        fee_attempt=attempt,
        fee_asked_at=now,
    )
    visa.fee_reservation = visa.reservation(attempt)
    async with desk.service.database.transaction(SYSTEM) as session:
        session.add(visa)
    return case


async def settles(desk, case, step, *, ok=True, attempt=1, reason=None):
    async with desk.service.database.transaction(SYSTEM, now=desk.service.clock.now()) as session:
        await settle_fee(desk.service, session, FeeOutcome(case, attempt, step, ok, 20000, reason))


async def kinds(desk):
    return [row[0] for row in await desk.rows("select kind from intents order by id")]


async def test_a_reservation_that_nobody_waits_for_any_more_is_given_back(still):
    case = await visa_in(still, "requested", fee_state="none")
    await settles(still, case, "reserve")
    assert await kinds(still) == ["fee.release"]
    await settles(still, case, "release")
    assert await still.rows("select sum(amount_minor) from ledger_lines where account = 'reserved'") == [(0,)]
    await still.rows("delete from exit_reentry_visas")


async def test_a_reservation_of_an_earlier_try_is_given_back_and_the_case_waits_on(still):
    case = await visa_in(still, "requested", fee_state="asked", attempt=2)
    await settles(still, case, "reserve", attempt=1)
    assert await still.rows("select status, fee_state from exit_reentry_visas") == [("requested", "asked")]
    assert await still.rows("select body ->> 'attempt' from intents where kind = 'fee.release'") == [("1",)]
    await still.rows("delete from exit_reentry_visas")


async def test_a_fee_the_body_will_not_take_leaves_the_visa_where_it_is_and_says_why(still):
    case = await visa_in(still, "issuing", fee_state="reserved")
    await settles(still, case, "consume", ok=False, reason="reservation-settled")
    found = await still.rows("select status, fee_state, fee_reason, visa_number from exit_reentry_visas")
    assert found == [("issuing", "reserved", "reservation-settled", None)]
    await still.rows("delete from exit_reentry_visas")


async def test_an_outcome_of_a_case_nobody_knows_changes_nothing(still):
    await settles(still, uuid.uuid4(), "reserve")
    assert await kinds(still) == []
