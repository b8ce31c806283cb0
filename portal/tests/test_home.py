"""What the home page shows of the contract's lists, in both languages."""

import re

import httpx2
import pytest

from chassis.catalogue import Texts
from portal.sections import SECTIONS
from portal.tests.conftest import Gateway, sign_in

DAY = {"date": "2026-11-22", "hijri": "1448-06-12"}
APPLICATION = {
    "reference": "JWZ-26-TEST",
    "status": "in_review",
    "state": {"word": "being-handled", "texts": {"ar": "تحت المعالجة", "en": "being handled"}},
    "turn": {"word": "ours", "texts": {"ar": "علينا الدور", "en": "our turn"}},
    "opened_at": {"at": "2026-11-22T08:00:00Z", "day": DAY},
    "promised_on": DAY,
}
SHIPMENT = {
    "reference": "SHP-26-TEST",
    "state": {
        "code": "x",
        "texts": {"ar": "في الطريق", "en": "on its way"},
        "turn_texts": {"ar": "البريد", "en": "post"},
    },
    "opened_at": {"at": "2026-11-22T08:00:00Z", "hijri": "1448-06-12"},
    "promise": {"promised_by": {"at": "2026-11-23T08:00:00Z", "hijri": "1448-06-13"}},
}
NOTICE = {
    "reference": "NTC-26-TEST",
    "title": {"ar": "صدر جوازك", "en": "Your passport is ready"},
    "texts": {"ar": "نص الرسالة <b>", "en": "The words <b>"},
    "told_at": "2026-11-22T08:00:00Z",
}


@pytest.mark.parametrize(
    ("language", "words"), [("ar", ["تحت المعالجة", "في الطريق"]), ("en", ["being handled", "post"])]
)
async def test_requests_of_every_kind_are_shown_in_the_readers_language(
    browser: httpx2.AsyncClient, gateway: Gateway, language: str, words: list[str]
) -> None:
    gateway.lists = {
        "/v1/passport-applications": {"items": [APPLICATION], "next": "more"},
        "/v1/shipments": {"items": [SHIPMENT]},
        "/v1/notices": {"items": [NOTICE]},
    }
    await sign_in(browser, gateway, language)
    page = (await browser.get(f"/{language}/home")).text
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    for word in [*words, "JWZ-26-TEST", "SHP-26-TEST", "1448"]:
        assert word in page
    assert "<b> " not in page.replace("<b><bdi", "")
    assert "&lt;b&gt;" in page


async def test_a_list_that_cannot_be_had_is_not_shown_as_empty(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    gateway.lists = {"/v1/tickets": 403, "/v1/shipments": {"items": [SHIPMENT]}}
    await sign_in(browser, gateway, "en")
    page = (await browser.get("/en/home")).text
    assert page.count("cannot be shown right now") == 1
    assert "SHP-26-TEST" in page


async def test_the_portal_asks_the_contract_and_nothing_else(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    await sign_in(browser, gateway)
    await browser.get("/ar/home")
    asked = {request.url.path for request in gateway.asked}
    assert asked == {section.path for section in SECTIONS} | {"/oauth/token", "/oauth/jwks"}


@pytest.mark.parametrize("path", ["/ar", "/en", "/ar/signed-out", "/en/nothing-here"])
async def test_every_page_allows_nothing_but_its_own(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.findall(r"<script|style=|https?://", answer.text)


async def test_styles_and_fonts_are_kept_for_a_year(browser: httpx2.AsyncClient) -> None:
    sheet = re.search(r'href="(/static/[^"]+)"', (await browser.get("/ar")).text)
    assert sheet is not None
    styles = await browser.get(sheet[1])
    assert "immutable" in styles.headers["cache-control"]
    for font in set(re.findall(r'url\("([^"]+)"\)', styles.text)):
        answer = await browser.get(sheet[1].replace("site.css", font))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "font/woff2")


def test_every_section_has_its_words() -> None:
    texts = Texts("chassis", "portal")
    for section in SECTIONS:
        assert texts.both(f"section.{section.name}")
