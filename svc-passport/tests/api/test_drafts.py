"""Drafts: whose they are, what is refused, what is named; eligibility before questions."""

import asyncio
import io
import uuid

import pytest
import sqlalchemy as sa
from PIL import Image

from tests.passport_desk import OFFICER, PATH, PORTRAIT
from tests.portraits import drawn, saved

JPEG = {"Content-Type": "image/jpeg"}


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("902", {"holder_is_inside_the_kingdom"}),
        ("909", {"biometrics_are_on_file"}),
        ("910", {"national_id_is_valid"}),
        ("919", {"national_address_is_registered"}),
        ("901", {"holder_is_alive"}),
    ],
)
async def test_eligibility_names_what_is_missing_with_its_remedy(desk, person, code, missing):
    who = person(code)
    asked = await desk.eligible(who)
    failed = {each["name"]: each for each in asked["requirements"] if each["state"] == "failed"}
    assert not asked["eligible"]
    assert missing <= set(failed)
    assert all(each["remedy_texts"]["ar"] and each["texts"]["en"] for each in failed.values())
    refused = await desk.call("POST", PATH, who, json={"validity_years": 5})
    assert refused.status_code == 409
    named = {each["name"] for each in refused.json()["details"]["requirements"]}
    assert set(failed) == named


async def test_eligibility_is_answered_at_once_and_says_when_to_ask_again(desk, person):
    first = await desk.call("POST", f"{PATH}/eligibility", person("001"), json={})
    assert first.json()["being_checked"]
    assert first.headers["retry-after"] == "1"


async def test_a_resident_is_sent_to_their_own_authority(desk, person):
    asked = await desk.eligible(person("001", kind="2"))
    failed = {each["name"]: each["remedy"] for each in asked["requirements"] if each["state"] == "failed"}
    assert failed["holder_is_a_citizen"] == "ask_own_authority"


async def test_somebody_elses_record_does_not_exist(desk, person):
    mine, stranger = person("900"), person("001", place=3)
    application = await desk.draft(mine)
    place = f"{PATH}/{application}"
    for method, path, sent in (
        ("GET", place, {}),
        ("GET", f"{place}/photo", {}),
        ("GET", f"{place}/pledges", {}),
        ("PUT", f"{place}/photo", {"content": PORTRAIT, "headers": JPEG}),
        ("PUT", f"{place}/english-name", {"json": {"given_names": "A B", "family_name": "CD"}}),
        ("PUT", f"{place}/delivery-address", {"json": {"short_address": "RAAA2919"}}),
        ("POST", f"{place}/pledges/data_is_true/accept", {"json": {"version": 1}}),
        ("POST", f"{place}/review", {}),
        ("POST", f"{place}/reserve", {}),
        ("POST", f"{place}/submit", {}),
        ("POST", f"{place}/cancel", {}),
        ("POST", PATH, {"json": {"validity_years": 5, "person": mine}}),
        ("POST", f"{PATH}/eligibility", {"json": {"person": mine}}),
    ):
        answer = await desk.call(method, path, stranger, **sent)
        assert (answer.status_code, answer.json()["slug"]) == (404, "not-found"), (method, path)
    assert (await desk.ok("GET", PATH, stranger))["items"] == []
    unknown = await desk.call("GET", f"{PATH}/{uuid.uuid4()}", mine)
    assert unknown.status_code == 404


async def test_the_head_of_household_applies_for_a_child_and_pays(desk, bodies, person):
    head = person("900")
    known = await bodies.registry.person(head)
    children = [await bodies.registry.person(number) for number in known.dependants]
    child = min((each for each in children), key=lambda each: -each.born_on.toordinal()).number
    for dependant in known.dependants:
        await desk.relate("household_head", head, dependant)
    alone = await desk.eligible(child)
    failed = {each["name"] for each in alone["requirements"] if each["state"] == "failed"}
    assert "guardian_applies_for_a_minor" in failed
    asked = await desk.eligible(head, child)
    assert asked["eligible"], [each for each in asked["requirements"] if each["state"] != "met"]
    assert asked["validities"] == [5]

    application = await desk.in_review(head, child)
    seen = await desk.read(application, head)
    assert (seen["person"], seen["timeline"][0]["standing"]) == (child, "household_head")
    assert (await bodies.payments.balance(head, "37")).reserved_minor == 30000
    assert [each["id"] for each in (await desk.ok("GET", PATH, child))["items"]] == [application]
    looks = await desk.rows("select actor, person from looks where person = :child", child=child)
    assert (head, child) in {tuple(row) for row in looks}


