"""Staff's pages: the work list and a taken case, the counter, refused prints, the first four numbers; in two languages."""

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from chassis.testing.desk import staff_browser
from contracts.events_delivery import OldDocumentArrived, ShipmentDelivered, ShipmentHandedOver, ShipmentPacked
from passport.app import create_api
from tests.passport_desk import CLERK, OFFICER, PATH, SECOND

NOW = datetime.now(UTC)


@asynccontextmanager
async def at_the_door(desk, staff, role):
    api = create_api(desk.service, desk.mint.verifier())
    async with staff_browser(desk.service, api, desk.mint, staff, {role: "riyadh-main"}) as browser:
        yield browser


def card(page, label):
    """What a card of the overview says: its note, if any, and its number."""
    (found,) = [each for each in re.findall(r'<div class="card[^>]*>(.*?)</div>', page, re.DOTALL) if label in each]
    return [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<dd.*?</dd>", found, re.DOTALL)]


async def test_an_officer_takes_looks_and_approves(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    case = await desk.read(application, who)
    async with at_the_door(desk, OFFICER, "officer") as browser:
        listed = await browser.page("/work-list")
        assert case["reference"] in listed
        assert who not in listed
        assert (await browser.http.get(f"/ops/passport/en/cases/{application}")).status_code == 403
        assert (await browser.press(f"/cases/{application}/take")).status_code == 303
        opened = await browser.page(f"/cases/{application}")
        for shown in (case["record"]["name_ar"], case["english_name"]["family_name"], case["old_number"], who):
            assert shown in opened
        assert "Approve" in opened
        assert "اعتماد" in await browser.page(f"/cases/{application}", language="ar")
        photo = await browser.http.get(f"/ops/passport/en/cases/{application}/photo")
        assert photo.headers["content-type"] == "image/jpeg"
        first = await browser.press(f"/cases/{application}/approve", once="one")
        again = await browser.press(f"/cases/{application}/approve", once="one")
        assert (first.status_code, again.status_code) == (303, 303)
    await desk.until(application, who, "printed")
    acts = await desk.rows("select actor, channel from acts where action = 'application.approve'")
    assert [tuple(row) for row in acts] == [(OFFICER, "office")]
    looks = await desk.rows("select purpose from looks where actor = :who", who=OFFICER)
    assert {row.purpose for row in looks} == {"assigned-case"}


async def test_a_case_of_anothers_is_read_for_a_stated_reason_and_not_decided(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    reference = (await desk.read(application, who))["reference"]
    await desk.ok("POST", f"{PATH}/{application}/take", SECOND, staff=True)
    async with at_the_door(desk, OFFICER, "officer") as browser:
        assert (await browser.http.get(f"/ops/passport/en/cases/{application}")).status_code == 409
        assert (await browser.press("/records/open", name=reference, kind="ticket", reason="")).status_code == 422
        assert (await browser.press("/records/open", name=reference, kind="none", reason="because")).status_code == 422
        assert (
            await browser.press("/records/open", name=reference[:-1], kind="fault", reason="near")
        ).status_code == 422
        stated = {"kind": "fault", "reason": "the print was smeared", "came_from": ""}
        assert (await browser.press("/records/open", name=f"{reference}X", **stated)).status_code == 404
        assert (await browser.press("/records/open", name=reference.lower(), **stated)).status_code == 303
        opened = await browser.page(f"/cases/{application}")
        assert who in opened
        assert f"/cases/{application}/approve" not in opened
        assert (await browser.press(f"/cases/{application}/approve")).status_code == 409
    looks = await desk.rows("select purpose, reason from looks where actor = :who order by seq", who=OFFICER)
    assert [tuple(row) for row in looks] == [("reason-fault", "the print was smeared"), ("stated-reason", None)]
    told = await desk.rows("select body from outbox where type = 'passport.record.seen.v1' order by id")
    assert not any("smeared" in str(row.body) for row in told)
    # Named once, to be counted by; nothing that is told of a person's record names the officer.
    assert {row.body["staff"] for row in told} == {OFFICER, SECOND}
    assert not any(OFFICER in str(row.body | {"staff": None}) for row in told)
    assert {each["purpose"] for row in told for each in row.body["entries"]} >= {"reason-fault"}
    async with at_the_door(desk, "S-200009", "administrator") as supervisor:
        assert "the print was smeared" in await supervisor.page("/alarms")
        [alarm] = await desk.rows("select id from audit_alarms")
        assert (await supervisor.press(f"/alarms/{alarm.id}/see", reason="")).status_code == 422
        assert (await supervisor.press(f"/alarms/{alarm.id}/see", reason="asked the officer")).status_code == 303
        assert "the print was smeared" not in await supervisor.page("/alarms")


async def test_a_second_officer_is_told_whose_it_is(desk, person):
    application = await desk.in_review(person("900"))
    await desk.ok("POST", f"{PATH}/{application}/take", OFFICER, staff=True)
    async with at_the_door(desk, SECOND, "officer") as browser:
        refused = await browser.press(f"/cases/{application}/take")
        assert refused.status_code == 409
        assert "Another officer has the case" in refused.text
        assert "another" in (await browser.page("/work-list")).lower()


async def test_a_case_is_returned_and_refused_with_a_reason_of_the_list(desk, person):
    who = person("900")
    application = await desk.in_review(who)
    async with at_the_door(desk, OFFICER, "officer") as browser:
        await browser.press(f"/cases/{application}/take")
        assert (await browser.press(f"/cases/{application}/return", reason="whim")).status_code == 422
        note = "أرفق صورة أحدث"
        assert (await browser.press(f"/cases/{application}/return", reason="photo", note=note)).status_code == 303
        assert (await desk.read(application, who))["note"] == note
        await desk.ok("POST", f"{PATH}/{application}/review", who)
        await desk.ok("POST", f"{PATH}/{application}/submit", who)
        await desk.until(application, who, "in_review")
        await browser.press(f"/cases/{application}/take")
        assert (await browser.press(f"/cases/{application}/refuse", reason="not-entitled")).status_code == 303
        assert "not-entitled 1" in await browser.page()
    assert (await desk.read(application, who))["reason"] == "not-entitled"


async def test_the_counter_activates_what_matches_and_refuses_what_does_not(desk, person):
    who = person("900")
    case = await desk.printed(who)
    for event, more in (
        (ShipmentPacked, {"envelope": "EA123456785SA"}),
        (ShipmentHandedOver, {"envelope": "EA123456785SA", "handed_over_at": NOW, "promised_by": NOW}),
        (ShipmentDelivered, {"delivered_at": NOW, "old_document": case["old_number"]}),
        (OldDocumentArrived, {"office": "riyadh-main"}),
    ):
        await desk.ships(case, event, **more)
    async with at_the_door(desk, CLERK, "clerk") as browser:
        assert "Match an old passport" in await browser.page("/counter")
        wrong = await browser.press("/counter/activate", reference=case["reference"], old_booklet_number="B99999999")
        assert wrong.status_code == 409
        assert "Nothing was activated" in wrong.text
        form = {"reference": case["reference"].lower(), "old_booklet_number": case["old_number"]}
        assert (await browser.press("/counter/activate", **form)).status_code == 303
        assert card(await browser.page(), "Without a visit, of today's completed") == ["/ 1", "1"]
        assert (await browser.press("/cases/x/take")).status_code in {403, 422}
        assert (await browser.http.get("/ops/passport/en/work-list")).status_code == 403
    assert (await desk.read(case["id"], who))["status"] == "completed"


async def test_operators_see_refused_prints_without_names(desk, person):
    who = person("900")
    await desk.printed(who)
    async with at_the_door(desk, "S-3001", "operator") as browser:
        assert "Nothing waits here" in await browser.page("/prints")
        assert "أوامر طباعة مرفوضة" in await browser.page("/prints", language="ar")
        overview = await browser.page()
        assert card(overview, "Sent today") == ["1"]
        assert card(overview, "Printed today") == ["1"]
        assert who not in overview
