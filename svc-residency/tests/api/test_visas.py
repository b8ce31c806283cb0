"""Exit and re-entry visas through the door: from may they to issued, cancelled, used or lapsed."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from residency_desk import VISAS, day, household

from chassis.testing.fixtures import eventually
from contracts.events_account import AccountFrozen
from partners.simulators.households import household as family_of
from partners.simulators.households import number_at

QUARTER_OF_AN_HOUR = 900


async def pair(desk, code="001", **wanted):
    employer, worker = household(code, **wanted)
    await desk.employ(employer, worker)
    return employer, worker


async def test_an_employer_has_a_visa_issued_and_both_sides_can_read_it(desk):
    employer, worker = await pair(desk)
    asked = await desk.eligible(employer, VISAS, person=worker, months=2)
    assert asked["eligible"]
    assert asked["fee_minor"] == 20000
    place = await desk.issued(employer, worker)
    seen = await desk.ok("GET", place, employer)
    issued_on = day(seen["issued_on"])
    assert seen["state"]["word"] == "approved"
    assert len(seen["visa_number"]) == 10
    assert (day(seen["cancel_by"]) - issued_on).days == 90
    assert seen["issued_on"]["hijri"].startswith("14")
    assert seen["fee"]["state"] == "consumed"
    assert seen["fee"]["refundable"] is False
    told = await desk.heard("exit_reentry_visa.issued", visa_id=seen["id"])
    assert (told["stay_days"], told["trips"], told["leave_by"]) == (60, "single", seen["leave_by"]["date"])
    balance = await desk.bodies.payments.balance(worker, "4")
    assert (balance.available_minor, balance.reserved_minor) == (5000, 0)


async def test_the_holder_sees_kind_and_days_before_it_is_issued_and_can_do_nothing_to_it(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker, months=3)
    seen = await desk.ok("GET", place, worker)
    assert (seen["trips"], seen["stay_days"], seen["status"]) == ("single", 90, "requested")
    assert seen["requirements"] == []
    assert seen["actions"] == []
    assert [each["id"] for each in (await desk.ok("GET", VISAS, worker))["items"]] == [seen["id"]]
    for verb in ("reserve", "withdraw"):
        await desk.refused("POST", f"{place}/{verb}", worker, 403, "not-your-move")
    body = {"person": worker, "trips": "single", "months": 1}
    await desk.refused("POST", VISAS, worker, 403, "employer-needed", json=body)


async def test_what_the_fee_is_made_of_is_said_line_by_line(desk):
    employer, worker = await pair(desk)
    seen = await desk.ok("GET", await desk.requested(employer, worker, trips="multiple", months=4), employer)
    assert [(line["what"], line["amount_minor"]) for line in seen["fee"]["items"]] == [
        ("visa", 50000),
        ("further_months", 20000),
    ]
    assert (seen["fee"]["amount_minor"], seen["fee"]["service_code"], seen["fee"]["deposit_to"]) == (70000, "5", worker)
    assert {line["rule"] for line in seen["fee"]["items"]} == {"residency.exit_reentry.fee_multiple"}


async def test_nobody_requests_a_visa_that_must_fail(desk):
    employer, worker = await pair(desk, "903", iqama=(0, 999))
    asked = await desk.eligible(employer, VISAS, person=worker, days=30)
    failed = {each["name"]: each for each in asked["requirements"] if each["state"] == "failed"}
    assert {"fines_are_paid", "applicant_fines_are_paid"} <= set(failed)
    assert failed["fines_are_paid"]["value"] == 15000
    assert failed["fines_are_paid"]["rule_from"] == "2016-10-02"
    assert "150.00" in failed["fines_are_paid"]["texts"]["en"]
    assert failed["fines_are_paid"]["remedy_texts"]["ar"]
    body = {"person": worker, "trips": "single", "days": 30}
    problem = await desk.refused("POST", VISAS, employer, 409, "requirements-missing", json=body)
    assert {each["name"] for each in problem["details"]["requirements"]} == set(failed)
    assert await desk.rows("select 1 from exit_reentry_visas") == []


async def test_a_balance_too_low_waits_for_the_deposit_and_goes_on_by_itself(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker)
    await desk.ok("POST", f"{place}/reserve", employer)

    async def declined():
        seen = await desk.ok("GET", place, employer)
        return seen if seen["fee"]["state"] == "declined" else None

    seen = await eventually(declined)
    assert (seen["status"], seen["state"]["word"]) == ("awaiting_payment", "awaiting_payment")
    assert seen["fee"]["reason"] == "balance-too-low"
    assert seen["fee"]["reason_texts"]["ar"]
    await desk.bodies.deposit(worker, "4", 20000)
    desk.later(seconds=11)
    await desk.until(place, employer, "fee_reserved")


async def test_a_declined_payment_is_tried_again_at_once_when_the_employer_asks(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker)
    await desk.ok("POST", f"{place}/reserve", employer)

    async def may_try_again():
        seen = await desk.ok("GET", place, employer)
        return any(each["action"] == "reserve" and each["possible"] for each in seen["actions"])

    await eventually(may_try_again)
    await desk.bodies.deposit(worker, "4", 20000)
    await desk.ok("POST", f"{place}/reserve", employer)
    await desk.until(place, employer, "fee_reserved")


async def test_waiting_for_a_payment_ends_and_the_request_can_be_paid_later(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker)
    await desk.ok("POST", f"{place}/reserve", employer)
    desk.later(hours=73)
    seen = await desk.until(place, employer, "requested")
    assert seen["reason"] == "payment-wait-over"


async def test_a_fee_is_reserved_once_however_often_the_button_is_pressed(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker)
    await desk.bodies.deposit(worker, "4", 100000)
    answers = await asyncio.gather(*(desk.call("POST", f"{place}/reserve", employer) for _ in range(4)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert set(codes[1:]) <= {409, 503}
    await desk.until(place, employer, "fee_reserved")
    assert (await desk.bodies.payments.balance(worker, "4")).reserved_minor == 20000


async def test_the_same_key_is_done_once_and_answered_twice_and_another_body_is_refused(desk):
    employer, worker = await pair(desk)
    await desk.eligible(employer, VISAS, person=worker)
    body = {"person": worker, "trips": "single", "months": 1}
    first = await desk.call("POST", VISAS, employer, key="one", json=body)
    again = await desk.call("POST", VISAS, employer, key="one", json=body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    await desk.refused("POST", VISAS, employer, 422, "idempotency-key-reused", key="one", json=body | {"months": 2})
    headers = {"Idempotency-Key": ""}
    await desk.refused("POST", VISAS, employer, 400, "idempotency-key-missing", json=body, headers=headers)
    assert await desk.rows("select count(*) from exit_reentry_visas") == [(1,)]


async def test_a_visa_is_issued_once(desk):
    employer, worker = await pair(desk)
    place = await desk.paid(employer, worker)
    answers = await asyncio.gather(*(desk.call("POST", f"{place}/issue", employer) for _ in range(4)))
    assert min(answer.status_code for answer in answers) == 200
    await desk.until(place, employer, "issued")
    await desk.refused("POST", f"{place}/issue", employer, 409, "move-not-open")
    assert await desk.rows("select count(*) from ledger_lines where entry = 'consume'") == [(2,)]
    assert (await desk.bodies.payments.balance(worker, "4")).reserved_minor == 0


async def test_of_two_visas_of_one_person_one_comes_into_force(desk):
    employer, worker = await pair(desk)
    first, second = await desk.paid(employer, worker), await desk.paid(employer, worker)
    answers = await asyncio.gather(*(desk.call("POST", f"{place}/issue", employer) for place in (first, second)))
    assert min(answer.status_code for answer in answers) == 200
    late = [place for place, answer in zip((first, second), answers, strict=True) if answer.status_code != 200]
    assert len(late) == 1
    problem = await desk.refused("POST", f"{late[0]}/issue", employer, 409, "requirements-missing")
    assert problem["details"]["missing"] == ["no_other_visa_is_in_force"]


async def test_a_lost_answer_of_the_payment_body_takes_the_fee_once(desk):
    employer, worker = await pair(desk)
    place = await desk.requested(employer, worker)
    await desk.bodies.deposit(worker, "4", 40000)
    await desk.bodies.control("faults", body="payments", kind="drop_answer", count=1)
    await desk.ok("POST", f"{place}/reserve", employer)
    await desk.until(place, employer, "fee_reserved")
    await desk.bodies.control("faults", body="payments", kind="drop_answer", count=1)
    await desk.ok("POST", f"{place}/issue", employer)
    await desk.until(place, employer, "issued")
    balance = await desk.bodies.payments.balance(worker, "4")
    assert (balance.available_minor, balance.reserved_minor) == (25000, 0)


async def test_a_body_that_is_down_is_waited_for_and_the_visa_goes_on_by_itself(desk):
    employer, worker = await pair(desk)
    place = await desk.paid(employer, worker)
    desk.later(seconds=QUARTER_OF_AN_HOUR + 60)
    await desk.bodies.control("faults", body="ports", kind="down", count=2)
    sent = await desk.ok("POST", f"{place}/issue", employer)
    assert (sent["status"], sent["state"]["word"]) == ("verifying", "waiting_for_another_body")
    assert sent["turn"]["word"] == "another_body"
    await desk.until(place, employer, "issued")


async def test_who_has_left_meanwhile_gets_no_visa_and_the_fee_stays_reserved_until_it_is_withdrawn(desk):
    employer, worker = await pair(desk)
    place = await desk.paid(employer, worker)
    desk.later(seconds=QUARTER_OF_AN_HOUR + 60)
    await desk.bodies.control("ports/movements", person=worker, kind="exit")
    await desk.ok("POST", f"{place}/issue", employer)

    async def returned():
        seen = await desk.ok("GET", place, employer)
        return seen if (seen["status"], seen["reason"]) == ("fee_reserved", "requirements") else None

    seen = await eventually(returned)
    assert [each["name"] for each in seen["requirements"] if each["state"] == "failed"] == [
        "person_is_inside_the_kingdom"
    ]
    assert seen["ticket"] == {"service": "residency", "case_id": seen["id"]}
    await desk.ok("POST", f"{place}/withdraw", employer)

    async def given_back():
        balance = await desk.bodies.payments.balance(worker, "4")
        return balance.available_minor == 25000 and balance.reserved_minor == 0

    await eventually(given_back)


async def test_a_visa_until_a_day_runs_to_that_day(desk):
    employer, worker = await pair(desk)
    back = desk.service.clock.today() + timedelta(days=40)
    place = await desk.issued(employer, worker, return_by=back.isoformat())
    seen = await desk.ok("GET", place, employer)
    assert day(seen["leave_by"]) == day(seen["return_by"]) == day(seen["cancel_by"]) == back
    assert seen["fee"]["amount_minor"] == 20000
    assert (await desk.heard("exit_reentry_visa.issued", visa_id=seen["id"]))["stay_days"] == 40


async def test_a_visa_is_cancelled_once_without_its_fee(desk):
    employer, worker = await pair(desk)
    place, account = await desk.paid(employer, worker), uuid.uuid4()
    await frozen_accounts_wait(desk, place, employer, "issue", account)
    await desk.ok("POST", f"{place}/issue", employer)
    await desk.until(place, employer, "issued")
    await frozen_accounts_wait(desk, place, employer, "cancel", account)
    await desk.ok("POST", f"{place}/cancel", employer)
    seen = await desk.ok("GET", place, employer)
    assert (seen["status"], seen["state"]["word"], seen["actions"]) == ("cancelled", "cancelled", [])
    await desk.heard("exit_reentry_visa.cancelled", visa_id=seen["id"], visa_number=seen["visa_number"])
    await desk.refused("POST", f"{place}/cancel", employer, 409, "move-not-open")
    assert (await desk.bodies.payments.balance(worker, "4")).available_minor == 5000
    await desk.requested(employer, worker)


async def frozen_accounts_wait(desk, place, employer, act, account):
    """While the employer's account is frozen the visa stays as it is; then the freeze ends."""
    now = desk.service.clock.now()
    until = now + timedelta(hours=24)
    for is_frozen, instant in ((True, until), (False, now)):
        event = AccountFrozen(account_id=account, person=employer, until=instant, reason="mobile_changed", at=now)
        desk.words_of_freezes = getattr(desk, "words_of_freezes", 0) + 1
        await desk.hears(event, desk.words_of_freezes)
        seen = await desk.ok("GET", place, employer)
        (action,) = (each for each in seen["actions"] if each["action"] == act)
        assert [each["name"] for each in action["in_the_way"]] == ["account_is_not_frozen"][:is_frozen]
        if is_frozen:
            refused = await desk.refused("POST", f"{place}/{act}", employer, 409, "requirements-missing")
            assert refused["details"]["missing"] == ["account_is_not_frozen"]


