"""Which tokens open the door: identity's own, for this audience, now. Nothing else does."""

import asyncio
import time

import pytest

from chassis.testing.token_corpus import REFUSED

ROUTE = "/v1/me"


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("route", [ROUTE, "/v1/services"], ids=["guarded", "public"])
async def test_a_wrong_token_is_refused_even_where_none_is_needed(front, mint, name, route):
    before = len(front.seen)
    answer = await front.ask("GET", route, [("Authorization", f"Bearer {REFUSED[name](mint)}")])
    assert (answer.status, answer.slug, len(front.seen)) == (401, "token-refused", before)
    assert answer.header("www-authenticate") == 'Bearer error="invalid_token"'


ACCEPTED = {
    "plain": lambda m: m.token(),
    "audience list with us": lambda m: m.token(aud=["a", "urn:jawaz:api"]),
    "typ in full": lambda m: m.token(header={"typ": "application/at+jwt"}),
    "typ in capitals": lambda m: m.token(header={"typ": "AT+JWT"}),
    "expired within the skew": lambda m: m.token(iat=int(time.time()) - 300, exp=int(time.time()) - 30),
    "issued within the skew": lambda m: m.token(iat=int(time.time()) + 30, exp=int(time.time()) + 300),
    "no session": lambda m: m.token(sid=None),
}


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_good_token_is_accepted_and_goes_on_unchanged(front, mint, name, scheme):
    token = ACCEPTED[name](mint)
    answer = await front.ask("GET", ROUTE, [("Authorization", f"{scheme} {token}")])
    assert answer.status == 200
    assert dict(answer.json()["headers"])["authorization"] == f"{scheme} {token}"


async def test_no_token_is_needed_only_where_the_table_says_so(front):
    for route in front.gateway.routes.all:
        path = route.prefix.replace("*", "1")
        answer = await front.ask("GET", path)
        if route.public:
            assert answer.status == 200, path
        else:
            assert (answer.status, answer.slug, answer.header("www-authenticate")) == (
                401,
                "token-missing",
                "Bearer",
            ), path


async def test_another_scheme_is_no_token(front):
    assert (await front.ask("GET", ROUTE, [("Authorization", "Basic eDp5")])).slug == "token-missing"
    assert (await front.ask("POST", "/oauth/token", [("Authorization", "Basic eDp5")])).status == 200


async def test_a_token_seen_before_is_not_verified_again_and_dies_on_time(workshop, mint):
    seen = []
    identity, address = await workshop.service("identity", seen)
    front = await workshop.front({"identity": address}, "[tokens]\nskew = 0\n")
    bearer = mint.bearer(exp=int(time.time()) + 2)
    for _ in range(5):
        assert (await front.ask("GET", ROUTE, [bearer])).status == 200
    assert len(front.gateway.tokens) == 1
    assert identity.jwks_asked == 1
    await asyncio.sleep(2.1)
    assert (await front.ask("GET", ROUTE, [bearer])).slug == "token-refused"


async def test_an_ended_session_is_refused_at_once_and_stays_so(workshop, mint):
    _, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address})
    mine, other = mint.bearer(sid="ended"), mint.bearer(sid="going-on")
    assert (await front.ask("GET", ROUTE, [mine])).status == 200
    front.gateway.drop(["ended"], {})
    assert (await front.ask("GET", ROUTE, [mine])).slug == "token-refused"
    assert (await front.ask("GET", ROUTE, [mint.bearer(sid="ended", jti="2")])).slug == "token-refused"
    assert (await front.ask("GET", ROUTE, [other])).status == 200


async def test_remembered_tokens_are_bounded(workshop, mint):
    _, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, "[tokens]\ncached = 10\n")
    for n in range(30):
        assert (await front.ask("GET", ROUTE, [mint.bearer(jti=str(n))])).status == 200
        assert len(front.gateway.tokens) <= 10


async def test_a_new_key_is_fetched_but_not_for_every_unknown_one(workshop, mint):
    identity, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, "[tokens]\nkeys_asked_every = 0.3\n")
    assert (await front.ask("GET", ROUTE, [mint.bearer()])).status == 200
    fresh = mint.bearer(header={"kid": "second"}, key=mint.next_key)
    for _ in range(10):
        assert (await front.ask("GET", ROUTE, [fresh])).slug == "token-refused"
    assert identity.jwks_asked == 1
    mint.published.append(mint.next_key)
    try:
        await asyncio.sleep(0.35)
        assert (await front.ask("GET", ROUTE, [fresh])).status == 200
        assert identity.jwks_asked == 2
    finally:
        mint.published.remove(mint.next_key)


async def test_keys_outlive_identity(workshop, mint):
    asked = 0

    async def talk(reader, writer):
        nonlocal asked
        while True:
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            if asked > 1:
                return
            body = mint.jwks()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    keys = await workshop.scripted(talk)
    _, passport = await workshop.service("passport", [])
    front = await workshop.front(
        {"passport": passport, "identity": keys},
        "[tokens]\nkeys_kept = 0.1\nkeys_asked_every = 0.05\n[ends]\nevery = 0\n",
        jwks_url=f"{keys}/oauth/jwks",
    )
    for n in range(4):
        assert (await front.ask("GET", "/v1/passports", [mint.bearer(jti=str(n))])).status == 200
        await asyncio.sleep(0.15)
    assert asked > 1


async def test_without_any_key_nobody_is_judged(workshop, mint):
    _, passport = await workshop.service("passport", [])
    front = await workshop.front({"passport": passport}, jwks_url="http://127.0.0.1:9/keys")
    answer = await front.ask("GET", "/v1/passports", [mint.bearer()])
    assert (answer.status, answer.slug) == (503, "service-unavailable")
    assert int(answer.header("retry-after") or 0) >= 1
