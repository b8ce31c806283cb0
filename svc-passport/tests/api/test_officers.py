"""J6 and around: two officers and one case, decisions, returns and their answers, what staff may not do."""

import asyncio
import uuid

import pytest

from tests.passport_desk import CLERK, OFFICER, PATH, SECOND


async def staff(desk, verb, application, who=OFFICER, **sent):
    return await desk.call("POST", f"{PATH}/{application}/{verb}", who, staff=True, **sent)


async def test_a_second_officer_is_refused(desk, person):
    application = await desk.in_review(person("900"))
    both = await asyncio.gather(staff(desk, "take", application), staff(desk, "take", application, SECOND))
    assert sorted(each.status_code for each in both) == [200, 409]
    (loser,) = [each for each in both if each.status_code == 409]
    assert loser.json()["slug"] == "case-taken"
    winner, second = (OFFICER, SECOND) if both[0].status_code == 200 else (SECOND, OFFICER)
    for verb in ("approve", "release"):
        refused = await staff(desk, verb, application, second)
        assert (refused.status_code, refused.json()["slug"]) == (409, "case-taken")
    assert (await desk.call("GET", f"{PATH}/{application}", second, staff=True)).status_code == 409
    assert (await staff(desk, "release", application, winner)).status_code == 200
    assert (await staff(desk, "take", application, second)).status_code == 200
    assert (await staff(desk, "approve", application, second)).status_code == 200
    again = await staff(desk, "approve", application, second)
    assert again.status_code == 403
    assert len(await desk.rows("select 1 from case_moves where action = 'approve'")) == 1


async def test_the_work_list_shows_no_personal_data(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    listed = await desk.call("GET", f"{PATH}/work-list", OFFICER, staff=True)
    (item,) = listed.json()["items"]
    assert set(item) == {"id", "reference", "status", "submitted_at", "age_s", "taken"}
    assert (item["id"], item["taken"]) == (application, "free")
    assert who not in listed.text
    await staff(desk, "take", application)
    taken = (await desk.ok("GET", f"{PATH}/work-list", OFFICER, staff=True))["items"][0]["taken"]
    seen_by_second = (await desk.ok("GET", f"{PATH}/work-list", SECOND, staff=True))["items"][0]["taken"]
    assert (taken, seen_by_second) == ("yours", "another")


async def test_every_look_of_an_officer_is_written_down(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    await staff(desk, "take", application)
    seen = await desk.ok("GET", f"{PATH}/{application}", OFFICER, staff=True)
    assert {each["action"] for each in seen["actions"]} == {"approve", "return", "refuse"}
    picture = await desk.call("GET", f"{PATH}/{application}/photo", OFFICER, staff=True)
    assert picture.status_code == 200
    looks = await desk.rows("select actor, standing, person, purpose from looks order by id")
    assert [tuple(row) for row in looks] == [(OFFICER, "officer", who, "assigned-case")] * 2


async def test_what_is_not_an_officers_is_refused(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    for verb, body in (
        ("take", None),
        ("approve", None),
        ("return", {"reason": "photo"}),
        ("refuse", {"reason": "not-entitled"}),
        ("release", None),
    ):
        for caller, is_staff in ((who, False), (CLERK, True), ("S-9999", True)):
            path = f"{PATH}/{application}/{verb}"
            refused = await desk.call("POST", path, caller, staff=is_staff, json=body)
            assert (refused.status_code, refused.json()["slug"]) == (403, "role-needed"), (verb, caller)
    assert (await desk.call("GET", f"{PATH}/work-list", who)).status_code == 403
    body = {"reference": "JWZ-0000-0000-0000", "old_booklet_number": "B00000017"}
    clerks_only = await desk.call("POST", f"{PATH}/activations", OFFICER, staff=True, json=body)
    assert clerks_only.json()["slug"] == "role-needed"
    assert (await desk.call("POST", f"{PATH}/activations", CLERK, staff=True, json=body)).status_code == 404
    untaken = await staff(desk, "approve", application)
    assert (untaken.status_code, untaken.json()["slug"]) == (403, "case-not-assigned")
    assert (await staff(desk, "take", uuid.uuid4())).status_code == 404


async def test_a_returned_application_is_mended_and_sent_again(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    await staff(desk, "take", application)
    said = {"reason": "english-name", "note": "راجع كتابة اسم العائلة"}
    assert (await staff(desk, "return", application, json=said)).status_code == 200
    returned = await desk.read(application, who)
    assert (returned["state"]["word"], returned["turn"]["word"]) == ("returned_to_you", "you")
    assert (returned["reason"], returned["note"]) == ("english-name", said["note"])
    early = await desk.call("POST", f"{PATH}/{application}/submit", who)
    assert early.json()["details"]["missing"] == ["data_is_reviewed"]
    name = {"given_names": "KHALID SAAD", "family_name": "AL SAIKHAN"}
    await desk.ok("PUT", f"{PATH}/{application}/english-name", who, json=name)
    await desk.ok("POST", f"{PATH}/{application}/review", who)
    await desk.ok("POST", f"{PATH}/{application}/submit", who)
    again = await desk.until(application, who, "in_review")
    assert (again["reason"], again["note"]) == (None, None)
    free = (await desk.ok("GET", f"{PATH}/work-list", SECOND, staff=True))["items"]
    assert [each["taken"] for each in free] == ["free"]
    assert (await desk.bodies.payments.balance(who, "37")).reserved_minor == 30000


@pytest.mark.parametrize("body", [{}, {"reason": "because"}, {"reason": "photo", "note": "x" * 501}])
async def test_a_decision_needs_a_reason_of_the_list(desk, person, body):
    refused = await staff(desk, "return", uuid.uuid4(), json=body)
    assert refused.status_code == 422


async def test_what_is_decided_is_not_decided_again(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    await staff(desk, "take", application)
    await staff(desk, "refuse", application, json={"reason": "not-entitled"})
    assert (await staff(desk, "take", application)).status_code == 404, "it is not on the work list any more"
    late = await staff(desk, "approve", application)
    assert (late.status_code, late.json()["slug"]) == (403, "case-not-assigned")
    acts = await desk.rows("select action, actor, standing from acts where standing = 'officer' order by id")
    words = [row.action for row in acts]
    assert words == ["application.take", "application.refuse"]


async def test_a_draft_is_opened_by_no_officer_who_knows_its_number(desk, person):
    draft = await desk.draft(person("900"))
    assert (await staff(desk, "take", draft)).status_code == 404
    assert await desk.rows("select 1 from relations where relation = 'assignee'") == []


async def test_who_read_the_clock_first_and_came_second_is_refused(desk, monkeypatch, person):
    """Found under load: an assignment that begins after one's own `now` was not seen."""
    application = await desk.in_review(person("900"))
    early = desk.service.clock.now()
    assert (await staff(desk, "take", application)).status_code == 200
    with monkeypatch.context() as moment:
        moment.setattr(desk.service.clock, "now", lambda: early)
        late = await staff(desk, "take", application, SECOND)
    assert (late.status_code, late.json()["slug"]) == (409, "case-taken")
