"""An authenticator for everybody, recovery codes once each; new devices are told of; sessions seen and ended; no lock by outsiders."""

import asyncio
import re
from datetime import timedelta

import pyotp
import sqlalchemy as sa
from joserfc import jwt

from chassis.clock import machine_now
from chassis.database import Sight
from chassis.models import OutboxRow
from identity.actions.enter_password import Said, Try, enter_password
from identity.models import Account, Device, RecoveryCode, SignedIn
from identity.seeds import HOLDERS, PASSWORD, STAFF, totp_seed_of

SYSTEM = Sight.system("test")
HEAD, OTHER = HOLDERS[0], HOLDERS[2]
PAGE, SESSIONS = "/account/proofs", "/account/sessions"
_SEED = re.compile(r'<code dir="ltr">([A-Z2-7]{32})</code>')
_SEALED = re.compile(r'name="sealed" value="([^"]+)"')
_RECOVERY = re.compile(r'<code dir="ltr">([0-9A-Z]{5}-[0-9A-Z]{5})</code>')


async def signed_in(house, holder=HEAD):
    browser = house.browser()
    await signed_in_with(house, browser, holder)
    return browser


async def signed_in_with(house, browser, holder=HEAD):
    house.service.clock.advance(timedelta(minutes=16))  # so many texts may follow one another
    assert (await browser.sign_in(holder.number, mobile=holder.mobile)).status_code == 303


async def with_totp(house):
    """A browser whose account has just got an authenticator; its seed and the recovery codes shown."""
    browser = await signed_in(house)
    shown = (await browser.get(f"{PAGE}/totp")).text
    seed, sealed = _SEED.search(shown)[1], _SEALED.search(shown)[1]
    wrong = await browser.form(f"{PAGE}/totp", f"{PAGE}/totp", sealed=sealed, code="000000")
    assert wrong.status_code == 422
    assert seed in wrong.text, "the same picture again, already scanned"
    code = pyotp.TOTP(seed).now()
    done = await browser.form(f"{PAGE}/totp", f"{PAGE}/totp", sealed=sealed, code=code)
    assert done.status_code == 200, done.text
    return browser, seed, sealed, _RECOVERY.findall(done.text)


async def told(house, key):
    async with house.service.database.transaction(SYSTEM) as session:
        return list(
            await session.scalars(sa.select(OutboxRow.body).where(OutboxRow.type == key).order_by(OutboxRow.id))
        )


async def next_totp_step(house):
    async with house.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Account).values(totp_step=0))


async def by_totp(house, code):
    browser = house.browser()
    assert (await browser.password(HEAD.number)).status_code == 303
    return browser, await browser.code(code)


async def test_an_authenticator_takes_the_place_of_texts_and_recovery_codes_its_own(seeded):
    browser, seed, sealed, codes = await with_totp(seeded)
    assert len(set(codes)) == 10
    assert await told(seeded, "identity.proof.changed.v1") != []
    stranger = await signed_in(seeded, OTHER)
    foreign = await stranger.form(f"{PAGE}/totp", f"{PAGE}/totp", sealed=sealed, code=pyotp.TOTP(seed).now())
    assert foreign.headers["location"].startswith("/sign-in"), "a seed shown to another session"
    assert "You have 10 left" in (await browser.get(PAGE)).text
    texts = len(await seeded.codes(HEAD.mobile))
    await next_totp_step(seeded)
    other, entered = await by_totp(seeded, pyotp.TOTP(seed).now())
    assert entered.status_code == 303
    assert len(await seeded.codes(HEAD.mobile)) == texts
    assert (await by_totp(seeded, "AAAAA-AAAAA"))[1].status_code == 422
    _, entered = await by_totp(seeded, codes[0].lower().replace("-", " "))
    assert entered.status_code == 303
    assert (await by_totp(seeded, codes[0]))[1].status_code == 422, "each once"
    assert "You have 9 left" in (await other.get(PAGE)).text
    renewed = await other.form(PAGE, f"{PAGE}/recovery-codes")
    assert len(_RECOVERY.findall(renewed.text)) == 10
    assert (await by_totp(seeded, codes[1]))[1].status_code == 422, "the old set is no longer good"
    assert (await other.form(PAGE, f"{PAGE}/totp/remove")).status_code == 303
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0
        proved = list(await session.scalars(sa.select(SignedIn.second).order_by(SignedIn.id)))
    assert proved == ["sms", "sms", "totp", "recovery"]
    changes = [(each["proof"], each["change"]) for each in await told(seeded, "identity.proof.changed.v1")]
    assert changes == [
        ("totp", "added"),
        ("recovery_codes", "used"),
        ("recovery_codes", "added"),
        ("totp", "removed"),
    ]


async def test_one_recovery_code_posted_at_once_opens_one_session_and_guesses_are_bounded(seeded):
    _, _, _, codes = await with_totp(seeded)
    browsers = [seeded.browser() for _ in range(4)]
    for browser in browsers:
        await browser.password(HEAD.number)
    answers = await asyncio.gather(*(browser.code(codes[3]) for browser in browsers))
    assert sorted(each.status_code for each in answers) == [303, 422, 422, 422]
    # 25 wrong ones an hour from anywhere, in however many sign-ins; after that a right one is not looked at either.
    service = seeded.service
    for _ in range(5):
        browser = seeded.browser()
        await browser.password(HEAD.number)
        for _ in range(5):
            await browser.code("000000")
    assert (await by_totp(seeded, codes[4]))[1].status_code == 422
    service.clock.advance(timedelta(hours=1))
    assert (await by_totp(seeded, codes[4]))[1].status_code == 303


