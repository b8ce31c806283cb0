"""The page on which people read who looked at their data, in both languages."""

import httpx2

from portal.tests.conftest import Gateway, sign_in

PATH = "/v1/me/record-access"


def word(code: str, ar: str, en: str) -> dict[str, object]:
    return {"code": code, "texts": {"ar": ar, "en": en}}


LOOK = {
    "id": "01900000-0000-7000-8000-000000000001",
    "at": "2026-11-22T08:00:00Z",
    "what": "looked",
    "service": word("passport", "الجوازات", "Passports"),
    "by": {"standing": word("officer", "ضابط الجوازات", "Passport officer"), "office": "riyadh-main"},
    "object": "JWZ-7K3M-Q9RT-2XWA",
    "purpose": word("assigned-case", "طلب محال إليه", "A case assigned to them"),
}
ACT = LOOK | {
    "what": "acted",
    "by": {"standing": word("household_head", "رب الأسرة", "Head of your household"), "number_ending": "…008"},
    "purpose": None,
    "action": word("submit", "إرسال الطلب", "Sent the request"),
}


async def test_looks_and_acts_of_others_are_shown_with_who_and_why(
    browser: httpx2.AsyncClient, gateway: Gateway
) -> None:
    gateway.lists = {PATH: {"items": [LOOK, ACT], "next": "older"}}
    assert (await browser.get("/en/record-access")).headers["location"] == "/en/sign-in"
    await sign_in(browser, gateway, "en")
    assert 'href="/en/record-access"' in (await browser.get("/en/home")).text
    page = (await browser.get("/en/record-access")).text
    for said in ("Passport officer", "riyadh-main", "A case assigned to them", "…008", "Sent the request", "JWZ-7K3M"):
        assert said in page
    assert 'href="?cursor=older"' in page
    arabic = (await browser.get("/ar/record-access?cursor=older")).text
    assert "ضابط الجوازات" in arabic
    assert 'dir="rtl"' in arabic
    assert gateway.asked[-1].url.params["cursor"] == "older"


async def test_what_cannot_be_had_is_not_shown_as_nobody(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    await sign_in(browser, gateway, "en")
    assert "Nobody has looked" in (await browser.get("/en/record-access")).text
    gateway.lists = {PATH: 503}
    assert "Nobody has looked" not in (await browser.get("/en/record-access")).text
    gateway.lists = {PATH: 401}
    assert (await browser.get("/en/record-access")).headers["location"] == "/en/sign-in"