async def test_one_open_application_per_person(desk, person):
    who = person("900")
    first = await desk.draft(who)
    again = await desk.call("POST", PATH, who, json={"validity_years": 5})
    assert (again.status_code, again.json()["slug"]) == (409, "application-open")
    await desk.ok("POST", f"{PATH}/{first}/cancel", who)
    await desk.ok("POST", PATH, who, json={"validity_years": 10})


async def test_a_key_sent_twice_is_done_once_and_another_body_is_refused(desk, person):
    who = person("900")
    await desk.eligible(who)
    first = await desk.call("POST", PATH, who, key="k1", json={"validity_years": 5})
    second = await desk.call("POST", PATH, who, key="k1", json={"validity_years": 5})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = await desk.call("POST", PATH, who, key="k1", json={"validity_years": 10})
    assert (other.status_code, other.json()["slug"]) == (422, "idempotency-key-reused")
    assert len(await desk.rows("select 1 from applications")) == 1
    bare = await desk.web.request("POST", PATH, headers=desk.mint.bearer(who), json={"validity_years": 5})
    assert (bare.status_code, bare.json()["slug"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"validity_years": 7}, 422, "validity-not-offered"),
        ({"validity_years": 5, "colour": "green"}, 422, "invalid"),
        ({"validity_years": "x"}, 422, "invalid"),
        ({"validity_years": 5, "person": "1000000001"}, 422, "invalid"),
        ({"validity_years": 5, "kind": "iqama"}, 422, "invalid"),
    ],
)
async def test_a_wrong_body_is_refused_in_two_languages(desk, person, body, status, slug):
    who = person("900")
    await desk.eligible(who)
    answer = await desk.call("POST", PATH, who, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["slug"]) == (status, slug)
    assert problem["texts"]["ar"]["detail"] != problem["texts"]["en"]["detail"]
    assert "1000000001" not in answer.text


async def test_arabic_digits_are_folded(desk, person):
    who = person("900")
    eastern = who.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    await desk.eligible(who)
    made = await desk.ok("POST", PATH, who, json={"validity_years": 5, "person": eastern})
    assert made["person"] == who


async def test_malformed_json_and_nobody_are_refused(desk, person):
    headers = desk.mint.bearer(person("900")) | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    broken = await desk.web.post(PATH, headers=headers, content=b"{")
    assert (broken.status_code, broken.json()["slug"]) == (400, "malformed-json")
    nobody = await desk.web.get(PATH)
    assert (nobody.status_code, nobody.json()["slug"]) == (401, "sign-in-required")
    expired = await desk.web.get(PATH, headers=desk.mint.bearer(person("900"), exp=1))
    assert expired.status_code == 401


async def test_every_flaw_of_a_portrait_is_named(desk, person):
    who = person("900")
    place = f"{PATH}/{await desk.draft(who)}/photo"
    dark = saved(drawn(wall=(60, 60, 60), skin=(50, 40, 30)))
    refused = await desk.call("PUT", place, who, content=dark, headers=JPEG)
    problem = refused.json()
    assert (refused.status_code, problem["slug"]) == (422, "photo-not-accepted")
    flaws = {each["flaw"] for each in problem["details"]["findings"]}
    assert {"photo-too-dark", "photo-background-not-light"} <= flaws
    assert all(each["texts"]["ar"] and each["texts"]["en"] for each in problem["details"]["findings"])
    for hostile in (b"<svg onload='x'/>" * 500, b"\xff\xd8\xff" + b"\0" * 9000, PORTRAIT[:9000]):
        assert (await desk.call("PUT", place, who, content=hostile, headers=JPEG)).status_code == 422
    text = await desk.call("PUT", place, who, content=PORTRAIT, headers={"Content-Type": "text/html"})
    assert (text.status_code, text.json()["slug"]) == (415, "wrong-content-type")
    huge = await desk.call("PUT", place, who, content=b"x" * (13 << 20), headers=JPEG)
    assert (huge.status_code, huge.json()["slug"]) == (413, "body-too-large")
    assert (await desk.call("GET", place, who)).status_code == 404


async def test_a_portrait_comes_back_clean_and_lies_encrypted(desk, person):
    who = person("900")
    place = f"{PATH}/{await desk.draft(who)}/photo"
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    await desk.ok("PUT", place, who, content=saved(drawn(), exif=exif), headers=JPEG)
    picture = await desk.call("GET", place, who)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert b"taken at home" not in picture.content
    assert Image.open(io.BytesIO(picture.content)).size == (600, 900)
    ((kept,),) = await desk.rows("select content from photos")
    assert kept.startswith("1:")


