"""The operators' door of notify: the four numbers, what could not be told, and sending it once more, for a reason."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from notify_house import HOLDER, House

from chassis.testing.desk import StaffBrowser, staff_browser
from chassis.testing.tokens import TokenMint
from contracts.events import ApplicationApproved
from notify.app import create_api

OPERATOR = "S0000001"


@pytest_asyncio.fixture
async def operator(house: House, mint: TokenMint) -> AsyncIterator[StaffBrowser]:
    api = create_api(house.service, mint.verifier())
    async with staff_browser(house.service, api, mint, OPERATOR, {"operator": "riyadh-main"}) as browser:
        yield browser


async def one_dead(house: House) -> str:
    await house.reach(HOLDER, "+966500000100")
    await house.happen(ApplicationApproved.model_validate(ApplicationApproved.example))
    await house.run("update notices set status = 'dead', error = 'destination-refused' where channel = 'sms'")
    (dead,) = await house.notices(channel="sms")
    return str(dead.id)


@pytest.mark.parametrize(("language", "words"), [("en", "Share delivered"), ("ar", "نسبة ما وصل")])
async def test_the_overview_shows_the_four_numbers(house: House, operator: StaffBrowser, language: str, words: str):
    await one_dead(house)
    page = await operator.page(language=language)
    assert words in page
    assert "destination-refused 1" in page


async def test_what_could_not_be_told_is_sent_once_more_for_a_reason(house: House, operator: StaffBrowser):
    dead = await one_dead(house)
    page = await operator.page("/untold")
    assert "destination-refused" in page
    assert HOLDER not in page
    assert "966500000100" not in page
    refused = await operator.press(f"/untold/{dead}/revive", reason="")
    assert refused.status_code == 422
    done = await operator.press(f"/untold/{dead}/revive", reason="the operator took the number back")
    assert done.status_code == 303
    assert [each.status for each in await house.notices(channel="sms")] == ["queued"]


async def test_an_officer_has_no_way_in(house: House, mint: TokenMint):
    api = create_api(house.service, mint.verifier())
    async with staff_browser(house.service, api, mint, "S0000002", {"officer": "riyadh-main"}) as browser:
        assert (await browser.http.get("/ops/notify/en/untold")).status_code == 403
