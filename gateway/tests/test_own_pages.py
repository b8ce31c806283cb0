"""What the gateway says itself: health, contract, overview, figures, lines; and how it refuses."""

import io
import re

import orjson
import pytest

from gateway import contract, problems
from gateway.app import create_gateway
from gateway.metrics_app import MetricsApp
from gateway.problems import STATUS, Refusal
from gateway.settings import Settings

PERSON = "1234567890"


async def test_health_tells_each_service_and_follows_it(workshop):
    seen = []
    support, address = await workshop.service("support", seen)
    front = await workshop.front({"support": address, "passport": "http://127.0.0.1:9"}, "[times]\nhealth_kept = 0.0\n")
    answer = await front.ask("GET", "/health")
    assert (answer.status, answer.json()) == (
        503, {"status": "degraded", "services": {"support": "ready", "passport": "unreachable"}},
    )  # fmt: skip
    support.ready = False
    assert (await front.ask("GET", "/health")).json()["services"]["support"] == "not_ready"


async def test_a_crowd_asking_for_health_costs_a_service_one_question(workshop):
    asked = 0

    async def talk(reader, writer):
        nonlocal asked
        while True:
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    front = await workshop.front({"support": await workshop.scripted(talk)})
    for _ in range(20):
        assert (await front.ask("GET", "/health")).status == 200
    assert asked == 1


async def test_live_and_ready(front):
    assert (await front.ask("GET", "/health/live")).json() == {"status": "live"}
    assert (await front.ask("GET", "/health/ready")).json() == {"status": "ready"}
    head = await front.ask("HEAD", "/health/live")
    assert (head.status, head.header("content-length"), head.body) == (200, "17", b"")
    refused = await front.ask("POST", "/health")
    assert (refused.status, refused.slug, refused.header("allow")) == (405, "method-not-allowed", "GET, HEAD")


@pytest.mark.parametrize(
    ("path", "headers", "language", "direction", "words"),
    [("/ops", [], "ar", "rtl", "جميع الخدمات تعمل."), ("/ops?lang=en", [], "en", "ltr", "All services are working."),
     ("/ops", [("Accept-Language", "en-GB")], "en", "ltr", "Tawasul support"),
     ("/ops?lang=ar", [("Accept-Language", "en")], "ar", "rtl", "تواصل")],
)  # fmt: skip
async def test_the_overview_speaks_both_languages(front, path, headers, language, direction, words):
    answer = await front.ask("GET", path, headers)
    text = answer.body.decode()
    assert answer.status == 200
    assert answer.header("content-language") == language
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert words in text
    assert '<a href="/ops/passport">' in text
    assert f'<a href="/ops/identity/{language}/errand">' in text
    assert "<script" not in text
    assert "default-src 'none'" in (answer.header("content-security-policy") or "")


def documents(folder):
    """Two services' documents that use one name for two things and one name for the same thing."""
    problem = {"type": "object", "properties": {"slug": {"type": "string"}}}
    for service, view in (("passport", {"type": "string"}), ("residency", {"type": "integer"})):
        reference = {"$ref": "#/components/schemas/View"}
        document = {
            "openapi": "3.1.0", "info": {"title": f"{service} service", "version": "1"},
            "paths": {
                f"/v1/{service}": {"get": {"summary": "read", "tags": ["x"], "responses": {
                    "200": {"description": "it", "content": {"application/json": {"schema": reference}}}}}},
                "/health/ready": {"get": {"responses": {"204": {"description": "it"}}}}, "/internal/x": {"get": {"responses": {"204": {"description": "it"}}}},
            },
            "components": {"schemas": {"View": view, "Problem": problem, "List": {"type": "array", "items": reference}}},
        }  # fmt: skip
        (folder / f"{service}.json").write_bytes(orjson.dumps(document))


