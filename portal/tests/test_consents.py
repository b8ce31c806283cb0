"""The page on which people see whom they allowed what, and take it back, in both languages."""

import re

import httpx2

from portal.tests.conftest import Gateway, sign_in

PATH = "/v1/me/consents"
ID = "01900000-0000-7000-8000-000000000001"


def word(code: str, ar: str, en: str) -> dict[str, object]:
    return {"code": code, "texts": {"ar": ar, "en": en}}


GIVEN = {
    "id": ID,
    "client": word("clinic", "العيادة <ب>", "The clinic <b>"),
    "knows": [word("profile", "اسمك ولغتك", "your name and language")],
    "given_at": "2026-11-22T08:00:00Z",
}


async def test_what_was_allowed_is_shown_and_a_button_takes_it_back(
    browser: httpx2.AsyncClient, gateway: Gateway
) -> None:
    gateway.lists = {PATH: {"items": [GIVEN], "next": "older"}}
    assert (await browser.get("/en/consents")).headers["location"] == "/en/sign-in"
    await sign_in(browser, gateway, "en")
    assert 'href="/en/consents"' in (await browser.get("/en/home")).text
    arabic = (await browser.get("/ar/consents?cursor=older")).text
    assert "العيادة &lt;ب&gt;" in arabic
    assert "سحب الإذن" in arabic
    assert gateway.asked[-1].url.params["cursor"] == "older"
    page = (await browser.get("/en/consents")).text
    for said in ("The clinic &lt;b&gt;", "your name and language", "Take it back", 'href="?cursor=older"'):
        assert said in page
    guard, key = (re.findall(rf'name="{name}" value="([^"]+)"', page)[0] for name in ("guard", "key"))
    target = f"/en/consents/{ID}/withdraw"
    stolen = await browser.post(target, data={"guard": "another", "key": key})
    assert stolen.status_code == 403
    assert not sent(gateway)
    done = await browser.post(target, data={"guard": guard, "key": key})
    assert (done.status_code, done.headers["location"]) == (303, "/en/consents?done=1")
    (asked,) = sent(gateway)
    assert (asked.url.path, asked.headers["idempotency-key"]) == (f"{PATH}/{ID}/withdraw", key)
    assert "access has ended" in (await browser.get("/en/consents?done=1")).text
    assert (await browser.post("/en/consents/everything/withdraw", data={"guard": guard})).status_code == 404


async def test_what_cannot_be_had_or_done_is_said(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    await sign_in(browser, gateway, "en")
    page = (await browser.get("/en/consents")).text
    assert "You have allowed no program" in page
    gateway.lists = {PATH: 403}
    assert "cannot be shown right now" in (await browser.get("/en/consents")).text
    gateway.lists = {PATH: {"items": [GIVEN], "next": None}, f"{PATH}/{ID}/withdraw": 409}
    guard = re.findall(r'name="guard" value="([^"]+)"', (await browser.get("/en/consents")).text)[0]
    failed = await browser.post(f"/en/consents/{ID}/withdraw", data={"guard": guard, "key": "KEY"})
    assert failed.status_code == 409
    assert "It has not been taken back yet" in failed.text
    assert "The clinic" in failed.text
    assert 'href="/ar/consents"' in failed.text
    gateway.lists[f"{PATH}/{ID}/withdraw"] = 401
    gone = await browser.post(f"/en/consents/{ID}/withdraw", data={"guard": guard, "key": "KEY"})
    assert gone.headers["location"] == "/en/sign-in"


def sent(gateway: Gateway) -> list[httpx2.Request]:
    return [each for each in gateway.asked if each.method == "POST" and each.url.path.startswith("/v1/")]
