"""Accounts asked for, and mobile and e-mail changed, on plain pages: what is wrong stands beside its field."""

import re

from chassis.testing.fixtures import eventually
from identity.seeds import HOLDERS, PASSWORD

HOLDER = HOLDERS[0]
NUMBER, MOBILE, NEW_MOBILE = "1000000107", "+966507654329", "+966507654330"
BORDER, VISITORS_MOBILE, EMAIL = "3000123450", "+966507654321", "first@example.org"
_LETTERS_CODE = re.compile(r"\b(\d{6})\b")


def said(page, field):
    """What is the matter with a field: once above, with a link, and once beside it."""
    above = re.search(rf'<a href="#{field}">([^<]+)</a>', page.text)
    beside = re.search(rf'id="{field}-wrong">([^<]+)</p>', page.text)
    assert above, page.text
    assert beside, page.text
    assert above[1] == beside[1]
    assert re.search(rf'<input id="{field}"[^>]*aria-invalid="true"', page.text)
    return above[1]


async def confirmed(browser, shown, code, password="Open-7-it"):
    kept = dict(re.findall(r'name="(csrf|registration)" value="([^"]+)"', shown.text))
    return await browser.web.post("/register/confirm", data={**kept, "code": code, "password": password})


async def test_a_citizen_asks_for_an_account_and_is_told_what_is_wrong_and_what_comes_next(seeded):
    browser = seeded.browser()
    wrong = await browser.form("/register", "/register", number="1000000000", mobile="12", email="nobody")
    assert wrong.status_code == 422
    assert "not right" in said(wrong, "number")
    assert said(wrong, "mobile")
    assert said(wrong, "email")
    assert 'value="1000000000"' in wrong.text
    empty = await browser.form("/register?lang=ar", "/register", number="١٠٠٠٠٠٠١٠٧")
    assert said(empty, "mobile") == "لم يُكتب: جوالك."
    assert 'id="number-wrong"' not in empty.text
    stolen = await browser.web.post("/register", data={"csrf": "no", "number": NUMBER, "mobile": MOBILE})
    assert stolen.status_code == 400
    asked = await browser.form("/register?lang=en", "/register", number="١٠٠٠٠٠٠١٠٧", mobile="0507654329")
    code = await seeded.code_to(MOBILE)
    weak = await confirmed(browser, asked, code, "short")
    assert (weak.status_code, "short" in said(weak, "password")) == (422, True)
    bad = await confirmed(browser, asked, "000000" if code != "000000" else "000001")
    assert (bad.status_code, "start again" in said(bad, "code")) == (422, True)
    done = await confirmed(browser, asked, code)
    assert done.status_code == 200
    assert "waits for activation" in done.text
    assert "identity document" in done.text
    # Somebody who has an account is answered alike, and gets no code.
    known = await browser.form("/register", "/register", number=HOLDER.number, mobile=NEW_MOBILE)
    assert re.sub(r'value="[^"]+"', "", known.text) == re.sub(r'value="[^"]+"', "", asked.text)
    assert await seeded.codes(NEW_MOBILE) == []


async def test_a_visitor_is_active_by_their_passport_on_pages_alone(seeded):
    person = await seeded.bodies.registry.person(BORDER)
    browser, passport = seeded.browser(), person.foreign_passport
    page = "/register/visitor"
    nothing = await browser.form(page, page, mobile=VISITORS_MOBILE)
    assert "border number" in said(nothing, "passport_number")
    half = await browser.form(page, page, mobile=VISITORS_MOBILE, passport_number="A1", passport_born_on="yesterday")
    assert said(half, "passport_nationality") == "Missing: Nationality code."
    assert said(half, "passport_number")
    assert "Gregorian" in said(half, "passport_born_on")
    asked = await browser.form(
        page,
        page,
        passport_number=passport.number.lower(),
        passport_nationality=person.nationality,
        passport_born_on=person.born_on.isoformat(),
        mobile=VISITORS_MOBILE,
    )
    done = await confirmed(browser, asked, await seeded.code_to(VISITORS_MOBILE))
    assert "Your account is active" in done.text
    assert (await browser.sign_in(BORDER, mobile=VISITORS_MOBILE, password="Open-7-it")).status_code == 303


async def test_mobile_and_email_are_changed_by_codes_that_came_back(seeded):
    browser, page = seeded.browser(), "/account/contact"
    assert (await browser.get(page)).headers["location"].startswith("/sign-in")
    assert (await browser.sign_in(HOLDER.number, mobile=HOLDER.mobile)).status_code == 303
    assert HOLDER.mobile not in (await browser.get(page)).text
    assert said(await browser.form(page, f"{page}/email", email="nobody"), "email")
    asked = await browser.form(page, f"{page}/email", email=EMAIL)
    assert (asked.status_code, asked.headers["location"]) == (303, f"{page}/email")

    async def letter():
        sent = (await seeded.bodies.web.get("/control/mail", params={"to": EMAIL})).json()
        return _LETTERS_CODE.search(sent[-1]["text"])[1] if sent else None

    code = await eventually(letter)
    wrong = await browser.form(f"{page}/email", f"{page}/email/confirm", code="0000")
    assert (wrong.status_code, bool(said(wrong, "code"))) == (422, True)
    done = await browser.form(f"{page}/email", f"{page}/email/confirm", code=code)
    assert done.headers["location"] == f"{page}?done=email"
    assert EMAIL in (await browser.get(done.headers["location"])).text
    assert "already" in said(await browser.form(page, f"{page}/email", email=EMAIL), "email")
    not_theirs = await browser.form(page, f"{page}/mobile", mobile=NEW_MOBILE, password="Wrong-1234")
    assert said(not_theirs, "password")
    same = await browser.form(page, f"{page}/mobile", mobile=HOLDER.mobile, password=PASSWORD)
    assert (same.status_code, bool(said(same, "mobile"))) == (409, True)
    changing = await browser.form(page, f"{page}/mobile", mobile=NEW_MOBILE, password=PASSWORD)
    target = changing.headers["location"]
    bound = await browser.form(target, f"{target}/confirm", code=await seeded.code_to(NEW_MOBILE))
    assert bound.headers["location"] == f"{page}?done=mobile"
    shown = (await browser.get(bound.headers["location"])).text
    assert "…330" in shown
    assert "paused until" in shown