def test_documents_are_merged_and_clashing_names_kept_apart(tmp_path):
    documents(tmp_path)
    merged = contract.merged(tmp_path, "http://localhost:8080")
    assert set(merged["paths"]) == {"/v1/passport", "/v1/residency"}
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"View", "residency.View", "Problem", "List", "residency.List"}
    assert schemas["residency.View"] == {"type": "integer"}
    assert schemas["residency.List"]["items"] == {"$ref": "#/components/schemas/residency.View"}
    answer = merged["paths"]["/v1/residency"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/residency.View"}
    assert merged["paths"]["/v1/residency"]["get"]["tags"] == ["residency"]


def test_a_path_claimed_twice_stops_the_start(tmp_path):
    documents(tmp_path)
    (tmp_path / "support.json").write_bytes((tmp_path / "passport.json").read_bytes())
    with pytest.raises(contract.ContractsClash):
        contract.merged(tmp_path, "http://localhost:8080")


async def test_the_merged_document_is_served_and_read(workshop, tmp_path):
    from openapi_spec_validator import validate

    documents(tmp_path)
    front = await workshop.front({}, openapi_folder=tmp_path)
    document = (await front.ask("GET", "/openapi.json")).json()
    validate(document)
    page = (await front.ask("GET", "/docs?lang=en")).body.decode()
    assert "GET /v1/residency" in page
    assert "Residency and visas" in page


async def test_without_documents_there_is_still_one(workshop, tmp_path):
    front = await workshop.front({}, openapi_folder=tmp_path)
    assert (await front.ask("GET", "/openapi.json")).json()["paths"] == {}
    assert "لم تُنشر" in (await front.ask("GET", "/docs")).body.decode()


def test_every_slug_has_words_in_both_languages():
    from chassis.catalogue import Texts

    texts = Texts("gateway")
    assert {key.removeprefix("problem.") for key in texts.keys() if key.startswith("problem.")} == set(STATUS)  # noqa: SIM118
    for slug, status in STATUS.items():
        for spoken in ("ar", "en"):
            refusal = Refusal(slug, retry_after=7, limit=9)
            headers, body = problems.render(texts, refusal, "id", spoken.encode())
            said = orjson.loads(body)
            assert dict(headers)[b"content-type"] == b"application/problem+json"
            assert dict(headers)[b"content-language"] == spoken.encode()
            assert (said["type"], said["status"], said["slug"]) == (f"/problems/{slug}", status, slug)
            assert said["title"] == said["texts"][spoken]["title"]
            assert said["detail"] == said["texts"][spoken]["detail"]
            assert "{" not in said["texts"]["ar"]["detail"] + said["texts"]["en"]["detail"]
            assert re.search("[\u0600-\u06ff]", said["texts"]["ar"]["title"] + said["texts"]["ar"]["detail"])


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [(None, "ar"), ("", "ar"), ("en", "en"), ("en-US,en;q=0.9", "en"), ("fr", "ar"), ("fr, en;q=0.5, ar;q=0.4", "en"),
     ("ar;q=0.1, en;q=0.9", "en"), ("*", "ar"), ("en;q=x", "ar"), (";;;,,,", "ar")],
)  # fmt: skip
async def test_a_problem_speaks_the_language_that_was_asked_for(front, asked, spoken):
    answer = await front.ask("GET", "/nowhere", [] if asked is None else [("Accept-Language", asked)])
    assert answer.header("content-language") == spoken
    assert answer.json()["title"] == answer.json()["texts"][spoken]["title"]
    assert answer.json()["request_id"] == answer.header("x-request-id")


