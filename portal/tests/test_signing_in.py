"""Signing in and out of the portal, and what must not work."""

import re

import httpx2
import pytest

from portal.tests.conftest import Gateway, sign_in


async def test_a_person_signs_in_and_lands_at_their_requests(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    landed = await sign_in(browser, gateway)
    assert (landed.status_code, landed.headers["location"]) == (303, "/ar/home")
    assert (await browser.get("/ar/home")).status_code == 200


async def test_no_token_is_readable_in_the_browser(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    landed = await sign_in(browser, gateway)
    (kept,) = [each for each in landed.headers.get_list("set-cookie") if each.startswith("portal=")]
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept
    assert "eyJ" not in kept
    assert not any(refresh in kept for refresh in gateway.refreshes)


@pytest.mark.parametrize("change", [("state=", "state=x"), ("iss=http", "iss=https"), ("code=", "nocode=")])
async def test_an_answer_that_is_not_ours_signs_nobody_in(
    browser: httpx2.AsyncClient, gateway: Gateway, change: tuple[str, str]
) -> None:
    sent = await browser.get("/en/sign-in")
    answer = await browser.get(gateway.authorise(sent.headers["location"]).replace(*change))
    assert answer.status_code == 400
    assert (await browser.get("/en/home")).headers["location"] == "/en/sign-in"


async def test_another_browsers_answer_signs_nobody_in(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    sent = await browser.get("/ar/sign-in")
    back = gateway.authorise(sent.headers["location"])
    browser.cookies.clear()
    assert (await browser.get(back)).status_code == 400


async def test_a_spent_code_signs_nobody_in(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    sent = await browser.get("/ar/sign-in")
    back = gateway.authorise(sent.headers["location"])
    gateway.codes.clear()
    assert (await browser.get(back)).status_code == 400


async def test_a_token_near_its_end_is_refreshed_unseen(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    gateway.lifetime = 1
    await sign_in(browser, gateway)
    first = set(gateway.refreshes)
    assert (await browser.get("/ar/home")).status_code == 200
    assert gateway.refreshes.isdisjoint(first)


async def test_a_session_ended_elsewhere_asks_to_sign_in_again(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    gateway.lifetime = 1
    await sign_in(browser, gateway)
    gateway.refreshes.clear()
    assert (await browser.get("/ar/home")).headers["location"] == "/ar/sign-in"


async def test_sign_out_ends_both_ends_and_needs_our_own_form(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    await sign_in(browser, gateway)
    page = (await browser.get("/ar/home")).text
    guard = re.search(r'name="guard" value="([^"]+)"', page)
    assert guard is not None
    assert (await browser.post("/ar/sign-out", data={"guard": "forged"})).status_code == 403
    assert not gateway.revoked
    out = await browser.post("/ar/sign-out", data={"guard": guard[1]})
    assert out.headers["location"].startswith("http://localhost:8080/oauth/end-session?")
    assert len(gateway.revoked) == 1
    assert (await browser.get("/ar/home")).headers["location"] == "/ar/sign-in"


async def test_a_gateway_that_is_away_signs_nobody_out(browser: httpx2.AsyncClient, gateway: Gateway) -> None:
    gateway.lifetime = 1
    await sign_in(browser, gateway)
    gateway.down = True
    assert (await browser.get("/ar/home")).status_code == 503
    gateway.down = False
    assert (await browser.get("/ar/home")).status_code == 200
