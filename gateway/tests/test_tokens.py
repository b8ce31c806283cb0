"""Which tokens open the door: identity's own, for this audience, now. Nothing else does."""

import asyncio
import base64
import hashlib
import hmac
import time

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

ROUTE = "/v1/me"


def part(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else orjson.dumps(value)).rstrip(b"=").decode()


def signed_with_the_public_key(mint):
    """HS256 with identity's public key as the secret: the classic confusion."""
    head = part({"alg": "HS256", "typ": "at+jwt", "kid": "first"}) + "." + part(mint.claims())
    mac = hmac.new(mint.key.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{part(mac)}"


def with_another_payload(mint, **changes):
    head, _, signature = mint.token().split(".")
    return f"{head}.{part(mint.claims(**changes))}.{signature}"


def ec_token(mint):
    key = ECKey.generate_key("P-256", {"kid": "first"})
    return jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": "first"}, orjson.dumps(mint.claims()), key, ["ES256"]
    )


def with_algorithm(mint, algorithm):
    """Really signed by identity's key, but not the way identity signs."""
    key = RSAKey.import_key(mint.key.as_pem(private=True))
    head = {"alg": algorithm, "typ": "at+jwt", "kid": "first"}
    return jws.serialize_compact(head, orjson.dumps(mint.claims()), key, [algorithm])


def own_jwk_token(mint):
    key = RSAKey.generate_key(2048, {"kid": "first"})
    return mint.token(header={"jwk": key.as_dict(private=False)}, key=key)


def doubled_claims(mint):
    """The same claim twice in one object: two readers, two subjects."""
    raw = orjson.dumps(mint.claims())[:-1] + b',"iss":"https://evil.example"}'
    return jws.serialize_compact({"alg": "RS256", "typ": "at+jwt", "kid": "first"}, raw, mint.key, ["RS256"])


def now() -> int:
    return int(time.time())


REFUSED = {
    "alg none": lambda m: f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': 'first'})}.{part(m.claims())}.",
    "alg None with a signature": lambda m: (
        f"{part({'alg': 'None', 'typ': 'at+jwt', 'kid': 'first'})}.{part(m.claims())}.x"
    ),
    "alg missing": lambda m: f"{part({'typ': 'at+jwt', 'kid': 'first'})}.{part(m.claims())}.x",
    "alg list": lambda m: f"{part({'alg': ['RS256'], 'typ': 'at+jwt', 'kid': 'first'})}.{part(m.claims())}.x",
    "HS256 with the public key": signed_with_the_public_key,
    "HS256 with an own secret": lambda m: jws.serialize_compact(
        {"alg": "HS256", "typ": "at+jwt", "kid": "first"}, orjson.dumps(m.claims()), OctKey.generate_key(256), ["HS256"]
    ),
    "ES256 with an own key": ec_token,
    "RS512 with identity's key": lambda m: with_algorithm(m, "RS512"),
    "PS256 with identity's key": lambda m: with_algorithm(m, "PS256"),
    "foreign key, our kid": lambda m: m.token(key=RSAKey.generate_key(2048, {"kid": "first"})),
    "unknown kid": lambda m: m.token(header={"kid": "nobody"}),
    "no kid": lambda m: m.token(header={"kid": None}),
    "kid a path": lambda m: m.token(header={"kid": "../../dev/null"}),
    "kid a number": lambda m: f"{part({'alg': 'RS256', 'typ': 'at+jwt', 'kid': 1})}.{part(m.claims())}.x",
    "jku": lambda m: m.token(header={"jku": "http://127.0.0.1:1/keys"}),
    "x5u": lambda m: m.token(header={"x5u": "http://127.0.0.1:1/cert"}),
    "own key in jwk": own_jwk_token,
    "crit": lambda m: (
        f"{part({'alg': 'RS256', 'typ': 'at+jwt', 'kid': 'first', 'crit': ['exp']})}.{part(m.claims())}.x"
    ),
    "typ JWT": lambda m: m.token(header={"typ": "JWT"}),
    "no typ": lambda m: m.token(header={"typ": None}),
    "id token": lambda m: m.token(header={"typ": "JWT"}, aud="portal", nonce="n"),
    "id token with the api as audience": lambda m: m.token(header={"typ": "JWT"}, nonce="n"),
    "logout token": lambda m: m.token(header={"typ": "logout+jwt"}),
    "other issuer": lambda m: m.token(iss="https://evil.example"),
    "issuer with a slash": lambda m: m.token(iss="http://localhost:8080/"),
    "no issuer": lambda m: m.token(iss=None),
    "other audience": lambda m: m.token(aud="urn:other:api"),
    "audience list without us": lambda m: m.token(aud=["a", "b"]),
    "no audience": lambda m: m.token(aud=None),
    "audience an object": lambda m: m.token(aud={"urn:jawaz:api": 1}),
    "expired": lambda m: m.token(iat=now() - 400, exp=now() - 61),
    "no expiry": lambda m: m.token(exp=None),
    "expiry as text": lambda m: m.token(exp=str(now() + 300)),
    "expiry true": lambda m: m.token(exp=True),
    "expiry a fraction": lambda m: m.token(exp=now() + 300.5),
    "expiry too far": lambda m: m.token(exp=now() + 901),
    "not yet": lambda m: m.token(nbf=now() + 120),
    "nbf as text": lambda m: m.token(nbf="0"),
    "issued tomorrow": lambda m: m.token(iat=now() + 600, exp=now() + 900),
    "no iat": lambda m: m.token(iat=None),
    "no subject": lambda m: m.token(sub=None),
    "empty subject": lambda m: m.token(sub=""),
    "subject a number": lambda m: m.token(sub=1),
    "session a list": lambda m: m.token(sid=["a"]),
    "another payload": lambda m: with_another_payload(m, sub="person-2"),
    "signature cut": lambda m: m.token()[:-8],
    "signature empty": lambda m: m.token().rpartition(".")[0] + ".",
    "signature changed": lambda m: m.token()[:-4] + "AAAA",
    "four parts": lambda m: m.token() + ".x",
    "two parts": lambda m: m.token().rpartition(".")[0],
    "five parts, encrypted": lambda m: m.token() + ".x.y",
    "header not base64": lambda m: "!!!." + m.token().partition(".")[2],
    "header an array": lambda m: f"{part([1])}.{part(m.claims())}.x",
    "payload an array": lambda m: jws.serialize_compact(
        {"alg": "RS256", "typ": "at+jwt", "kid": "first"}, b"[1]", m.key, ["RS256"]
    ),
    "payload not json": lambda m: jws.serialize_compact(
        {"alg": "RS256", "typ": "at+jwt", "kid": "first"}, b"hello", m.key, ["RS256"]
    ),
    "doubled issuer": doubled_claims,
    "nothing": lambda m: "",
    "one dot": lambda m: ".",
    "two dots": lambda m: "..",
    "a space inside": lambda m: m.token().replace(".", ". ", 1),
    "a second token behind it": lambda m: f"{m.token()}, {m.token()}",
    "very long": lambda m: m.token(pad="x" * 9000),
    "deep nesting": lambda m: part(b"[" * 5000) + ".x.y",
}


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
    front.gateway.drop("ended")
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
        "[tokens]\nkeys_kept = 0.1\nkeys_asked_every = 0.05\n",
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
