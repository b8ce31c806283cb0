"""The page of authorisations in both languages: lists, forms and buttons, each request made once and guarded."""

import re
from typing import Any

import httpx2
import pytest

from chassis.catalogue import Texts
from portal.authorisations import TARGETS, wish_of
from portal.tests.conftest import Gateway, sign_in

GIVEN: dict[str, Any] = {
    "id": "01900000-0000-7000-8000-000000000050",
    "reference": "AUT-7K3M-Q9RT-2XWA",
    "service": "exit_reentry",
    "service_texts": {"ar": "تأشيرة الخروج والعودة", "en": "exit and re-entry visa"},
    "status": "draft",
    "state": {"state": "draft", "texts": {"ar": "بانتظار رمز التأكيد", "en": "waiting for the code"}},
    "given": True,
    "grantor": {"number": "2000000006", "names": None, "is_me": True},
    "grantee": {"number": "1000000008", "names": None, "is_me": False},
    "starts_on": "2026-11-22",
    "ends_on": "2026-12-22",
    "narrowed_to": None,
    "uses_allowed": 2,
    "uses": 0,
    "moves": ["confirm", "withdraw", "something-new"],
}
RECEIVED = {
    **GIVEN,
    "given": False,
    "grantor": {"number": "2000000006", "names": {"ar": "خالد <b>", "en": "Khalid <b>"}, "is_me": False},
    "moves": ["accept", "reject"],
}
SERVICES = [
    {"code": "exit_reentry", "texts": {"ar": "خروج وعودة", "en": "exit and re-entry"}, "carried": True},
    {"code": "final_exit", "texts": {"ar": "خروج نهائي", "en": "final exit"}, "carried": False},
]
REFUSED = {
    "slug": "requirements-missing",
    "texts": {"ar": {"title": "ع", "detail": "لا يمكن"}, "en": {"title": "t", "detail": "It cannot be done."}},
    "details": {"requirements": [{"texts": {"ar": "لا حساب", "en": "There is no active account"}}]},
}


@pytest.fixture
def listed(gateway: Gateway) -> Gateway:
    gateway.lists = {
        "/v1/authorisations": {"items": [GIVEN, RECEIVED], "next": None},
        "/v1/authorisations/services": SERVICES,
    }
    return gateway


def hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


def sent(gateway: Gateway) -> list[httpx2.Request]:
    return [each for each in gateway.asked if each.method == "POST" and each.url.path.startswith("/v1/")]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", ["بانتظار رمز التأكيد", "تأكيد", "قبول"]), ("en", ["waiting for the code", "Confirm", "Accept", "…0008"])],
)
async def test_both_lists_are_shown_with_the_moves_the_contract_opens(
    browser: httpx2.AsyncClient, listed: Gateway, language: str, words: list[str]
) -> None:
    await sign_in(browser, listed, language)
    page = (await browser.get(f"/{language}/authorisations")).text
    for word in words:
        assert word in page
    assert "&lt;b&gt;" in page
    assert "1000000008" not in page
    assert "something-new" not in page
    assert 'value="exit_reentry"' in page
    assert 'value="final_exit"' not in page
    keys = hidden(page, "key")
    assert len(keys) == len(set(keys)) > 5
    assert not re.findall(r"<script|style=|https?://", page)


async def test_a_form_is_sent_once_under_its_own_key_and_only_from_this_page(
    browser: httpx2.AsyncClient, listed: Gateway
) -> None:
    await sign_in(browser, listed, "en")
    page = (await browser.get("/en/authorisations")).text
    guard, key = hidden(page, "guard")[-1], hidden(page, "key")[-1]
    form = {
        "grantee": "1000000008",
        "grantee_born_on": "1990-01-01",
        "service": "exit_reentry",
        "ends_on": "2026-12-01",
    }
    stolen = await browser.post("/en/authorisations", data={**form, "key": key, "guard": "another"})
    assert (stolen.status_code, sent(listed)) == (403, [])
    empty = {"starts_on": "", "narrowed_to": " ", "uses_allowed": "3"}
    answer = await browser.post("/en/authorisations", data={**form, **empty, "key": key, "guard": guard})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/authorisations")
    (asked,) = sent(listed)
    assert (asked.url.path, asked.headers["idempotency-key"]) == ("/v1/authorisations", key)
    assert asked.read().decode().replace(" ", "").endswith('"uses_allowed":3}')
    await browser.post(
        "/en/authorisations", data={"grantor": "2000000006", "service": "exit_reentry", "key": "K", "guard": guard}
    )
    assert sent(listed)[-1].url.path == "/v1/authorisation-requests"


