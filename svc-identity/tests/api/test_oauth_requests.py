"""What an authorisation request may wish for: who, how fresh, how strong, which claims; and where errors go."""

import json
from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Sight
from identity.models import SignedIn
from identity.seeds import HOLDERS

HEAD, OTHER = HOLDERS[0], HOLDERS[2]


async def signed_in(house, holder=HEAD):
    browser = house.browser()
    assert (await browser.sign_in(holder.number, mobile=holder.mobile)).status_code == 303
    return browser


async def test_hints_values_and_ages_say_who_has_to_sign_in(seeded, driving, clients, claims_of):
    name = await clients.add("post")
    browser, other = await signed_in(seeded), await signed_in(seeded, OTHER)
    hint = (await clients.tokens(browser, name))["id_token"]
    theirs = (await clients.tokens(other, name))["id_token"]
    foreign = (await seeded.tokens(browser))["id_token"]
    access = (await clients.tokens(browser, name))["access_token"]

    async def asked(**wishes):
        answer = await browser.get(clients.url(name, **wishes))
        assert answer.status_code == 303, wishes
        return answer.headers["location"]

    sub = claims_of(hint)["sub"]
    as_head = json.dumps({"id_token": {"sub": {"value": sub}}})
    as_other = json.dumps({"id_token": {"sub": {"value": claims_of(theirs)["sub"], "essential": True}}})
    for good in (
        {"prompt": "none", "id_token_hint": hint},
        {"id_token_hint": hint},
        {"claims": as_head, "prompt": "none"},
        {"max_age": "10000"},
        {"login_hint": HEAD.number},
        {"display": "page", "ui_locales": "ar en", "claims_locales": "ar", "acr_values": "1 2", "unknown": "x"},
        {"display": "popup"},
        {"nonce": ""},
        {"state": "s" * 1000, "nonce": "n" * 1000},
        {"scope": "phone openid email profile address offline_access"},
    ):
        assert "code=" in await asked(**good), good
    assert (await asked(prompt="select_account")).startswith("/sign-in?")
    for again in ({"id_token_hint": theirs}, {"claims": as_other}, {"max_age": "0"}):
        assert (await asked(**again)).startswith("/sign-in?"), again
        silent = driving.query_of(await asked(**{**again, "prompt": "none"}))
        assert silent["error"] == "login_required", again
    for bad in (
        {"id_token_hint": "nonsense"},
        {"id_token_hint": hint[:-6] + "AAAAAA"},
        {"id_token_hint": foreign},
        {"id_token_hint": access},
        {"prompt": "none login"},
        {"claims": "{"},
        {"claims": "[]"},
        {"claims": '{"userinfo": []}'.replace("[]", '["name"]')},
        {"claims": '{"id_token": {"acr": "strong"}}'},
        {"registration": "{}"},
    ):
        given = driving.query_of(await asked(**bad))
        assert given["error"] in ("invalid_request", "registration_not_supported"), bad
        assert (given["state"], given["iss"]) == ("the-state", driving.ISSUER), bad
    # A hint may be a national ID: it goes no further, and what is needed after the sign-in does.
    away = driving.query_of(await asked(prompt="login", login_hint=HEAD.number, ui_locales="en"))
    assert away["ui_locales"] == "en"
    assert HEAD.number not in str(away)
    assert driving.query_of(away["next"])["state"] == "the-state"


async def test_claims_are_given_by_scope_and_by_name_and_only_what_the_client_may_know(
    seeded, driving, clients, claims_of
):
    browser = await signed_in(seeded)
    full = await clients.add("full")
    narrow = await clients.add("narrow", scopes=["openid", "profile"])
    wish = json.dumps(
        {
            "userinfo": {"name": {"essential": True}, "phone_number": None, "nonsense": None},
            "id_token": {"phone_number": None, "auth_time": {"essential": True}, "acr": {"essential": True}},
        }
    )
    tokens = await clients.tokens(browser, full, scope="openid", claims=wish)
    told, of_id = (await clients.userinfo(tokens["access_token"])).json(), claims_of(tokens["id_token"])
    assert set(told) == {"sub", "name", "phone_number"}
    assert of_id["phone_number"] == HEAD.mobile
    assert (of_id["acr"], of_id["nonce"], of_id["at_hash"] != "") == ("pwd+sms", "the-nonce", True)
    assert {"sms", "pwd"} <= set(of_id["amr"])
    told = (
        await clients.userinfo(
            (await clients.tokens(browser, narrow, scope="openid phone", claims=wish))["access_token"]
        )
    ).json()
    assert set(told) == {"sub", "name"}
    assert HEAD.number not in str(told) + str(of_id)

    web, bearer = clients.web, driving.bearer(tokens["access_token"])
    posted = await web.post("/oauth/userinfo", headers=bearer)
    in_body = await web.post("/oauth/userinfo", data={"access_token": tokens["access_token"]})
    small = await web.get("/oauth/userinfo", headers={"Authorization": f"bearer {tokens['access_token']}"})
    assert posted.json() == in_body.json() == small.json()
    in_address = await web.get("/oauth/userinfo", params={"access_token": tokens["access_token"]})
    assert in_address.status_code == 401
    assert in_address.headers["www-authenticate"] == "Bearer"
    without = await clients.tokens(browser, full, scope="profile")
    assert "id_token" not in without
    refused = await clients.userinfo(without["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")

    stronger = json.dumps({"id_token": {"acr": {"essential": True, "values": ["passkey"]}}})
    weak = driving.query_of((await browser.get(clients.url(full, claims=stronger))).headers["location"])
    assert weak["error"] == "unmet_authentication_requirements"
    enough = json.dumps({"id_token": {"acr": {"essential": True, "values": ["passkey", "pwd+sms"]}}})
    assert "code=" in (await browser.get(clients.url(full, claims=enough))).headers["location"]


async def test_a_freshness_that_was_asked_for_is_given_once_and_does_not_go_round(seeded, driving, clients, claims_of):
    name, browser = await clients.add("post"), await signed_in(seeded)
    async with seeded.service.database.transaction(Sight.system("test")) as session:
        await session.execute(sa.update(SignedIn).values(signed_in_at=SignedIn.signed_in_at - timedelta(seconds=100)))
    before = claims_of((await clients.tokens(browser, name))["id_token"])
    for wish in ({"max_age": "0"}, {"max_age": "10"}, {"prompt": "login"}):
        assert (await browser.get(clients.url(name, **wish))).headers["location"].startswith("/sign-in?"), wish
    to_sign_in = (await browser.get(clients.url(name, max_age="0"))).headers["location"]
    seeded.service.clock.advance(timedelta(seconds=60))
    back = await browser.sign_in(HEAD.number, mobile=HEAD.mobile, next=driving.query_of(to_sign_in)["next"])
    answer = await browser.get(back.headers["location"])
    exchanged = await clients.exchange(name, driving.query_of(answer.headers["location"])["code"])
    after = claims_of(exchanged.json()["id_token"])
    assert after["auth_time"] >= before["auth_time"] + 99
    assert after["sub"] == before["sub"]
