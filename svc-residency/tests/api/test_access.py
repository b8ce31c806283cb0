"""Whose it is: employers, former employers, strangers, staff; and bad input at every door."""

import uuid

import pytest
import sqlalchemy as sa
from residency_desk import IQAMAS, RENEWALS, VISAS, household, someone

from chassis.authority import close_relation
from chassis.database import Sight

VERBS = ("reserve", "issue", "cancel", "withdraw")
RENEWAL_VERBS = ("check", "reserve", "submit", "withdraw")


@pytest.fixture
def stranger():
    return someone("002")


async def everything(desk, employer, worker):
    """A visa and a renewal of this worker, and where their residence is."""
    visa = await desk.requested(employer, worker)
    renewal = await desk.ready(employer, worker)
    iqama = (await desk.ok("GET", IQAMAS, employer))["items"][0]["id"]
    return visa, renewal, f"{IQAMAS}/{iqama}"


async def sees_nothing(desk, who, worker, visa, renewal, iqama):
    """Absent and forbidden look alike: reading, listing, asking, moving and opening."""
    absent = (await desk.refused("GET", f"{VISAS}/{uuid.uuid4()}", who, 404, "not-found"))["texts"]
    for place in (visa, renewal, iqama):
        assert (await desk.refused("GET", place, who, 404, "not-found"))["texts"] == absent
    for path in (VISAS, RENEWALS, IQAMAS):
        assert (await desk.ok("GET", path, who))["items"] == []
    for verb in VERBS:
        await desk.refused("POST", f"{visa}/{verb}", who, 404, "not-found")
    for verb in RENEWAL_VERBS:
        await desk.refused("POST", f"{renewal}/{verb}", who, 404, "not-found")
    body = {"person": worker, "trips": "single", "months": 1}
    await desk.refused("POST", VISAS, who, 404, "not-found", json=body)
    await desk.refused("POST", f"{VISAS}/eligibility", who, 404, "not-found", json={"person": worker})
    asked = {"person": worker, "period_months": 12}
    await desk.refused("POST", RENEWALS, who, 404, "not-found", json=asked)
    await desk.refused("POST", f"{RENEWALS}/eligibility", who, 404, "not-found", json=asked)


async def test_somebody_elses_worker_does_not_exist(desk, stranger):
    employer, worker = household()
    await desk.employ(employer, worker)
    await sees_nothing(desk, stranger, worker, *await everything(desk, employer, worker))


async def test_the_database_shows_a_stranger_nothing_even_when_no_predicate_is_asked(desk, stranger):
    employer, worker = household()
    await desk.employ(employer, worker)
    await everything(desk, employer, worker)
    tables = ("exit_reentry_visas", "iqama_renewals", "residences", "facts", "acts")
    for sight, sees in ((Sight(employer), True), (Sight(stranger), False), (Sight.nobody(), False)):
        for table in tables:
            async with desk.service.database.transaction(sight, now=desk.service.clock.now()) as session:
                rows = (await session.execute(sa.text(f"select 1 from {table}"))).all()
            assert bool(rows) is sees, (sight, table)


async def test_a_former_employer_sees_nothing_from_the_instant_it_ended(desk):
    employer, worker = household()
    relation = await desk.employ(employer, worker)
    made = await everything(desk, employer, worker)
    async with desk.service.database.transaction() as session:
        await close_relation(session, relation, desk.service.clock.now())
    await sees_nothing(desk, employer, worker, *made)
    assert (await desk.ok("GET", made[0], worker))["status"] == "requested"


async def test_a_new_employer_sees_the_visa_in_force_and_may_cancel_it_but_no_earlier_history(desk):
    employer, worker = household()
    relation = await desk.employ(employer, worker)
    earlier = await desk.requested(employer, worker)
    visa = await desk.issued(employer, worker)
    async with desk.service.database.transaction() as session:
        await close_relation(session, relation, desk.service.clock.now())
    successor, _ = household(skip=3)
    await desk.employ(successor, worker)
    seen = await desk.ok("GET", VISAS, successor)
    assert [f"{VISAS}/{each['id']}" for each in seen["items"]] == [visa]
    await desk.refused("GET", earlier, successor, 404, "not-found")
    await desk.eligible(successor, VISAS, person=worker)
    await desk.ok("POST", f"{visa}/cancel", successor)