async def test_a_button_makes_its_move_and_a_refusal_is_said_in_words(
    browser: httpx2.AsyncClient, listed: Gateway
) -> None:
    await sign_in(browser, listed, "en")
    guard = hidden((await browser.get("/en/authorisations")).text, "guard")[0]
    base = f"/en/authorisations/{GIVEN['id']}"
    for move, target in TARGETS.items():
        answer = await browser.post(f"{base}/{move}", data={"guard": guard, "key": f"K-{move}"})
        assert answer.status_code == 303
        assert sent(listed)[-1].url.path == target.format(id=GIVEN["id"])
    count = len(sent(listed))
    await browser.post(f"{base}/take-over-the-world", data={"guard": guard, "key": "K"})
    assert len(sent(listed)) == count
    listed.refusals[f"/v1/authorisations/{GIVEN['id']}/confirm"] = REFUSED
    refused = await browser.post(f"{base}/confirm", data={"guard": guard, "key": "K", "code": "123456"})
    assert refused.status_code == 409
    assert "It cannot be done. There is no active account" in refused.text
    assert 'href="/ar/authorisations"' in refused.text


async def test_nobody_signed_in_is_sent_to_sign_in_and_an_absent_list_is_not_an_empty_one(
    browser: httpx2.AsyncClient, listed: Gateway
) -> None:
    assert (await browser.get("/ar/authorisations")).headers["location"] == "/ar/sign-in"
    await sign_in(browser, listed, "en")
    listed.lists["/v1/authorisations"] = 403
    page = (await browser.get("/en/authorisations")).text
    assert page.count("cannot be shown right now") == 2


def test_what_is_left_empty_is_left_out() -> None:
    assert wish_of({"a": " ", "b": " x ", "uses_allowed": "2"}) == {"b": "x", "uses_allowed": 2}


def test_every_move_has_its_words() -> None:
    texts = Texts("chassis", "portal")
    for move in TARGETS:
        assert texts.both(f"authorisations.move.{move}")


async def test_its_paper_has_both_names_both_calendars_and_where_to_check_it(
    browser: httpx2.AsyncClient, listed: Gateway
) -> None:
    await sign_in(browser, listed, "ar")
    place = f"/v1/authorisations/{GIVEN['id']}"
    sides = {"grantor": {**RECEIVED["grantor"], "is_me": True}, "grantee": {**GIVEN["grantee"]}}
    listed.lists[place] = {**GIVEN, **sides, "status": "accepted", "narrowed_to": "2000000014"}
    paper = (await browser.get(f"/ar/authorisations/{GIVEN['id']}/paper")).text
    for word in ("AUT-7K3M-Q9RT-2XWA", "خالد", "Khalid", "…0006", "…0008", "…0014", "هـ", "/authorisation-check"):
        assert word in paper
    assert not [number for number in ("2000000006", "1000000008", "2000000014") if number in paper]
    assert f'href="/en/authorisations/{GIVEN["id"]}/paper"' in paper
    assert "غير ساري" not in paper
    listed.lists[place] = {**GIVEN, "status": "withdrawn"}
    assert "not in force now" in (await browser.get(f"/en/authorisations/{GIVEN['id']}/paper")).text
    listed.lists[place] = 404
    assert (await browser.get(f"/en/authorisations/{GIVEN['id']}/paper")).status_code == 404
    assert (await browser.get("/en/authorisations/no-uuid/paper")).status_code in (404, 405)
