"""A profile's e-mail: nothing is sent to an address before a code that went there has come back."""

import re
from datetime import timedelta

import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.database import Sight
from chassis.testing.fixtures import eventually
from identity.actions.forget import forget
from identity.models import EmailChange
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
HOLDER, FIRST, SECOND = HOLDERS[0], "first@example.org", "Second@example.org"
_CODE = re.compile(r"\b(\d{6})\b")


async def letters(house, to):
    return (await house.bodies.web.get("/control/mail", params={"to": to})).json()


async def code_in(house, to, after=0):
    async def newest():
        sent = await letters(house, to)
        return _CODE.search(sent[-1]["text"])[1] if len(sent) > after else None

    return await eventually(newest)


async def test_an_address_is_the_accounts_when_its_code_came_back_and_the_old_one_is_told(seeded, driving, clients):
    browser, web = seeded.browser(), seeded.web()
    await browser.sign_in(HOLDER.number, mobile=HOLDER.mobile)
    token = (await seeded.tokens(browser))["access_token"]
    mine = driving.bearer(token)

    async def wish(**body):
        return await web.patch("/v1/me", headers=mine, json=body)

    async def confirm(code):
        return await web.post("/v1/me/email/confirm", headers=mine, json={"code": code})

    async def contacts():
        told = [e.data for e in seeded.told if e.type == "identity.contact.changed.v1"]
        return [each["email"] for each in told if each["person"] == HOLDER.number]

    assert (await wish()).status_code == 422
    assert (await wish(email="nobody")).status_code == 422
    assert (await confirm("123456")).status_code == 409
    asked = await wish(email=FIRST, language="en")
    assert (asked.status_code, asked.json()["email"], asked.json()["email_verified"]) == (200, None, False)
    code = await code_in(seeded, FIRST)
    wrong = await confirm("000000" if code != "000000" else "000001")
    assert (wrong.status_code, wrong.json()["slug"]) == (409, "code-not-right")
    assert "email" not in (await clients.userinfo(token)).json()
    done = await confirm(code)
    assert (done.status_code, done.json()["email"], done.json()["email_verified"]) == (200, FIRST, True), done.text
    assert (await confirm(code)).status_code == 409
    about = (await clients.userinfo(token)).json()
    assert (about["email"], about["email_verified"]) == (FIRST, True)

    async def told_of(email):
        async def heard():
            return (await contacts())[-1:] == [email]

        return await eventually(heard)

    assert await told_of(FIRST)
    # The same again costs nothing; of two wishes the newer one counts, and the old address hears of it.
    assert (await wish(email=FIRST)).json()["email_verified"]
    await wish(email="third@example.org")
    left = await code_in(seeded, "third@example.org")
    await wish(email=SECOND)
    code = await code_in(seeded, SECOND)
    if left != code:
        assert (await confirm(left)).status_code == 409
    assert len(await letters(seeded, FIRST)) == 1
    assert (await confirm(code)).json()["email"] == SECOND
    assert await told_of(SECOND)

    async def heard():
        return (await letters(seeded, FIRST))[1:]

    (notice,) = await eventually(heard)
    assert "another e-mail address" in notice["text"]
    assert SECOND not in notice["text"]
    # Strangers are not bombed: the account's codes of the hour are spent.
    answers = [(await wish(email=f"a{each}@example.org")).status_code for each in range(3)]
    assert answers == [200, 200, 429]
    async with seeded.service.database.transaction(SYSTEM) as session:
        actions = list(await session.scalars(sa.select(ActRow.action).where(ActRow.person == HOLDER.number)))
    assert actions.count("change_email") == 2
    seeded.service.clock.advance(timedelta(days=400))
    async with seeded.service.database.transaction(SYSTEM) as session:
        await forget(seeded.service, session)
        assert await session.scalar(sa.select(sa.func.count()).select_from(EmailChange)) == 0


async def test_what_was_typed_at_registration_is_not_told_to_anybody(seeded, driving):
    number, mobile = "1000000107", "+966507654329"
    body = {"number": number, "mobile": mobile, "email": FIRST}
    asked = await seeded.web().post("/v1/accounts", json=body)
    assert asked.status_code == 202, asked.text
    answer = await seeded.web().post(
        "/v1/accounts/confirmations",
        json={
            "registration": asked.json()["registration"],
            "code": await seeded.code_to(mobile),
            "password": "Open-7-it",
        },
    )
    assert (answer.json()["email"], answer.json()["email_verified"]) == (FIRST, False)
    assert await letters(seeded, FIRST) == []
