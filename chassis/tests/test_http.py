"""One request is one transaction; a key makes a repeat harmless; a refusal speaks two languages and echoes nothing."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sample.papers import Paper
from tests_support import SIGHT, rows

from chassis.authority import open_relation
from chassis.models import OutboxRow
from chassis.wiring import Service

ME = "1000000008"
OTHER = "1012345672"


def headers(mint: Any, person: str = ME, key: str | None = "k1", **more: str) -> dict[str, str]:
    return mint.bearer(person) | ({"Idempotency-Key": key} if key else {}) | more


async def test_a_failed_commit_is_never_a_created(http: httpx2.AsyncClient, service: Service, mint: Any) -> None:
    answer = await http.post("/v1/papers", json={"title": "a", "fail_at_commit": True}, headers=headers(mint))
    assert answer.status_code == 500
    assert answer.json()["slug"] == "unexpected"
    assert await rows(service, sa.select(Paper)) == []


async def test_the_same_key_twice_is_done_once(http: httpx2.AsyncClient, service: Service, mint: Any) -> None:
    first = await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint))
    second = await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await rows(service, sa.select(Paper))) == 1
    assert len(await rows(service, sa.select(OutboxRow))) == 1


async def test_twins_in_flight_make_one_row_and_nobody_hears_an_error(
    http: httpx2.AsyncClient, service: Service, mint: Any
) -> None:
    answers = await asyncio.gather(
        *(http.post("/v1/papers", json={"title": "a"}, headers=headers(mint)) for _ in range(6))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert len(await rows(service, sa.select(Paper))) == 1


async def test_another_body_under_the_same_key_is_refused(http: httpx2.AsyncClient, mint: Any) -> None:
    await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint))
    answer = await http.post("/v1/papers", json={"title": "b"}, headers=headers(mint))
    assert (answer.status_code, answer.json()["slug"]) == (422, "idempotency-key-reused")


async def test_a_creating_request_without_a_key_is_refused(http: httpx2.AsyncClient, mint: Any) -> None:
    answer = await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint, key=None))
    assert (answer.status_code, answer.json()["slug"]) == (400, "idempotency-key-missing")


async def test_a_refusal_is_not_stored_under_its_key(http: httpx2.AsyncClient, mint: Any) -> None:
    refused = await http.post("/v1/papers", json={"title": "refuse me"}, headers=headers(mint))
    accepted = await http.post("/v1/papers", json={"title": "now fine"}, headers=headers(mint))
    assert (refused.status_code, accepted.status_code) == (409, 201)


async def test_another_persons_key_opens_nothing(http: httpx2.AsyncClient, service: Service, mint: Any) -> None:
    mine = await http.post("/v1/papers", json={"title": "mine"}, headers=headers(mint))
    theirs = await http.post("/v1/papers", json={"title": "mine"}, headers=headers(mint, OTHER))
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine.json()["id"]


async def test_a_replay_is_authorised_again(http: httpx2.AsyncClient, service: Service, mint: Any) -> None:
    paper = (await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint, OTHER))).json()["id"]
    async with service.database.transaction(SIGHT) as session:
        relation = await open_relation(session, "household_head", ME, OTHER, service.clock.now())
    seen = await http.post(f"/v1/papers/{paper}/stamp", headers=headers(mint, key="s"))
    again = await http.post(f"/v1/papers/{paper}/stamp", headers=headers(mint, key="s"))
    async with service.database.transaction(SIGHT) as session:
        await session.execute(
            sa.text("update relations set ends_at = greatest(starts_at, :now) where id = :id"),
            {"id": relation, "now": service.clock.now()},
        )
    after = await http.post(f"/v1/papers/{paper}/stamp", headers=headers(mint, key="s"))
    assert (seen.status_code, again.status_code, after.status_code) == (200, 200, 404)


async def test_foreign_and_absent_look_alike(http: httpx2.AsyncClient, mint: Any) -> None:
    theirs = (await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint, OTHER))).json()["id"]
    foreign = await http.post(f"/v1/papers/{theirs}/stamp", headers=headers(mint))
    absent = await http.post("/v1/papers/01900000-0000-7000-8000-00000000dead/stamp", headers=headers(mint, key="k2"))

    def told(answer: httpx2.Response) -> dict[str, Any]:
        return {key: value for key, value in answer.json().items() if key != "request_id"}

    assert foreign.status_code == absent.status_code == 404
    assert told(foreign) == told(absent)


async def test_row_level_security_holds_where_a_route_forgot_its_predicate(http: httpx2.AsyncClient, mint: Any) -> None:
    mine = (await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint))).json()["id"]
    await http.post("/v1/papers", json={"title": "b"}, headers=headers(mint, OTHER))
    answer = await http.get("/v1/papers/forgetful", headers=mint.bearer(ME))
    assert answer.json() == [mine]


async def test_pooled_connections_carry_nobodys_sight_over(http: httpx2.AsyncClient, mint: Any) -> None:
    people = [ME, OTHER]
    for person in people:
        await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint, person))
    answers = await asyncio.gather(
        *(http.get("/v1/papers/forgetful", headers=mint.bearer(people[n % 2])) for n in range(60))
    )
    assert all(len(answer.json()) == 1 for answer in answers)
    assert answers[0].json() != answers[1].json()


async def test_every_missing_requirement_is_named_with_rule_and_remedy(http: httpx2.AsyncClient, mint: Any) -> None:
    title = "a title of far more than twenty characters"
    paper = (await http.post("/v1/papers", json={"title": title}, headers=headers(mint))).json()["id"]
    answer = await http.post(f"/v1/papers/{paper}/stamp", headers=headers(mint, key="k2"))
    body = answer.json()
    assert (answer.status_code, body["slug"]) == (409, "requirements-missing")
    [need] = body["details"]["requirements"]
    assert need["name"] == "title_is_short"
    assert (need["rule"], need["rule_from"]) == ("sample.paper.longest_title", "2020-01-01")
    assert need["texts"]["en"] == "The title is longer than 20 characters"
    assert set(need["remedy_texts"]) == {"ar", "en"}


async def test_pages_follow_each_other_without_gap_or_repeat(http: httpx2.AsyncClient, mint: Any) -> None:
    made = [
        (await http.post("/v1/papers", json={"title": f"{n}"}, headers=headers(mint, key=f"k{n}"))).json()["id"]
        for n in range(7)
    ]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await http.get(f"/v1/papers?limit=3{cursor}", headers=mint.bearer(ME))).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen)) == 7
    bad = await http.get("/v1/papers?cursor=nonsense", headers=mint.bearer(ME))
    assert (bad.status_code, bad.json()["slug"]) == (422, "cursor-unknown")


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        ({"content": b"{not json", "headers": {"Content-Type": "application/json"}}, 400, "malformed-json"),
        ({"json": {"title": "a", "status": "stamped"}}, 422, "invalid"),
        ({"json": {}}, 422, "invalid"),
        ({"content": b"title=a", "headers": {"Content-Type": "text/plain"}}, 422, "invalid"),
        ({"content": b"x" * (1 << 21), "headers": {"Content-Type": "application/json"}}, 413, "body-too-large"),
    ],
    ids=["malformed", "unknown-field", "missing-field", "content-type", "too-large"],
)
async def test_bad_bodies_get_a_clear_problem(
    http: httpx2.AsyncClient, mint: Any, sent: dict[str, Any], status: int, slug: str
) -> None:
    sent = sent | {"headers": headers(mint) | sent.get("headers", {})}
    answer = await http.post("/v1/papers", **sent)
    assert (answer.status_code, answer.json()["slug"]) == (status, slug)
    assert answer.headers["content-type"] == "application/problem+json"
    for language in ("ar", "en"):
        assert answer.json()["texts"][language]["detail"]


async def test_a_refusal_never_echoes_what_was_sent(http: httpx2.AsyncClient, mint: Any) -> None:
    secret = "1101798278"
    answer = await http.post("/v1/papers", json={"title": {"id": secret}, secret: secret}, headers=headers(mint))
    assert answer.status_code == 422
    assert answer.text.count(secret) <= 1  # the unknown field's own name is where the fault is
    assert '"input"' not in answer.text


async def test_the_language_follows_the_caller_and_both_are_always_there(http: httpx2.AsyncClient) -> None:
    for accept, language in (("", "ar"), ("en-GB,ar;q=0.5", "en"), ("fr", "ar")):
        answer = await http.get("/v1/papers", headers={"Accept-Language": accept} if accept else {})
        assert answer.status_code == 401
        assert answer.headers["content-language"] == language
        assert answer.json()["title"] == answer.json()["texts"][language]["title"]


async def test_every_answer_carries_the_request_id_it_was_given(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/v1/papers", headers={"X-Request-Id": "from-the-gateway"})
    assert answer.headers["x-request-id"] == "from-the-gateway"
    assert answer.json()["request_id"] == "from-the-gateway"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"nbf": 9_999_999_999},
        {"iss": "https://elsewhere.example"},
        {"aud": "urn:other:api"},
        {"aud": ["urn:other:api"]},
        {"person": None},
        {"sid": None},
        {"exp": "tomorrow"},
    ],
    ids=lambda claims: ",".join(f"{key}={value}" for key, value in claims.items()),
)
async def test_a_token_that_is_not_for_us_is_refused(
    http: httpx2.AsyncClient, mint: Any, claims: dict[str, Any]
) -> None:
    answer = await http.get("/v1/papers", headers=mint.bearer(ME, **claims))
    assert (answer.status_code, answer.json()["slug"]) == (401, "token-refused")


async def test_forged_tokens_are_refused(http: httpx2.AsyncClient, mint: Any) -> None:
    import base64
    import hashlib
    import hmac

    from joserfc import jwt
    from joserfc.jwk import RSAKey

    good = mint.token(ME)
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    stranger = RSAKey.generate_key(2048, private=True)
    confused = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': mint.key.kid})}.{body}"
    mac = hmac.new(mint.key.as_pem(private=False), confused.encode(), hashlib.sha256).digest()
    forged = [
        "",
        "a.b.c",
        f"{head}.{body}.",
        f"{head}.{part(claims | {'person': OTHER})}.{signature}",
        f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': mint.key.kid})}.{body}.",
        jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": mint.key.kid}, claims, stranger),
        jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": "unknown"}, claims, mint.key),
        jwt.encode({"alg": "RS256", "typ": "JWT", "kid": mint.key.kid}, claims, mint.key),
        jwt.encode({"alg": "RS256", "typ": "at+jwt"}, claims, mint.key),
        f"{confused}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
    ]
    for token in forged:
        answer = await http.get("/v1/papers", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token[:40]


async def test_identity_headers_from_outside_change_nothing(http: httpx2.AsyncClient, mint: Any) -> None:
    spoofed = {"X-User-Id": OTHER, "X-Person": OTHER, "X-Forwarded-User": OTHER}
    await http.post("/v1/papers", json={"title": "a"}, headers=headers(mint, OTHER))
    answer = await http.get("/v1/papers", headers=mint.bearer(ME) | spoofed)
    assert answer.json()["items"] == []


async def test_health_says_ready_and_metrics_name_routes_not_people(http: httpx2.AsyncClient, mint: Any) -> None:
    await http.get("/v1/papers", headers=mint.bearer(ME))
    assert (await http.get("/health/ready")).json() == {"status": "ready"}
    figures = (await http.get("/metrics")).text
    assert 'route="/v1/papers"' in figures
    assert ME not in figures
