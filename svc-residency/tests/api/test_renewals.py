"""Renewing an iqama through the door: blocked with everything named, mended, paid, renewed."""

import asyncio
from datetime import timedelta

from residency_desk import IQAMAS, RENEWALS, day, household

from chassis.calendar import add_months
from chassis.testing.fixtures import eventually

ANY_IQAMA = {"iqama": (-400, 4000)}


async def pair(desk, code="001", **wanted):
    employer, worker = household(code, **wanted)
    await desk.employ(employer, worker)
    return employer, worker


def failed(view):
    return [each["name"] for each in view["requirements"] if each["state"] == "failed"]


async def test_an_unpaid_fine_and_an_expired_passport_block_a_renewal_and_both_are_named_with_their_remedies(desk):
    employer, worker = await pair(desk, "905", **ANY_IQAMA)
    asked = await desk.eligible(employer, RENEWALS, person=worker, period_months=12)
    assert not asked["eligible"]
    assert failed(asked) == ["fines_are_paid", "passport_is_valid"]
    place = await desk.opened(employer, worker)
    seen = await desk.until(place, employer, "blocked")
    assert (seen["state"]["word"], seen["turn"]["word"]) == ("returned_to_you", "applicant")
    assert seen["missing"] == ["fines_are_paid", "passport_is_valid"]
    named = {each["name"]: each for each in seen["requirements"] if each["state"] == "failed"}
    assert named["fines_are_paid"]["remedy"] == "pay_traffic_fines"
    assert "300.00" in named["fines_are_paid"]["texts"]["en"]
    assert named["passport_is_valid"]["remedy"] == "update_passport"
    assert named["passport_is_valid"]["value"] in named["passport_is_valid"]["texts"]["ar"]
    for each in named.values():
        assert each["rule_from"]
        assert set(each["texts"]) == set(each["remedy_texts"]) == {"ar", "en"}
    assert seen["ticket"] == {"service": "residency", "case_id": seen["id"]}
    told = await desk.heard("iqama_renewal.blocked", renewal_id=seen["id"])
    assert (told["missing"], told["applicant"], told["person"]) == (seen["missing"], employer, worker)
    problem = await desk.refused("POST", f"{place}/submit", employer, 409, "requirements-missing")
    assert problem["details"]["missing"] == ["fines_are_paid", "passport_is_valid", "fee_is_reserved"]


async def test_a_blocked_renewal_goes_on_once_the_fine_is_paid_and_everything_is_checked_again(desk):
    employer, worker = await pair(desk, "903")
    place = await desk.opened(employer, worker)
    seen = await desk.until(place, employer, "blocked")
    assert seen["missing"] == ["fines_are_paid"]
    await desk.bodies.web.post("/bank/dues", json={"person": worker})
    assert (await desk.ok("GET", place, employer))["status"] == "blocked"
    await desk.ok("POST", f"{place}/check", employer)
    seen = await desk.until(place, employer, "ready")
    assert seen["missing"] == []
    assert seen["ticket"] is None
    assert seen["fee"]["amount_minor"] == 60000
    events = [each for each in desk.told if each.type == "residency.iqama_renewal.blocked.v1"]
    assert len(events) == 1


async def test_a_renewal_is_paid_submitted_and_runs_on_from_the_day_the_iqama_would_have_ended(desk):
    employer, worker = await pair(desk)
    place = await desk.renewal_paid(employer, worker)
    before = (await desk.ok("GET", IQAMAS, employer))["items"][0]
    assert (before["person"], before["category"], before["is_valid"]) == (worker, "domestic", True)
    await desk.ok("POST", f"{place}/submit", employer)
    seen = await desk.until(place, employer, "renewed")
    assert seen["state"]["word"] == "completed"
    assert day(seen["valid_until"]) == add_months(day(before["valid_until"]), 12, "gregorian")
    told = await desk.heard("iqama.renewed", renewal_id=seen["id"])
    assert told["valid_until"] == seen["valid_until"]["date"]
    after = await desk.ok("GET", f"{IQAMAS}/{before['id']}", worker)
    assert after["valid_until"] == seen["valid_until"]
    await desk.refused("POST", f"{place}/submit", employer, 409, "move-not-open")
    assert (await desk.bodies.payments.balance(worker, "3")).available_minor == 5000
    # Renewed so long that it may not be renewed again yet.
    asked = await desk.eligible(employer, RENEWALS, person=worker, period_months=12)
    assert failed(asked) == ["renewal_is_open"]


async def test_a_later_answer_of_the_registry_does_not_shorten_what_was_renewed_here(desk):
    employer, worker = await pair(desk)
    place = await desk.renewal_paid(employer, worker)
    await desk.ok("POST", f"{place}/submit", employer)
    seen = await desk.until(place, employer, "renewed")
    desk.later(days=2)
    await desk.eligible(employer, RENEWALS, person=worker, period_months=12)
    assert (await desk.ok("GET", IQAMAS, worker))["items"][0]["valid_until"] == seen["valid_until"]


async def test_a_submit_before_the_fee_is_reserved_says_so(desk):
    employer, worker = await pair(desk)
    place = await desk.ready(employer, worker)
    problem = await desk.refused("POST", f"{place}/submit", employer, 409, "requirements-missing")
    assert problem["details"]["missing"] == ["fee_is_reserved"]
    assert problem["details"]["requirements"][0]["remedy"] == "pay_fee"