async def cancelled_once_answered(desk, place, employer):
    """Press cancel until every body has answered; the last answer."""

    async def answered():
        answer = await desk.call("POST", f"{place}/cancel", employer)
        states = {each["state"] for each in answer.json().get("details", {}).get("requirements", [])}
        return None if "being_checked" in states else answer

    return await eventually(answered)


@pytest.mark.parametrize(("days", "code"), [(90, 200), (91, 409)])
async def test_the_window_to_cancel_closes_after_ninety_days(desk, days, code):
    employer, worker = await pair(desk)
    place = await desk.issued(employer, worker)
    desk.later(days=days)
    answer = await cancelled_once_answered(desk, place, employer)
    assert answer.status_code == code, answer.text
    if code == 409:
        assert answer.json()["details"]["missing"] == ["cancelling_is_open"]


async def test_who_is_outside_has_no_visa_cancelled(desk):
    employer, worker = await pair(desk)
    place = await desk.issued(employer, worker)
    await desk.bodies.control("ports/movements", person=worker, kind="exit")
    desk.later(seconds=QUARTER_OF_AN_HOUR + 60)
    answer = await cancelled_once_answered(desk, place, employer)
    assert answer.json()["details"]["missing"] == ["person_is_inside_the_kingdom"]


async def test_a_visa_nobody_used_lapses_the_day_after_its_last_and_the_fine_grows(desk):
    employer, worker = await pair(desk, iqama=(320, 350))
    first = await desk.issued(employer, worker)
    seen = await desk.ok("GET", first, employer)
    desk.later(days=(day(seen["leave_by"]) - day(seen["issued_on"])).days - 1)
    await asyncio.sleep(1)
    assert (await desk.ok("GET", first, employer))["status"] == "issued"
    desk.later(days=2)
    seen = await desk.until(first, employer, "lapsed")
    assert (seen["fine_minor"], seen["reason"], seen["state"]["word"]) == (100000, "nobody-left", "expired")
    await desk.heard("exit_reentry_visa.lapsed", visa_id=seen["id"])
    second = await desk.issued(employer, worker, days=30)
    desk.later(days=94)
    assert (await desk.until(second, employer, "lapsed"))["fine_minor"] == 200000