async def test_staff_cannot_do_without_an_authenticator(seeded):
    officer = next(each for each in STAFF if each.role == "officer")
    browser = seeded.browser()
    await browser.sign_in(officer.number, totp=totp_seed_of("officer"))
    assert "Do without the app" not in (await browser.get(PAGE)).text
    await browser.form(PAGE, f"{PAGE}/totp/remove")
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(Account.totp_seed).where(Account.person == officer.number))


async def test_a_new_device_is_told_of_and_not_trusted_with_much_for_a_day(seeded, driving):
    first = await signed_in(seeded)
    assert await told(seeded, "identity.device.added.v1") == [], "the first device is the one of the activation"
    await signed_in_with(seeded, first)
    assert await told(seeded, "identity.device.added.v1") == [], "it is known again"
    assert "device_new_since" not in await claims_of(seeded, first)
    second = await signed_in(seeded)
    [event] = await told(seeded, "identity.device.added.v1")
    assert (event["person"], event["device"], event["place"]) == (HEAD.number, "other, other", "192.0.2.0/24")
    claims = await claims_of(seeded, second)
    assert (claims["acr"], claims["amr"]) == ("pwd+sms", ["pwd", "sms", "mfa"])
    assert claims["auth_time"] <= int(machine_now().timestamp())
    assert claims["device_new_since"]
    seeded.service.clock.advance(timedelta(days=1))
    await signed_in_with(seeded, second)
    assert "device_new_since" not in await claims_of(seeded, second)
    await signed_in_with(seeded, second, OTHER)
    async with seeded.service.database.transaction(SYSTEM) as session:
        rows = list(await session.execute(sa.select(Device.person, Device.token_digest)))
    assert len(rows) == 3, "one browser, two people: two devices"
    assert len({digest for _, digest in rows}) == 2


async def claims_of(house, browser):
    token = (await house.tokens(browser))["access_token"]
    return jwt.decode(token, house.service.keys.key_set(), algorithms=["RS256"]).claims


async def test_my_sessions_are_shown_and_ended_on_a_page_and_over_the_api(seeded, driving):
    here, there = await signed_in(seeded), await signed_in(seeded)
    elsewhere = await signed_in(seeded, OTHER)
    tokens = await seeded.tokens(there)
    shown = (await here.get(SESSIONS)).text
    assert shown.count("192.0.2.0/24") == 2
    assert shown.count("this device") == 1
    other_id = re.search(rf"{SESSIONS}/([0-9a-f-]+)/end\"", shown)[1]
    await elsewhere.form("/sign-in", f"{SESSIONS}/{other_id}/end")
    assert (await there.get(SESSIONS)).status_code == 200, "not mine to end"
    assert (await here.web.post(f"{SESSIONS}/{other_id}/end", data={"csrf": "x"})).status_code == 400
    assert (await here.form(SESSIONS, f"{SESSIONS}/end-others")).headers["location"] == f"{SESSIONS}?done=1"
    assert (await there.get(SESSIONS)).headers["location"].startswith("/sign-in?next=")
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await elsewhere.get(SESSIONS)).status_code == 200
    third = await signed_in(seeded)
    bearer = driving.bearer((await seeded.tokens(here))["access_token"])
    ended = await seeded.web().post("/v1/me/sessions/end-others", headers=bearer | driving.once())
    assert ended.status_code == 204
    assert (await third.get(SESSIONS)).status_code == 303
    assert (await here.get(SESSIONS)).status_code == 200
    for page in (PAGE, SESSIONS):
        assert (await seeded.browser().get(page)).headers["location"].startswith("/sign-in?next=%2Faccount%2F")


async def test_strangers_who_guess_passwords_do_not_keep_the_holder_out(seeded):
    """Ten wrong tries an hour close the door to unknown devices; the holder's own goes on, and so does a wrong address."""
    browser = await signed_in(seeded)
    device = browser.web.cookies["jawaz_device"]
    service = seeded.service

    async def attempt(password, device="", source="203.0.113.9"):
        return await enter_password(service, Try(HEAD.number, password, "b", "/", "en", source, device))

    said = []
    for _ in range(40):
        answer = await attempt("Wrong-password-1")
        said.append(answer.said)
        if answer.wait > 600:
            break
        service.clock.advance(timedelta(seconds=answer.wait))
    assert said.count(Said.NOT_RIGHT) == 10
    assert (await attempt(PASSWORD)).said is Said.WAIT
    assert (await attempt(PASSWORD, "somebody-elses-cookie")).said is Said.WAIT
    assert (await attempt(PASSWORD, device)).said is Said.GO_ON
    # One address that tries many accounts runs out too, and its tries are not counted when they are right.
    for number in range(190):
        answer = await attempt_at(service, f"1{number:09d}")
        assert answer.said is Said.NOT_RIGHT
    assert (await attempt_at(service, OTHER.number)).said is Said.WAIT
    assert (await attempt_at(service, OTHER.number, "203.0.113.10", PASSWORD)).said is Said.GO_ON


async def attempt_at(service, number, source="203.0.113.9", password="Wrong-password-1"):
    return await enter_password(service, Try(number, password, "b", "/", "en", source))
