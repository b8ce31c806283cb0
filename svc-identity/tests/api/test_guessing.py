"""Guessing is hopeless, locking others out impossible, and nobody learns who has an account."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
import sqlalchemy as sa

from chassis.database import Sight
from chassis.models import IntentRow
from chassis.testing.fixtures import eventually
from identity.actions.challenge import REGISTRATION, SIGN_IN, accept_code, send_code
from identity.actions.enter_code import browser_index
from identity.actions.enter_password import Answer, Said, Try, enter_password
from identity.models import Account, Allowance, Challenge, SignedIn, SignIn
from identity.queries import account_of, open_sign_in
from identity.seeds import HOLDERS, PASSWORD, STAFF, totp_seed_of
from partners.testing import magic

HEAD = HOLDERS[0]
SYSTEM = Sight.system("test")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


async def begun(house):
    """A browser with the right password behind it, its proof, and the code that was sent."""
    browser = house.browser()
    assert (await browser.password(HEAD.number)).status_code == 303
    code = await house.code_to(HEAD.mobile, 0)
    csrf = _CSRF.search((await browser.get("/sign-in/code")).text)[1]
    return browser, csrf, code


async def bounded(posts):
    """All of them, never more at once than the service has connections for."""
    room = asyncio.Semaphore(16)

    async def one(post):
        async with room:
            return await post()

    return await asyncio.gather(*(one(post) for post in posts))


async def test_of_500_parallel_guesses_exactly_the_allowed_ones_are_evaluated(seeded):
    browser, csrf, code = await begun(seeded)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    async def guess():
        return await browser.web.post("/sign-in/code", data={"csrf": csrf, "code": wrong})

    answers = await bounded([guess] * 500)
    assert {answer.status_code for answer in answers} <= {422, 503}
    async with seeded.service.database.transaction(SYSTEM) as session:
        challenge = await session.scalar(sa.select(Challenge))
        assert challenge.guesses == challenge.guesses_allowed == 5
        assert challenge.used_at is None
    right = await browser.web.post("/sign-in/code", data={"csrf": csrf, "code": code})
    assert right.status_code == 422


async def test_of_500_posts_of_the_right_code_exactly_one_succeeds(seeded):
    browser, csrf, code = await begun(seeded)

    async def post():
        return await browser.web.post("/sign-in/code", data={"csrf": csrf, "code": code})

    answers = await bounded([post] * 500)
    signed_in = [answer for answer in answers if answer.status_code == 303 and answer.headers["location"] == "/"]
    assert len(signed_in) == 1
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(SignedIn)) == 1


async def test_a_code_is_for_its_own_browser_purpose_and_time(seeded):
    browser, _, code = await begun(seeded)
    stranger = seeded.browser()
    assert (await stranger.get("/sign-in/code")).headers["location"] == "/sign-in"
    async with seeded.service.database.transaction(SYSTEM) as session:
        index = browser_index(seeded.service, browser.web.cookies["jawaz_sign_in"])
        sign_in = await open_sign_in(session, index, seeded.service.clock.now())
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert not await accept_code(seeded.service, session, REGISTRATION, sign_in.id, code)
    seeded.service.clock.advance(timedelta(seconds=301))
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert not await accept_code(seeded.service, session, SIGN_IN, sign_in.id, code)


async def test_arabic_digits_are_accepted(seeded):
    browser, _, code = await begun(seeded)
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert (await browser.code(arabic)).status_code == 303


async def test_an_authenticators_code_counts_once_and_only_now(seeded):
    officer = next(each for each in STAFF if each.role == "officer")
    seed = totp_seed_of("officer")
    code = pyotp.TOTP(seed).now()
    first, second = seeded.browser(), seeded.browser()
    for browser in (first, second):
        assert (await browser.password(officer.number)).status_code == 303
    assert (await first.code(code)).status_code == 303
    assert (await second.code(code)).status_code == 422
    old = pyotp.TOTP(seed).at(0)
    assert (await second.code(old)).status_code == 422


async def test_parallel_guesses_at_an_authenticator_are_bounded_too(seeded):
    officer = next(each for each in STAFF if each.role == "officer")
    browser = seeded.browser()
    await browser.password(officer.number)
    csrf = _CSRF.search((await browser.get("/sign-in/code")).text)[1]

    async def guess():
        return await browser.web.post("/sign-in/code", data={"csrf": csrf, "code": "000000"})

    await bounded([guess] * 60)
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(SignIn.guesses)) == 5


async def test_wrong_passwords_cost_a_growing_wait_and_never_more_than_ten_tries_an_hour(seeded):
    service = seeded.service

    async def attempt(password: str) -> Answer:
        return await enter_password(service, Try(HEAD.number, password, "b", "/", "ar"))

    said = [(await attempt("wrong")).said for _ in range(4)]
    assert said == [Said.NOT_RIGHT] * 3 + [Said.WAIT]
    evaluated, waits = 3, []
    for _ in range(30):
        answer = await attempt("wrong")
        if answer.said is Said.WAIT:
            waits.append(answer.wait)
            if answer.wait > 600:
                break
            service.clock.advance(timedelta(seconds=answer.wait))
        else:
            evaluated += 1
    assert evaluated == 10
    assert waits == sorted(waits)
    assert (await attempt(PASSWORD)).said is Said.WAIT
    service.clock.advance(timedelta(seconds=3600))
    assert (await attempt(PASSWORD)).said is Said.GO_ON


async def test_parallel_wrong_passwords_do_not_pass_the_limit(seeded):
    answers = await asyncio.gather(
        *(enter_password(seeded.service, Try(HEAD.number, f"wrong-{n}", "b", "/", "ar")) for n in range(24)),
        return_exceptions=True,
    )
    assert sum(isinstance(a, Answer) and a.said is Said.NOT_RIGHT for a in answers) <= 3


async def test_known_and_unknown_numbers_are_answered_alike(seeded):
    unknown = magic("001", block=7)
    pages = []
    for number in (HEAD.number, unknown):
        shown = await seeded.browser().password(number, "Wrong-password-1")
        pages.append((shown.status_code, re.sub(r'(csrf" value|number" value|data-options)="[^"]*"', "", shown.text)))
    assert pages[0][0] == pages[1][0] == 422
    assert pages[0] == pages[1]
    answers = []
    for number in (HEAD.number, unknown, magic("901"), magic("923")):
        answer = await seeded.web().post("/v1/accounts", json={"number": number, "mobile": "+966509876543"})
        answers.append((answer.status_code, sorted(answer.json())))
    assert answers == [(202, ["expires_at", "registration"])] * 4


async def test_an_unknown_number_costs_as_much_work_as_a_known_one(seeded):
    seen = []
    hasher = seeded.service.passwords

    class Counting:
        def verify(self, kept, password):
            seen.append(kept is not None)
            return type(hasher).verify(hasher, kept, password)

    seeded.service.passwords = Counting()
    for number in (HEAD.number, magic("001", block=7)):
        await enter_password(seeded.service, Try(number, "Wrong-password-1", "b", "/", "ar"))
    seeded.service.passwords = hasher
    assert seen == [True, False]


async def test_strangers_cannot_use_up_a_holders_codes(seeded):
    """Somebody registers with the holder's mobile as often as the limits let them; the holder still signs in."""
    for turn in range(10):
        await seeded.web(f"198.51.100.{turn}").post(
            "/v1/accounts", json={"number": magic("001", block=20 + turn), "mobile": HEAD.mobile}
        )
        seeded.service.clock.advance(timedelta(seconds=31))

    async def all_texts_have_arrived():
        waiting = sa.select(IntentRow.id).where(IntentRow.state.in_(["waiting", "sending", "unknown"]))
        async with seeded.service.database.transaction(SYSTEM) as session:
            return await session.scalar(waiting.limit(1)) is None

    await eventually(all_texts_have_arrived)  # else the sign-in would read a stranger's code
    assert len(await seeded.codes(HEAD.mobile)) <= 3
    browser = seeded.browser()
    assert (await browser.sign_in(HEAD.number, mobile=HEAD.mobile)).status_code == 303