async def test_who_left_in_time_has_used_the_visa_and_earns_no_fine(desk):
    employer, worker = await pair(desk)
    place = await desk.issued(employer, worker)
    desk.later(days=10)
    left_on = desk.service.clock.today()
    await desk.bodies.control("ports/movements", person=worker, kind="exit")
    desk.later(days=85)
    seen = await desk.until(place, employer, "used")
    assert seen["fine_minor"] is None
    assert day(seen["travelled_on"]) == left_on
    assert day(seen["return_by"]) == left_on + timedelta(days=60)


async def test_a_request_nobody_goes_on_with_is_given_up_and_its_fee_given_back(desk):
    employer, worker = await pair(desk)
    place = await desk.paid(employer, worker)
    desk.later(days=31)
    seen = await desk.until(place, employer, "expired")
    assert seen["reason"] == "kept-long-enough"

    async def given_back():
        return (await desk.bodies.payments.balance(worker, "4")).reserved_minor == 0

    await eventually(given_back)


async def test_a_visa_issued_after_midnight_in_riyadh_is_issued_on_the_new_day(desk):
    employer, worker = await pair(desk)
    now = desk.service.clock.now()
    half_past_midnight = now.replace(hour=21, minute=30, second=0)
    desk.later(seconds=((half_past_midnight - now).total_seconds()) % 86400)
    seen = await desk.ok("GET", await desk.issued(employer, worker), employer)
    utc_day = desk.service.clock.now().date()
    assert day(seen["issued_on"]) == utc_day + timedelta(days=1)


async def test_the_head_of_household_asks_for_a_dependant(desk):
    block = next(number for number in range(1001, 4000000, 1000) if (f := family_of("2", number)).married and f.spouse)
    head, spouse = number_at("2", block, 0), family_of("2", block).spouse
    await desk.relate("household_head", head, spouse)
    today = desk.service.clock.today()
    asked = await desk.eligible(head, VISAS, person=spouse, return_by=(today + timedelta(days=5)).isoformat())
    assert {each["name"] for each in asked["requirements"] if each["state"] == "failed"} <= {"iqama_covers_the_stay"}
    place = await desk.requested(head, spouse, return_by=(today + timedelta(days=5)).isoformat())
    assert (await desk.ok("GET", place, spouse))["person"] == spouse
