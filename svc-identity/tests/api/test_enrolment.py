"""Staff: the first administrator once, invitations by administrators, a link that is good once."""

import re

import pyotp
import pytest
import sqlalchemy as sa

from chassis.database import Sight
from identity.actions.change_role import approve_here
from identity.actions.enrol import AdministratorExists, invite_first_administrator
from identity.models import Account, Link
from identity.queries_roles import roles_of
from identity.seeds import OFFICE, seed

SYSTEM = Sight.system("test")
PASSWORD = "Sesame-open-7"
_SEED = re.compile(r'<code dir="ltr">([A-Z2-7]+)</code>')


async def enrolled(house, url):
    """Go through the enrolment page; returns the seed of the authenticator."""
    browser, path = house.browser(), url.removeprefix("http://localhost:8080")
    shown = await browser.get(path)
    assert shown.status_code == 200
    secret = _SEED.search(shown.text)[1]
    weak = await browser.form(path, path, password="weak", code=pyotp.TOTP(secret).now())
    assert weak.status_code == 422
    wrong = await browser.form(path, path, password=PASSWORD, code="000000")
    assert wrong.status_code == 422
    done = await browser.form(path, path, password=PASSWORD, code=pyotp.TOTP(secret).now())
    assert done.status_code == 200, done.text
    assert (await browser.get(path)).status_code == 410
    assert (await browser.web.post(path, data={"csrf": "x", "password": PASSWORD, "code": "000000"})).status_code == 410
    return secret


async def test_the_first_administrator_enrols_once_and_invites_the_others(house, driving, monkeypatch):
    service = house.service
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        invitation = await invite_first_administrator(service, session, OFFICE)
    with pytest.raises(AdministratorExists):
        async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
            await invite_first_administrator(service, session, OFFICE)
    secret = await enrolled(house, invitation.url)
    browser = house.browser()
    await browser.password(invitation.account.person, PASSWORD)
    used = await browser.code(pyotp.TOTP(secret).now())
    assert used.status_code == 422, "the code that enrolled counts once"
    # The next step of the authenticator, as if half a minute had passed.
    async with service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Account).values(totp_step=0))
    assert (await browser.code(pyotp.TOTP(secret).now())).status_code == 303
    administrator = driving.bearer((await house.tokens(browser))["access_token"])
    body = {"name_ar": "موظفة جديدة", "name_en": "NEW CLERK", "roles": ["clerk"], "office": OFFICE}
    web = house.web()
    answer = await web.post("/v1/activations/staff", headers=administrator | driving.once(), json=body)
    assert answer.status_code == 201, answer.text
    clerk = answer.json()
    assert (await house.browser().password(clerk["number"], PASSWORD)).status_code == 422
    await enrolled(house, clerk["url"])
    fresh = house.browser()
    assert (await fresh.password(clerk["number"], PASSWORD)).status_code == 303
    # Enrolled, and without a role until a second pair of eyes has approved it.
    [change] = clerk["role_changes"]
    assert (change["status"], change["role"], change["names"]["en"]) == ("proposed", "clerk", "NEW CLERK")
    assert await roles_of_number(service, clerk["number"]) == []
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        await approve_here(service, session, change["reference"])
    assert await roles_of_number(service, clerk["number"]) == ["clerk"]


async def roles_of_number(service, number):
    async with service.database.transaction(SYSTEM) as session:
        return [row.relation for row in await roles_of(session, number, service.clock.now())]


async def test_only_administrators_invite(seeded, driving):
    body = {"name_ar": "موظفة جديدة", "name_en": "NEW CLERK", "roles": ["administrator"], "office": OFFICE}
    clerk = await seeded.bearer_of("clerk")
    answer = await seeded.web().post("/v1/activations/staff", headers=clerk | driving.once(), json=body)
    assert answer.status_code == 403


async def test_a_link_that_is_unknown_used_or_old_opens_nothing(house):
    assert (await house.web().get("/activation/unknown")).status_code == 410
    service = house.service
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        invitation = await invite_first_administrator(service, session, OFFICE)
    async with service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Link).values(expires_at=service.clock.now()))
    assert (await house.web().get(invitation.url.removeprefix("http://localhost:8080"))).status_code == 410


async def test_seeds_are_made_once_told_always_and_refused_outside_development(house):
    first, second = await seed(house.service), await seed(house.service)
    assert first == second
    assert {each["role"] for each in first} >= {"clerk", "officer", "operator", "administrator", "household-head"}
    outside = house.service.settings.model_copy(update={"environment": "production"})
    house.service.settings = outside
    with pytest.raises(RuntimeError):
        await seed(house.service)