async def test_a_prefix_gets_no_more_codes_an_hour_than_the_rule_however_many_ask(seeded):
    """Pumping: fifty mobiles of one prefix, each from an address of its own, with nothing proved."""
    service, waits = seeded.service, []
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        for turn in range(50):
            waits.append(
                await send_code(
                    service,
                    session,
                    REGISTRATION,
                    uuid4(),
                    person=magic("001", block=100 + turn),
                    mobile=f"+96650777{1000 + turn}",
                    language="ar",
                    source=f"198.51.100.{turn}",
                )
            )
    assert waits.count(0) == 30
    assert all(0 < wait <= 3601 for wait in waits[30:])


async def test_one_address_cannot_register_without_end(seeded):
    web = seeded.web("198.51.100.99")
    statuses = [
        (
            await web.post("/v1/accounts", json={"number": magic("001", block=40 + n), "mobile": "+966509876543"})
        ).status_code
        for n in range(25)
    ]
    assert statuses.count(202) == 20
    refused = await web.post("/v1/accounts", json={"number": magic("001"), "mobile": "+966509876543"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["slug"] == "too-many-registrations"


async def test_codes_stop_after_a_hundred_misses_until_somebody_proves_themselves(seeded):
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Account).where(Account.person == HEAD.number).values(code_misses=100))
    stopped = await seeded.browser().password(HEAD.number)
    assert stopped.status_code == 403
    assert "Codes for this account are stopped" in stopped.text


async def test_a_new_code_takes_the_old_ones_place_after_a_growing_wait(seeded):
    browser, csrf, code = await begun(seeded)
    early = await browser.web.post("/sign-in/code/again", data={"csrf": csrf})
    assert early.status_code == 429
    assert int(early.headers["retry-after"]) <= 60
    seeded.service.clock.advance(timedelta(seconds=61))
    assert (await browser.web.post("/sign-in/code/again", data={"csrf": csrf})).status_code == 303
    newer = await seeded.code_to(HEAD.mobile, 1)
    if newer != code:
        assert (await browser.code(code)).status_code == 422
    assert (await browser.code(newer)).status_code == 303


@pytest.mark.parametrize("brought", ["", "0" * 64])
async def test_a_form_without_its_proof_does_nothing(seeded, brought):
    browser = seeded.browser()
    await browser.get("/sign-in")
    answer = await browser.web.post(
        "/sign-in", data={"csrf": brought, "number": HEAD.number, "password": PASSWORD, "next": "/"}
    )
    assert answer.status_code == 400
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0
        assert await account_of(session, HEAD.number)


async def test_a_sign_in_leads_to_no_other_site(seeded):
    for number, wanted in enumerate(
        ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/oauth/authorize?\n")
    ):
        holder = HOLDERS[number]
        browser = seeded.browser()
        back = await browser.sign_in(holder.number, mobile=holder.mobile, next=wanted)
        assert back.headers["location"] == "/"


async def test_limits_are_kept_under_digests(seeded):
    await seeded.browser().password(HEAD.number, "wrong")
    async with seeded.service.database.transaction(SYSTEM) as session:
        keys = list(await session.scalars(sa.select(Allowance.key)))
    assert keys
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
