"""What goes through: methods, bodies, answers of every shape, and what is added on the way."""

import re

OPEN = "/v1/services"


async def test_a_request_reaches_the_service_its_prefix_names(front, mint):
    for path, service in [
        ("/v1/accounts/1", "identity"), ("/v1/me", "identity"), ("/oauth/token", "identity"), ("/sign-in", "identity"),
        ("/v1/passport-applications/7/submit", "passport"), ("/v1/iqama-renewals", "residency"),
        ("/v1/shipments/9", "delivery"), ("/callbacks/post", "delivery"), ("/v1/notices", "notify"),
        ("/v1/tickets/4/attachments", "support"), ("/v1/track/tickets", "support"), ("/ops/support/queues", "support"),
        ("/", "portal"), ("/ar/requests", "portal"), ("/static/site.css", "portal"),
    ]:  # fmt: skip
        answer = await front.ask("GET", path, [mint.bearer()])
        assert (answer.status, answer.json()["service"], answer.json()["path"]) == (200, service, path)


async def test_inner_paths_do_not_exist_outside(front, mint):
    for path in ("/metrics", "/internal/x", "/control/clock", "/v1", "/v1/unknown", "/v1/passportsX", "/nowhere"):
        answer = await front.ask("GET", path, [mint.bearer()])
        assert (answer.status, answer.slug) == (404, "not-found"), path


async def test_the_service_is_told_who_asked_and_until_when(front, mint):
    heard = (await front.ask("GET", OPEN, [mint.bearer(), ("Cookie", "a=1"), ("Accept", "x/y")])).json()
    headers = dict(heard["headers"])
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-host"] == headers["host"] == "localhost:8080"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-deadline-ms"] == "8000"
    assert headers["cookie"] == "a=1"
    assert headers["accept"] == "x/y"
    assert headers["authorization"].startswith("Bearer ey")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", headers["x-request-id"])
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", headers["traceparent"])


async def test_a_trace_goes_on_and_a_malformed_one_is_replaced(front):
    good = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    for sent, kept in [(good, True), (good.upper(), False), ("00-" + "0" * 32 + "-" + "b" * 16 + "-01", False)]:
        heard = (await front.ask("GET", OPEN, [("traceparent", sent)])).json()
        assert (dict(heard["headers"])["traceparent"] == sent) is kept


async def test_every_answer_carries_the_request_id_we_made(front):
    answer = await front.ask("GET", OPEN, [("X-Request-Id", "caller-id-12345")])
    inner = dict(answer.json()["headers"])["x-request-id"]
    assert answer.header("x-request-id") == inner != "caller-id-12345"


async def test_bodies_arrive_whole_whatever_their_size(front, mint):
    for size in (1, 1000, 65_536, 65_537, 300_000, 1_048_576):
        heard = (await front.ask("POST", "/v1/tickets", [mint.bearer()], b"y" * size)).json()
        assert heard["size"] == size
        assert dict(heard["headers"])["content-length"] == str(size)


async def test_a_chunked_body_arrives_whole(front, mint):
    name, value = mint.bearer()
    for sizes in ((5, 10), (70_000, 70_000, 3)):
        body = b"".join(b"%x\r\n%b\r\n" % (size, b"z" * size) for size in sizes) + b"0\r\n\r\n"
        head = f"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nTransfer-Encoding: chunked\r\n\r\n"
        heard = (await front.raw(head.encode() + body)).json()
        assert heard["size"] == sum(sizes)


async def test_a_post_without_a_body_says_so(front, mint):
    heard = (await front.ask("POST", "/v1/tickets/1/close", [mint.bearer()])).json()
    assert dict(heard["headers"])["content-length"] == "0"


async def test_head_204_and_304_have_no_body_and_leave_the_connection_usable(front):
    for _ in range(3):
        head = await front.ask("HEAD", OPEN)
        assert head.status == 200
        assert int(head.header("content-length") or 0) > 100
        assert (await front.ask("GET", f"{OPEN}/empty")).status == 204
        unchanged = await front.ask("GET", f"{OPEN}/unchanged")
        assert (unchanged.status, unchanged.header("etag")) == (304, '"1"')
        assert (await front.ask("GET", OPEN)).json()["method"] == "GET"


async def test_a_long_answer_comes_whole(front):
    answer = await front.ask("GET", f"{OPEN}/bytes-{64 * 65536}")
    assert len(answer.body) == 64 * 65536


async def test_what_the_inner_hop_says_stays_inside(front):
    answer = await front.ask("GET", f"{OPEN}/chatty")
    names = [name for name, _ in answer.headers]
    for name in ("server", "x-powered-by", "connection", "access-control-allow-origin"):
        assert name not in names
    assert names.count("x-request-id") == names.count("date") == 1
    assert answer.header("x-request-id") != "inner"
    assert answer.header("cache-control") == "private, max-age=5"


async def test_every_answer_is_guarded(front):
    for answer in (await front.ask("GET", OPEN), await front.ask("GET", "/nowhere"), await front.ask("GET", "/health")):
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("strict-transport-security") is None


async def test_expect_100_continue_is_answered_before_the_body(front, mint):
    import asyncio

    name, value = mint.bearer()
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
    writer.write(f"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: 3\r\n".encode())
    writer.write(b"Expect: 100-continue\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"abc")
    assert b'"size":3' in await reader.readuntil(b"}")
    writer.close()


async def test_a_method_nobody_offers_is_refused(front, mint):
    for method in ("TRACE", "PROPFIND", "LINK"):
        answer = await front.ask(method, OPEN, [mint.bearer()])
        assert (answer.status, answer.slug) == (405, "method-not-allowed")
        assert "PATCH" in (answer.header("allow") or "")
