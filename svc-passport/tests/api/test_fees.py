"""Money: reserved once, resumed by itself, given back, consumed before anything is printed."""

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis.testing.fixtures import eventually
from partners.intents.fees import FeeOutcome
from passport.actions.settle_fee import settle_fee
from tests.passport_desk import OFFICER, PATH, SYSTEM

CODE = "37"


async def balance(desk, who):
    found = await desk.bodies.payments.balance(who, CODE)
    return found.available_minor, found.reserved_minor


async def fee_is(desk, application, who, state):
    async def there():
        found = await desk.read(application, who)
        return found if found["fee"]["state"] == state else None

    return await eventually(there)


async def test_too_low_a_balance_waits_and_the_deposit_resumes_it_by_itself(desk, bodies, clock, person):
    who = person("900")
    application = await desk.prepared(who)
    await desk.ok("POST", f"{PATH}/{application}/reserve", who)
    waiting = await fee_is(desk, application, who, "declined")
    assert (waiting["status"], waiting["fee"]["reason"]) == ("awaiting_payment", "balance-too-low")
    assert waiting["fee"]["reason_texts"]["ar"]
    assert waiting["fee"]["amount_minor"] == 30000
    await bodies.deposit(who, CODE, 25000)
    clock.advance(timedelta(seconds=11))
    reserved = await desk.until(application, who, "fee_reserved")
    assert await balance(desk, who) == (0, 30000)
    actors = [(each["action"], each["standing"]) for each in reserved["timeline"]]
    assert actors == [
        ("reserve", "holder"),
        ("decline_reserve", "system"),
        ("reserve", "system"),
        ("confirm_reserve", "system"),
    ]


async def test_the_holder_may_try_again_at_once(desk, bodies, person):
    who = person("900")
    application = await desk.prepared(who)
    await desk.ok("POST", f"{PATH}/{application}/reserve", who)
    await fee_is(desk, application, who, "declined")
    await bodies.deposit(who, CODE, 25000)
    await desk.ok("POST", f"{PATH}/{application}/reserve", who)
    await desk.until(application, who, "fee_reserved")
    assert await balance(desk, who) == (0, 30000)


async def test_waiting_for_a_payment_ends(desk, clock, person):
    who = person("900")
    application = await desk.prepared(who)
    await desk.ok("POST", f"{PATH}/{application}/reserve", who)
    await fee_is(desk, application, who, "declined")
    clock.advance(timedelta(hours=73))
    given_up = await desk.until(application, who, "draft")
    assert given_up["reason"] == "payment-wait-over"


async def test_an_answer_that_got_lost_is_asked_for_and_nothing_is_taken_twice(desk, bodies, person):
    who = person("914")
    application = await desk.prepared(who)
    await bodies.deposit(who, CODE, 60000)
    await desk.ok("POST", f"{PATH}/{application}/reserve", who)
    await desk.until(application, who, "fee_reserved")
    assert await balance(desk, who) == (35000, 30000)


async def test_cancelling_gives_the_fee_and_the_old_booklet_back(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    blocked = (await desk.ok("GET", "/v1/passports", who))["items"]
    assert [each["status"] for each in blocked] == ["renewal_blocked"]
    cancelled = await desk.ok("POST", f"{PATH}/{application}/cancel", who)
    assert cancelled["state"]["word"] == "cancelled"
    await fee_is(desk, application, who, "released")
    assert await balance(desk, who) == (65000, 0)
    freed = (await desk.ok("GET", "/v1/passports", who))["items"]
    assert [each["status"] for each in freed] == ["active"]
    again = await desk.call("POST", f"{PATH}/{application}/cancel", who)
    assert (again.status_code, again.json()["slug"]) == (409, "move-not-open")
    assert "cancelled" in desk.events(application)


async def test_a_payment_under_way_when_its_case_is_cancelled_goes_back(desk, bodies, person):
    who = person("900")
    application = await desk.prepared(who)
    await bodies.deposit(who, CODE, 60000)
    async with desk.away("payments"):
        await desk.ok("POST", f"{PATH}/{application}/reserve", who)
        await desk.ok("POST", f"{PATH}/{application}/cancel", who)
    await fee_is(desk, application, who, "released")
    assert await balance(desk, who) == (65000, 0)


async def test_reserving_twice_at_once_reserves_once(desk, bodies, person):
    who = person("900")
    application = await desk.prepared(who)
    await bodies.deposit(who, CODE, 100000)
    answers = await asyncio.gather(*(desk.call("POST", f"{PATH}/{application}/reserve", who) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    await desk.until(application, who, "fee_reserved")
    assert await balance(desk, who) == (75000, 30000)


async def test_a_refusal_gives_the_fee_back(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    await desk.ok("POST", f"{PATH}/{application}/take", OFFICER, staff=True)
    said = {"reason": "identity-unclear", "note": "الصورة لا تشبه السجل"}
    await desk.ok("POST", f"{PATH}/{application}/refuse", OFFICER, staff=True, json=said)
    refused = await fee_is(desk, application, who, "released")
    assert (refused["state"]["word"], refused["reason"], refused["note"]) == (
        "refused",
        "identity-unclear",
        said["note"],
    )
    assert await balance(desk, who) == (65000, 0)
    assert desk.events(application)[-1] == "refused"


async def test_the_fee_is_what_the_rule_of_its_day_says(desk, person):
    who = person("900")
    application = await desk.paid(who, validity_years=10)
    ((minor, rule_from, code),) = await desk.rows(
        "select a.fee_minor, a.fee_rule_from, i.body ->> 'service_code' from applications a"
        " join intents i on i.kind = 'fee.reserve' and i.body ->> 'case' = :id",
        id=application,
    )
    rule = desk.service.rulebook.rules["passport.application.fee"]
    assert minor == rule.on(rule_from).value["10"] == 60000
    assert code == CODE


async def test_the_outcome_of_an_older_try_changes_nothing(desk, person):
    who = person("900")
    application = await desk.paid(who)
    late = FeeOutcome(UUID(application), 0, "reserve", False, 0, "balance-too-low")
    async with desk.service.database.transaction(SYSTEM) as session:
        await settle_fee(desk.service, session, late)
    seen = await desk.read(application, who)
    assert (seen["status"], seen["fee"]["state"], seen["fee"]["reason"]) == ("fee_reserved", "reserved", None)