async def test_staff_open_nobodys_case_here(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    visa = await desk.requested(employer, worker)
    answer = await desk.call("GET", visa, "S-1001", staff=True)
    assert answer.status_code == 404
    assert (await desk.call("GET", visa, "S-1001", staff=True)).status_code == 404
    assert (await desk.ok("GET", VISAS, "S-1001", staff=True))["items"] == []


async def test_nobody_is_served_without_a_token(desk):
    for path in (VISAS, RENEWALS, IQAMAS):
        answer = await desk.web.get(path)
        assert (answer.status_code, answer.json()["slug"]) == (401, "sign-in-required")


async def test_acts_and_looks_are_written_down(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    visa = await desk.paid(employer, worker)
    acts = await desk.rows("select action, actor, standing, person, channel from acts order by id")
    assert [row[0] for row in acts] == ["exit_reentry_visa.request", "exit_reentry_visa.reserve"]
    assert {row[1:] for row in acts} == {(employer, "sponsor", worker, "portal")}
    looks = await desk.rows("select distinct actor, standing, person, purpose from looks")
    assert looks == [(employer, "sponsor", worker, "sponsor")]
    await desk.ok("GET", visa, worker)
    assert await desk.rows("select count(*) from looks where actor = :worker", worker=worker) == [(0,)]


MISSHAPEN = [
    ({"person": "2000000007"}, "person-number-not-valid"),
    ({"person": "nobody"}, "person-number-not-valid"),
    ({"months": None, "return_by": "1448-13-41"}, "day-not-gregorian"),
    ({"months": None, "return_by": "22/11/2026"}, "day-not-gregorian"),
    ({"months": None, "return_by": 20261122}, "day-not-gregorian"),
    ({"days": 30}, "stay-not-clear"),
    ({"months": None}, "stay-not-clear"),
    ({"months": True}, "int_type"),
    ({"months": 0}, "greater_than_equal"),
    ({"months": "2"}, "int_type"),
    ({"trips": "double"}, "enum"),
    ({"status": "issued"}, "extra_forbidden"),
    ({"fee_minor": 1}, "extra_forbidden"),
]
NOT_OFFERED = [
    ({"months": 13}, "duration-not-offered"),
    ({"months": None, "days": 361}, "duration-not-offered"),
    ({"months": None, "return_by": "1448-06-11"}, "return-date-passed"),
    ({"months": None, "return_by": "9999-12-31"}, "duration-not-offered"),
]


def asked_with(worker, changed):
    body = {"person": worker, "trips": "single", "months": 1} | changed
    return {key: value for key, value in body.items() if value is not None}


async def test_what_is_not_a_request_is_refused_with_its_field_and_without_an_echo(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    for changed, code in MISSHAPEN:
        problem = await desk.refused("POST", VISAS, employer, 422, "invalid", json=asked_with(worker, changed))
        fields = problem["details"]["fields"]
        assert code in {each["code"] for each in fields}, (changed, fields)
        for each in fields:
            assert set(each["texts"]) == {"ar", "en"}
        sent = changed.get("person")
        assert sent is None or sent not in str(problem)


async def test_a_stay_nobody_offers_is_refused_in_words(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    for changed, slug in NOT_OFFERED:
        await desk.refused("POST", VISAS, employer, 422, slug, json=asked_with(worker, changed))


async def test_arabic_digits_are_read_as_what_they_say(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    folded = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    back = (desk.service.clock.today().replace(day=1).replace(year=desk.service.clock.today().year + 1)).isoformat()
    asked = await desk.ok(
        "POST",
        f"{VISAS}/eligibility",
        employer,
        json={"person": worker.translate(folded), "return_by": back.translate(folded)},
    )
    assert asked["fee_minor"] > 0


async def test_a_person_nobody_knows_is_named_as_such(desk):
    employer, unknown = someone("002"), someone("923", kind="2")
    await desk.employ(employer, unknown)
    asked = await desk.eligible(employer, VISAS, person=unknown)
    failed = {each["name"] for each in asked["requirements"] if each["state"] == "failed"}
    assert "person_is_in_the_registry" in failed


OF_A_VISA = {
    "901": "person_is_alive",
    "902": "person_is_inside_the_kingdom",
    "904": "passport_outlasts_the_visa",
    "909": "biometrics_are_on_file",
    "921": "iqama_covers_the_stay",
    "922": "person_is_not_absent",
}
OF_A_RENEWAL = {"906": "insurance_is_active", "908": "work_permit_is_valid"}


async def test_each_refusal_of_the_bodies_is_named(desk):
    employer = someone("002")
    for code, name in OF_A_VISA.items():
        worker = someone(code, kind="2")
        await desk.employ(employer, worker)
        asked = await desk.eligible(employer, VISAS, person=worker)
        assert name in {each["name"] for each in asked["requirements"] if each["state"] == "failed"}, code
    for code, name in OF_A_RENEWAL.items():
        worker = someone(code, kind="2", thousand=9)
        await desk.employ(employer, worker)
        asked = await desk.eligible(employer, RENEWALS, person=worker, period_months=12)
        assert name in {each["name"] for each in asked["requirements"] if each["state"] == "failed"}, code
