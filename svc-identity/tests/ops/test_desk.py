"""The staff door: the four numbers, the activation desk, and accounts for administrators; numbers in no address."""

import re

import pytest
import sqlalchemy as sa

from chassis.audit.rows import ActRow, LookRow
from chassis.database import Sight
from chassis.testing.desk import staff_browser
from identity.app import create_api
from identity.queries import account_of
from identity.seeds import HOLDERS, OFFICE
from partners.testing import magic

SYSTEM = Sight.system("test")
MOBILE = "+966507654321"


async def registered(house, number):
    web = house.web()
    asked = await web.post("/v1/accounts", json={"number": number, "mobile": MOBILE})
    body = {
        "registration": asked.json()["registration"],
        "code": await house.code_to(MOBILE),
        "password": "Sesame-open-7",
    }
    assert (await web.post("/v1/accounts/confirmations", json=body)).status_code == 201


def staff(house, mint, number, **roles):
    return staff_browser(house.service, create_api(house.service, mint.verifier()), mint, number, roles)


@pytest.mark.parametrize(("language", "words"), [("en", "Activations today"), ("ar", "حسابات فُعّلت اليوم")])
async def test_the_overview_shows_the_four_numbers(seeded, mint, language, words):
    browser = seeded.browser()
    await browser.sign_in(HOLDERS[0].number, mobile=HOLDERS[0].mobile)
    async with staff(seeded, mint, "S-100004", operator=OFFICE) as operator:
        page = await operator.page(language=language)
    assert words in page
    assert "/ 10000" in page
    assert "100.0 %" in page


async def test_a_clerk_finds_by_number_and_activates(seeded, mint):
    number = magic("001")
    await registered(seeded, number)
    person = await seeded.bodies.registry.person(number)
    async with staff(seeded, mint, "S-100001", clerk=OFFICE) as clerk:
        waiting = await clerk.page("/activations")
        assert number not in waiting
        assert "ACC-" in waiting
        assert (await clerk.press("/activations/find", number="12")).status_code == 422
        assert (await clerk.press("/activations/find", number=magic("001", block=9))).status_code == 404
        found = await clerk.press("/activations/find", number=number)
        assert found.status_code == 303
        assert number not in found.headers["location"]
        path = found.headers["location"].removeprefix("/ops/identity/en")
        case = await clerk.page(path)
        assert number in case
        assert "321" in case
        wrong = await clerk.press(f"{path}/activate", number=number, expires_on="2031-01-01", mobile=MOBILE)
        assert wrong.status_code == 409
        assert "differs from the registry" in wrong.text
        done = await clerk.press(
            f"{path}/activate", number=number, expires_on=person.id_expires_on.isoformat(), mobile="0507654321"
        )
        assert done.status_code == 303, done.text
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert (await account_of(session, number)).status == "active"
        assert (
            await session.scalar(sa.select(sa.func.count()).select_from(LookRow).where(LookRow.person == number)) == 2
        )


async def test_an_account_is_suspended_and_restored_for_a_reason(seeded, mint):
    async with staff(seeded, mint, "S-100005", administrator=OFFICE) as administrator:
        assert (await administrator.press("/accounts/find", number=HOLDERS[0].number, kind="ticket")).status_code == 422
        stated = {"kind": "asked-by-holder", "reason": "a telephone was stolen"}
        found = await administrator.press("/accounts/find", number=HOLDERS[0].number, **stated)
        path = found.headers["location"].removeprefix("/ops/identity/en")
        assert (await administrator.press(f"{path}/suspend", reason="")).status_code == 422
        assert (await administrator.press(f"{path}/suspend", reason="reported stolen")).status_code == 303
        assert "reported stolen" in await administrator.page(path)
        assert (await administrator.press(f"{path}/restore", reason="found again")).status_code == 303
    async with seeded.service.database.transaction(SYSTEM) as session:
        acts = list(await session.scalars(sa.select(ActRow.action).order_by(ActRow.at)))
    assert acts == ["suspend", "restore"]


async def test_an_invitation_shows_its_link_once_and_the_link_works(seeded, mint):
    async with staff(seeded, mint, "S-100005", administrator=OFFICE) as administrator:
        invited = await administrator.press(
            "/accounts/invite",
            name_ar="موظفة",
            name_en="CLERK TWO",
            role="clerk",
            office=OFFICE,
            reason="the counter opens",
        )
        assert "CLERK TWO" in await administrator.page("/roles")
    assert invited.status_code == 200, invited.text
    url = re.search(r"http://localhost:8080(/activation/[\w-]+)", invited.text)[1]
    assert (await seeded.web().get(url)).status_code == 200


async def test_each_sees_only_their_own_sections(seeded, mint):
    async with staff(seeded, mint, "S-100001", clerk=OFFICE) as clerk:
        assert (await clerk.http.get("/ops/identity/en/accounts")).status_code == 403
    async with staff(seeded, mint, "S-100002", officer=OFFICE) as officer:
        assert (await officer.http.get("/ops/identity/en/activations")).status_code == 403
