"""The operators' door of residency: its numbers, what waits and why, one case without a person's number."""

import re
from contextlib import asynccontextmanager

from residency_desk import RENEWALS, VISAS, household

from chassis.catalogue import Texts
from chassis.testing.desk import staff_browser
from residency.app import create_api
from residency.domain.exit_reentry_visa import EXIT_REENTRY_VISA
from residency.domain.iqama_renewal import IQAMA_RENEWAL

OPERATOR, OFFICER = "S0000001", "S0000002"


@asynccontextmanager
async def at_the_door(desk, staff=OPERATOR, role="operator"):
    api = create_api(desk.service, desk.mint.verifier())
    async with staff_browser(desk.service, api, desk.mint, staff, {role: "riyadh-main"}) as browser:
        yield browser


async def blocked(desk):
    employer, worker = household("903")
    await desk.employ(employer, worker)
    place = await desk.opened(employer, worker)
    return employer, worker, place, await desk.until(place, employer, "blocked")


async def test_the_overview_counts_what_is_blocked_and_names_why_in_both_languages(desk):
    await blocked(desk)
    async with at_the_door(desk) as browser:
        page = await browser.page()
        assert "Renewals blocked" in page
        assert re.search("fines_are_paid.* 1", page)
        assert "تجديدات متعذرة" in await browser.page(language="ar")


async def test_a_blocked_renewal_is_listed_and_opened_without_its_holder(desk):
    employer, worker, place, seen = await blocked(desk)
    async with at_the_door(desk) as browser:
        listed = await browser.page("/blocked")
        opened = await browser.page(place.replace(RENEWALS, "/renewals"))
        in_arabic = await browser.page("/blocked", language="ar")
    assert "مخالفات المستفيد مسددة" in in_arabic
    for page in (listed, opened):
        assert seen["reference"] in page
        assert "the person&#39;s fines are paid" in page or "the person's fines are paid" in page
        assert "fines_are_paid" not in page
        assert worker not in page
        assert employer not in page
    looks = await desk.rows("select standing, person, purpose from looks where actor = :who", who=OPERATOR)
    assert looks == [("operator", worker, "operations")]


async def test_an_operator_has_the_bodies_asked_again_for_a_reason(desk):
    employer, worker, place, _ = await blocked(desk)
    await desk.bodies.web.post("/bank/dues", json={"person": worker})
    path = place.replace(RENEWALS, "/renewals")
    async with at_the_door(desk) as browser:
        assert (await browser.press(f"{path}/look-again", reason="")).status_code == 422
        assert (await browser.press(f"{path}/look-again", reason="the fine was paid")).status_code == 303
    await desk.until(place, employer, "ready")
    acts = await desk.rows("select standing, reason from acts where action = 'iqama_renewal.look_again'")
    assert acts == [("operator", "the fine was paid")]


async def test_an_officer_looks_and_has_nothing_to_press(desk):
    _, _, place, _ = await blocked(desk)
    path = place.replace(RENEWALS, "/renewals")
    async with at_the_door(desk, OFFICER, "officer") as browser:
        assert "look-again" not in await browser.page(path)
        assert (await browser.press(f"{path}/look-again", reason="let me try it")).status_code == 403


async def test_what_waits_for_a_body_is_listed_until_it_has_answered(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    place = await desk.paid(employer, worker)
    desk.later(minutes=16)
    await desk.bodies.control("faults", body="ports", kind="down", seconds=30)
    await desk.ok("POST", f"{place}/issue", employer)
    async with at_the_door(desk) as browser:
        assert (await desk.ok("GET", place, employer))["reference"] in await browser.page("/visas")
        assert (
            await browser.press(
                f"{place.replace('/v1/exit-reentry-visas', '/visas')}/look-again", reason="ports are back"
            )
        ).status_code == 303
    await desk.bodies.web.delete("/control/faults")
    await desk.until(place, employer, "issued")


async def test_the_lists_of_visas_and_renewals_and_unknown_cases(desk):
    async with at_the_door(desk) as browser:
        for path in ("/visas", "/renewals", "/blocked"):
            await browser.page(path)
        missing = await browser.http.get("/ops/residency/en/visas/01900000-0000-7000-8000-000000000030")
        assert missing.status_code == 404


async def test_a_case_no_list_leads_to_is_opened_by_its_reference_for_a_stated_reason(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    place = await desk.requested(employer, worker)
    reference, path = (await desk.ok("GET", place, employer))["reference"], place.replace(VISAS, "/visas")
    async with at_the_door(desk) as browser:
        assert (await browser.http.get(f"{browser.prefix}/en{path}")).status_code == 403
        stated = {"kind": "asked-by-holder", "reason": "asked at the counter where it stands"}
        assert (await browser.press("/records/open", name=reference, **stated)).status_code == 303
        assert reference in await browser.page(path)
    looks = await desk.rows("select purpose, person from looks where actor = :who order by seq", who=OPERATOR)
    assert looks == [("reason-asked-by-holder", worker), ("stated-reason", worker)]


def test_everything_that_may_be_missing_has_a_name_operators_can_read():
    texts = Texts("residency")
    needed = {need.name for case in (IQAMA_RENEWAL, EXIT_REENTRY_VISA) for each in case.moves for need in each.needs}
    assert needed
    assert [name for name in sorted(needed) if f"ops.residency.missing.{name}" not in texts] == []
