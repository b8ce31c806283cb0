"""Bad input at identity's doors: each gets a stable slug in two languages, and loses nothing."""

import re

from partners.testing import magic

GOOD = {"number": "1000190007", "mobile": "0501190007"}


WRONG = [
    ({"number": "1000190008"}, "person-number-not-valid"),
    ({"number": "3000190007"}, "person-number-not-valid"),
    ({"number": "nonsense"}, "person-number-not-valid"),
    ({"mobile": "0112345678"}, "mobile-not-valid"),
    ({"email": "not an address"}, "email-not-valid"),
    ({"language": "fr"}, "literal_error"),
    ({"status": "active"}, "extra_forbidden"),
    ({"kind": "staff"}, "extra_forbidden"),
]


async def test_a_field_that_is_not_right_is_named_with_its_reason(house):
    web = house.web()
    for changed, code in WRONG:
        answer = await web.post("/v1/accounts", json=GOOD | changed)
        assert answer.status_code == 422, changed
        assert answer.headers["content-type"] == "application/problem+json"
        assert [field["code"] for field in answer.json()["details"]["fields"]] == [code]
        assert set(answer.json()["texts"]) == {"ar", "en"}
        assert str(next(iter(changed.values()))) not in answer.text.replace("status", "")


async def test_arabic_digits_in_numbers_are_folded(house):
    arabic = GOOD["number"].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    answer = await house.web().post("/v1/accounts", json={"number": arabic, "mobile": "٠٥٠١١٩٠٠٠٧"})
    assert answer.status_code == 202


async def test_bodies_that_cannot_be_read_are_refused(house):
    web = house.web()
    json_type = {"content-type": "application/json"}
    assert (await web.post("/v1/accounts", content=b"{", headers=json_type)).json()["slug"] == "malformed-json"
    assert (await web.post("/v1/accounts", content=b"[]", headers=json_type)).status_code == 422
    assert (await web.post("/v1/accounts", content=b" " * (1 << 21), headers=json_type)).status_code == 413


async def test_a_weak_password_is_refused_with_every_fault_and_costs_no_guess(house):
    asked = await house.web().post("/v1/accounts", json={"number": magic("001"), "mobile": "+966501190007"})
    body = {"registration": asked.json()["registration"], "code": "000000", "password": "short"}
    answer = await house.web().post("/v1/accounts/confirmations", json=body)
    assert answer.status_code == 422
    assert answer.json()["details"]["faults"] == [
        "password-too-short",
        "password-lacks-upper",
        "password-lacks-digit",
    ]


async def test_an_unknown_registration_and_a_wrong_code_are_refused_alike(house):
    mobile = "+966507654321"
    asked = await house.web().post("/v1/accounts", json={"number": magic("001"), "mobile": mobile})
    await house.code_to(mobile)
    answers = []
    for registration in (asked.json()["registration"], "01900000-0000-7000-8000-000000000001"):
        body = {"registration": registration, "code": "000000", "password": "Sesame-open-7"}
        answer = await house.web().post("/v1/accounts/confirmations", json=body)
        answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
    assert answers[0] == answers[1]
    assert answers[0][0] == 409


async def test_nothing_personal_is_logged(seeded, capsys):
    browser = seeded.browser()
    await browser.sign_in("1000190007", mobile="+966501190007")
    await seeded.tokens(browser)
    await browser.password("1000190007", "Secret-wrong-9")
    said = capsys.readouterr().out
    assert "request.answered" in said
    for secret in ("1000190007", "501190007", "Secret-wrong-9", "Jawaz-demo-2026", "jawaz_session"):
        assert secret not in said


async def test_pages_speak_two_languages_and_run_no_script_but_our_own_file(house):
    web = house.web()
    for language, direction in (("ar", "rtl"), ("en", "ltr")):
        page = await web.get("/sign-in", params={"lang": language})
        assert f'<html lang="{language}" dir="{direction}">' in page.text
        assert re.findall("<script[^>]*>", page.text) == re.findall(
            r'<script src="/sign-in/static/[0-9a-f]{12}/passkey\.js" defer>', page.text
        )
        assert "style=" not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-language"] == language
    assert (await web.get("/sign-in")).headers["content-language"] == "en"
    assert "script-src" not in (await web.get("/sign-out")).headers["content-security-policy"]
    style = await web.get(re.search(r"/sign-in/static/[^\"]+css", page.text)[0])
    assert style.headers["content-type"].startswith("text/css")
    assert not {"left:", "right:", "margin-left", "padding-right"} & set(style.text.split())


async def test_cookies_are_kept_from_scripts_and_other_sites(seeded):
    browser = seeded.browser()
    first = await browser.get("/sign-in")
    assert "jawaz_sign_in=" in first.headers["set-cookie"]
    done = await browser.sign_in("1000190007", mobile="+966501190007")
    cookie = done.headers["set-cookie"]
    assert "jawaz_session=" in cookie
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/" in cookie