async def test_an_address_must_be_registered_and_lies_encrypted(desk, person):
    who = person("900")
    application = await desk.draft(who)
    place = f"{PATH}/{application}/delivery-address"
    foreign = await desk.call("PUT", place, who, json={"short_address": "ZZZZ9999"})
    assert (foreign.status_code, foreign.json()["slug"]) == (422, "address-not-registered")
    mine = (await desk.read(application, who))["addresses"][0]
    await desk.ok("PUT", place, who, json={"short_address": mine.lower()})
    assert (await desk.read(application, who))["short_address"] == mine
    ((kept,),) = await desk.rows("select short_address from applications")
    assert mine not in kept


async def test_a_pledge_is_kept_as_it_was_shown(desk, person):
    who = person("900")
    place = f"{PATH}/{await desk.draft(who)}/pledges"
    shown = (await desk.ok("GET", place, who))["items"]
    assert all(each["accepted_at"] is None for each in shown)
    old = await desk.call("POST", f"{place}/data_is_true/accept", who, json={"version": 2, "language": "en"})
    assert (old.status_code, old.json()["slug"]) == (409, "pledge-changed")
    for _ in range(2):
        await desk.ok("POST", f"{place}/data_is_true/accept", who, json={"version": 1, "language": "en"})
    unknown = await desk.call("POST", f"{place}/something_else/accept", who, json={"version": 1})
    assert unknown.status_code == 404
    rows = await desk.rows("select pledge, version, language, text, accepted_by from pledge_acceptances")
    assert [tuple(row) for row in rows] == [("data_is_true", 1, "en", shown[0]["texts"]["en"], who)]


async def test_a_change_after_the_review_asks_for_another_look(desk, person):
    who = person("900")
    application = await desk.prepared(who)
    assert (await desk.read(application, who))["reviewed_at"]
    name = {"given_names": "Khalid  Saad".replace("  ", " "), "family_name": "Al-Saikhan"}
    await desk.ok("PUT", f"{PATH}/{application}/english-name", who, json=name)
    seen = await desk.read(application, who)
    assert seen["english_name"] == {"given_names": "KHALID SAAD", "family_name": "AL-SAIKHAN", "accepted": True}
    assert seen["reviewed_at"] is None
    (reserving,) = [each for each in seen["actions"] if each["action"] == "reserve"]
    assert [each["name"] for each in reserving["in_the_way"]] == ["data_is_reviewed"]
    early = await desk.call("POST", f"{PATH}/{application}/reserve", who)
    assert early.json()["details"]["missing"] == ["data_is_reviewed"]


async def test_nothing_can_be_reviewed_before_it_is_there(desk, person):
    who = person("900")
    early = await desk.call("POST", f"{PATH}/{await desk.draft(who)}/review", who)
    assert (early.status_code, early.json()["slug"]) == (409, "not-ready-for-review")


async def test_a_list_is_paged_by_cursor_newest_first(desk, person):
    who, made = person("900"), []
    for _ in range(3):
        made.append(await desk.draft(who))
        await desk.ok("POST", f"{PATH}/{made[-1]}/cancel", who)
    first = await desk.ok("GET", f"{PATH}?limit=2", who)
    second = await desk.ok("GET", f"{PATH}?limit=2&cursor={first['next']}", who)
    listed = [each["id"] for each in first["items"] + second["items"]]
    assert listed == made[::-1]
    assert second["next"] is None
    assert (await desk.call("GET", f"{PATH}?cursor=nonsense", who)).json()["slug"] == "cursor-unknown"


async def test_a_longer_list_takes_no_more_statements(desk, person):
    async def counted(path, who):
        said, mine = [], asyncio.current_task()
        engine = desk.service.database.engine.sync_engine

        def count(connection, cursor, statement, *rest):
            if asyncio.current_task() is mine:
                said.append(statement)

        sa.event.listen(engine, "before_cursor_execute", count)
        try:
            await desk.ok("GET", path, who)
        finally:
            sa.event.remove(engine, "before_cursor_execute", count)
        return len(said)

    who = person("900")
    one = await desk.draft(who)
    alone = await counted(PATH, who)
    reading = await counted(f"{PATH}/{one}", who)
    for _ in range(3):
        await desk.ok("POST", f"{PATH}/{one}/cancel", who)
        one = await desk.draft(who)
    assert await counted(PATH, who) == alone == 2
    assert reading <= 7


async def test_staff_open_nothing_they_have_not_taken(desk, person):
    application = await desk.draft(person("900"))
    closed = await desk.call("GET", f"{PATH}/{application}", OFFICER, staff=True)
    assert (closed.status_code, closed.json()["slug"]) == (403, "case-not-assigned")
    assert (await desk.ok("GET", PATH, OFFICER, staff=True))["items"] == []