async def test_who_renews_late_is_fined_after_the_grace(desk):
    employer, worker = await pair(desk, "921", **ANY_IQAMA)
    place = await desk.ready(employer, worker)
    assert (await desk.ok("GET", place, employer))["fee"]["amount_minor"] == 60000
    await desk.ok("POST", f"{place}/withdraw", employer)
    desk.later(days=2)
    place = await desk.renewal_paid(employer, worker)
    fee = (await desk.ok("GET", place, employer))["fee"]
    assert [(line["what"], line["amount_minor"]) for line in fee["items"]] == [("renewal", 60000), ("late_fine", 50000)]
    await desk.ok("POST", f"{place}/submit", employer)
    seen = await desk.until(place, employer, "renewed")
    assert seen["renewed_from"]["date"] < desk.service.clock.today().isoformat()
    assert await desk.rows("select late_fine_minor from iqama_renewals where status = 'renewed'") == [(50000,)]


async def test_the_price_is_that_of_the_day_on_which_the_fee_is_reserved(desk):
    employer, worker = await pair(desk, "921", **ANY_IQAMA)
    place = await desk.ready(employer, worker)
    desk.later(days=2)
    await desk.eligible(employer, RENEWALS, person=worker, period_months=12)
    await desk.bodies.deposit(worker, "3", 200000)
    await desk.ok("POST", f"{place}/reserve", employer)
    await desk.until(place, employer, "fee_reserved")
    assert (await desk.bodies.payments.balance(worker, "3")).reserved_minor == 110000


async def test_what_a_body_does_not_answer_is_waited_for(desk):
    employer, worker = await pair(desk)
    await desk.bodies.control("faults", body="insurance", kind="down", count=3)
    place = await desk.opened(employer, worker)
    seen = await desk.ok("GET", place, employer)
    assert (seen["status"], seen["state"]["word"]) == ("draft", "waiting_for_another_body")
    states = {each["name"]: each["state"] for each in seen["requirements"]}
    assert states["insurance_is_active"] == "being_checked"
    await desk.until(place, employer, "ready")


async def test_a_slow_registry_holds_nobody_up(desk):
    employer, worker = await pair(desk, "911", **ANY_IQAMA)
    answer = await desk.call("POST", RENEWALS, employer, json={"person": worker, "period_months": 12})
    assert answer.status_code == 201
    assert answer.elapsed < timedelta(seconds=1.5)
    await desk.until(answer.headers["location"], employer, "ready", "blocked")


async def test_what_changes_after_submitting_blocks_the_renewal_and_gives_the_fee_back(desk):
    employer, worker = await pair(desk)
    place = await desk.renewal_paid(employer, worker)
    desk.later(minutes=16)
    await desk.bodies.control("ports/movements", person=worker, kind="exit")
    await desk.ok("POST", f"{place}/submit", employer)
    seen = await desk.until(place, employer, "blocked")
    assert seen["missing"] == ["person_is_inside_the_kingdom"]

    async def given_back():
        return (await desk.bodies.payments.balance(worker, "3")).reserved_minor == 0

    await eventually(given_back)
    await desk.bodies.control("ports/movements", person=worker, kind="entry")
    await desk.ok("POST", f"{place}/check", employer)
    await desk.until(place, employer, "ready")
    await desk.ok("POST", f"{place}/reserve", employer)
    await desk.until(place, employer, "fee_reserved")
    await desk.ok("POST", f"{place}/submit", employer)
    await desk.until(place, employer, "renewed")


async def test_one_renewal_is_open_at_a_time(desk):
    employer, worker = await pair(desk)
    body = {"person": worker, "period_months": 12}
    answers = await asyncio.gather(*(desk.call("POST", RENEWALS, employer, json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await desk.refused("POST", RENEWALS, employer, 409, "renewal-open", json=body)


async def test_a_renewal_is_submitted_once(desk):
    employer, worker = await pair(desk)
    place = await desk.renewal_paid(employer, worker)
    answers = await asyncio.gather(*(desk.call("POST", f"{place}/submit", employer) for _ in range(4)))
    assert min(answer.status_code for answer in answers) == 200
    await desk.until(place, employer, "renewed")
    assert await desk.rows("select count(*) from ledger_lines where entry = 'consume'") == [(2,)]
    assert len([each for each in desk.told if each.type == "residency.iqama.renewed.v1"]) <= 1


async def test_the_holder_reads_where_the_renewal_stands_and_no_more(desk):
    employer, worker = await pair(desk, "903")
    place = await desk.opened(employer, worker)
    await desk.until(place, employer, "blocked")
    seen = await desk.ok("GET", place, worker)
    assert (seen["status"], seen["requirements"], seen["actions"]) == ("blocked", [], [])
    await desk.refused("POST", f"{place}/submit", worker, 403, "not-your-move")
    await desk.refused("POST", f"{place}/check", worker, 403, "employer-needed")


async def test_a_period_nobody_is_offered_is_refused_and_one_for_others_blocks(desk):
    employer, worker = await pair(desk)
    body = {"person": worker, "period_months": 7}
    await desk.refused("POST", RENEWALS, employer, 422, "duration-not-offered", json=body)
    seen = await desk.until(await desk.opened(employer, worker, 3), employer, "blocked")
    assert seen["missing"] == ["period_is_offered"]
    assert seen["fee"] is None


async def test_a_renewal_nobody_goes_on_with_is_given_up(desk):
    employer, worker = await pair(desk, "903")
    place = await desk.opened(employer, worker)
    await desk.until(place, employer, "blocked")
    desk.later(days=31)
    assert (await desk.until(place, employer, "expired"))["reason"] == "kept-long-enough"