async def test_lines_and_figures_name_no_person(workshop, mint, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    _, passport = await workshop.service("passport", [])
    _, identity = await workshop.service("identity", [])
    front = await workshop.front({"passport": passport, "identity": identity}, access_log=True)
    secret = mint.bearer(sub=f"person-{PERSON}")
    caller = ("X-Request-Id", "caller-chose-this")
    await front.ask("GET", f"/v1/passports/{PERSON}?national_id={PERSON}", [secret, caller])
    await front.ask("POST", f"/v1/passports/{PERSON}", [secret, ("X-Request-Id", 'evil"}{')], PERSON.encode())
    await front.ask("TRACE", "/v1/passports", [secret])
    await front.ask("GET", f"/nowhere/{PERSON}", [("Cookie", PERSON)])
    await front.raw(f"GET /{PERSON} HTTP/1.1\r\nHost: {PERSON}\r\n{PERSON}\r\n\r\n".encode())
    front.gateway.close()
    lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    told = [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request.answered"]
    assert told == [("GET", "/v1/passports", 200), ("POST", "/v1/passports", 200), ("other", "/v1/passports", 405), ("GET", "unmatched", 404), ("other", "unmatched", 400)]  # fmt: skip
    assert lines[0]["caller_request_id"] == "caller-chose-this"
    assert "caller_request_id" not in lines[1]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"]) for line in lines)
    assert all(line["service"] == "gateway" and line["request_id"] for line in lines)
    figures = front.gateway.figures.render().decode()
    assert 'http_requests_total{method="GET",route="/v1/passports",status="200"} 1.0' in figures
    assert 'http_request_seconds_count{route="/v1/passports"} 3.0' in figures
    assert 'gateway_breaker_open{upstream="passport"} 0.0' in figures
    for text in (stream.getvalue(), figures):
        assert PERSON not in text
        assert "eyJ" not in text


async def call(app, method, path, body=b""):
    """Ask an ASGI application directly."""
    said = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        said.append(message)

    await app({"type": "http", "method": method, "path": path}, receive, send)
    return said[0]["status"], said[1]["body"]


async def test_the_inner_port_gives_figures_and_hears_of_ended_sessions(workshop, mint):
    _, identity = await workshop.service("identity", [])
    front = await workshop.front({"identity": identity})
    inner = MetricsApp(front.gateway)
    assert (await front.ask("GET", "/v1/me", [mint.bearer(sid="a")])).status == 200
    status, body = await call(inner, "GET", "/metrics")
    assert (status, b"gateway_tokens_known" in body) == (200, True)
    assert (await call(inner, "POST", "/internal/ended-sessions", b"a\nb\n"))[0] == 204
    assert (await front.ask("GET", "/v1/me", [mint.bearer(sid="a")])).slug == "token-refused"
    assert (await call(inner, "GET", "/other"))[0] == 404
    assert (await front.ask("POST", "/internal/ended-sessions")).status == 404


async def test_other_origins_read_only_what_they_are_allowed(workshop):
    _, support = await workshop.service("support", [])
    closed = await workshop.front({"support": support})
    answer = await closed.ask("GET", "/v1/services", [("Origin", "https://app.example")])
    assert answer.header("access-control-allow-origin") is None
    front = await workshop.front({"support": support}, cors_origins=("https://app.example",))
    answer = await front.ask("GET", "/v1/services", [("Origin", "https://app.example")])
    assert answer.header("access-control-allow-origin") == "https://app.example"
    assert answer.header("access-control-allow-credentials") is None
    asked = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")]
    preflight = await front.ask("OPTIONS", "/v1/tickets", asked)
    assert (preflight.status, preflight.header("access-control-allow-origin")) == (204, "https://app.example")
    for origin in ("https://evil.example", "https://app.example.evil", "null", "http://app.example"):
        answer = await front.ask("GET", "/v1/services", [("Origin", origin)])
        assert answer.header("access-control-allow-origin") is None
        assert answer.header("vary") == "Origin"


def test_https_is_insisted_on_only_where_it_is_spoken():
    for url, said in [("https://jawaz.example", True), ("http://localhost:8080", False)]:
        gateway = create_gateway(Settings(upstreams={}, public_url=url))
        names = [name for name, _ in gateway.answers.own([], b"1")]
        assert (b"strict-transport-security" in names) is said


@pytest.mark.parametrize("url", ["ftp://a", "http://", "http://a/path", "a", "http://a?x=1"])
def test_an_unusable_public_address_is_refused(url):
    with pytest.raises(ValueError, match="public_url"):
        Settings(upstreams={}, public_url=url)


@pytest.mark.parametrize("address", ["https://a:1", "a:1", "http://", "http://a:1/path"])
def test_an_unusable_upstream_is_refused(address):
    with pytest.raises(ValueError, match="upstream of"):
        Settings(upstreams={"passport": address})


def test_a_misspelt_setting_is_named(monkeypatch):
    from gateway import settings

    monkeypatch.setenv("GATEWAY_UPSTREAMS", "{}")
    monkeypatch.setenv("GATEWAY_PORTT", "1")
    with pytest.raises(SystemExit, match="GATEWAY_PORTT"):
        settings.read()
    monkeypatch.delenv("GATEWAY_PORTT")
    assert settings.read().port == 8080


async def test_somebody_who_asked_for_a_page_gets_a_page(workshop, mint):
    front = await workshop.front({})
    browser = [("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"), ("Accept-Language", "en")]
    page = await front.ask("GET", "/sign-in", browser)
    assert (page.status, page.header("content-type"), page.header("content-language")) == (
        503,
        "text/html; charset=utf-8",
        "en",
    )
    assert int(page.header("retry-after") or 0) >= 1
    assert "The service is not available now" in page.body.decode()
    assert page.header("x-request-id") in page.body.decode()
    assert "<script" not in page.body.decode()
    arabic = await front.ask("GET", "/sign-in", browser[:1])
    assert '<html lang="ar" dir="rtl">' in arabic.body.decode()
    assert (await front.ask("GET", "/v1/me", browser)).slug == "token-missing"
