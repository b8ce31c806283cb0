"""Nobody outside can say who they are, where they come from or until when: forty ways of trying."""

import pytest

OPEN = "/v1/services"

FORGED = [
    ("X-User-Id", "42"), ("x-user-id", "42"), ("X-USER-ID", "42"), ("X_User_Id", "42"), ("X-User_Id", "42"),
    ("X-User", "42"), ("X-Userid", "42"), ("X-User-Email", "a@b"), ("X-Username", "root"),
    ("X-Person", "42"), ("X-Person-Id", "42"), ("X-Personid", "42"), ("X-Principal", "42"), ("X-Principal-Name", "x"),
    ("X-Actor", "42"), ("X-Actor-Id", "42"), ("X-Subject", "42"), ("X-Account-Id", "42"), ("X-Roles", "officer"),
    ("X-Role", "officer"), ("X-Scope", "all"), ("X-Groups", "staff"), ("X-Staff-Id", "1"), ("X-Session-Id", "1"),
    ("X-Auth-Request-User", "42"), ("X-Authenticated-User", "42"), ("X-Remote-User", "42"), ("Remote-User", "42"),
    ("Remote-Addr", "1.1.1.1"), ("X-Real-IP", "1.1.1.1"), ("X-Forwarded-For", "1.1.1.1"), ("X_Forwarded_For", "1.1.1.1"),
    ("X-Forwarded-Host", "evil"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-User", "42"), ("X-Forwarded-Prefix", "/x"),
    ("Forwarded", "for=1.1.1.1"), ("X-Original-URL", "/internal"), ("X-Rewrite-URL", "/internal"),
    ("X-Deadline-Ms", "999999"), ("X-DEADLINE-MS", "1"), ("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "PUT"),
    ("X-Client-Cert", "x"), ("X-SSL-Client-Verify", "SUCCESS"), ("X-Amzn-Oidc-Identity", "42"), ("True-Client-IP", "1.1.1.1"),
    ("CF-Connecting-IP", "1.1.1.1"), ("X-Cluster-Client-IP", "1.1.1.1"), ("X-Envoy-External-Address", "1.1.1.1"),
    ("X-Internal-Token", "x"), ("X-Jwt-Assertion", "x"), ("X-MS-Client-Principal", "x"), ("Via", "1.1 x"),
    ("Proxy-Authorization", "Basic x"), ("Proxy-Connection", "keep-alive"), ("TE", "trailers"), ("Trailer", "X"),
    ("Keep-Alive", "timeout=5"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
]  # fmt: skip


def inner(heard):
    """What a service may trust, as it heard it."""
    made = {"x-request-id", "traceparent", "authorization"}
    return sorted((name, value) for name, value in heard["headers"] if name not in made)


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("forged", FORGED, ids=lambda pair: pair[0])
async def test_a_forged_header_changes_nothing_inside(front, mint, forged, copies):
    plain = (await front.ask("GET", "/v1/me", [mint.bearer()])).json()
    answer = await front.ask("GET", "/v1/me", [forged] * copies + [mint.bearer()])
    assert answer.status == 200
    assert inner(answer.json()) == inner(plain)


async def test_what_is_nobodys_business_goes_through(front):
    kept = [("X-Requested-With", "htmx"), ("X-CSRF-Token", "t"), ("HX-Request", "true"), ("Origin", "http://a"),
            ("If-None-Match", '"1"'), ("Range", "bytes=0-1"), ("webhook-id", "1"), ("webhook-signature", "v1,x")]  # fmt: skip
    heard = dict((await front.ask("GET", OPEN, kept)).json()["headers"])
    for name, value in kept:
        assert heard[name.lower()] == value


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Content-Type", "Idempotency-Key", "Host", "Content-Length", "Transfer-Encoding", "If-Match"],
)
async def test_a_doubled_header_that_matters_is_refused(front, mint, name):
    value = {"Content-Length": "0", "Transfer-Encoding": "chunked"}.get(name, "Bearer x")
    body = b"0\r\n\r\n" if name == "Transfer-Encoding" else b""
    lines = [
        f"POST {OPEN} HTTP/1.1",
        *([] if name == "Host" else ["Host: x"]),
        f"{name}: {value}",
        f"{name.lower()}: {value}",
    ]
    answer = await front.raw("\r\n".join([*lines, "", ""]).encode() + body)
    assert (answer.status, answer.slug) == (400, "malformed-request")


async def test_connection_may_name_its_own_headers_only(front, mint):
    named = [("Connection", "close, X-Trace-Hint"), ("X-Trace-Hint", "1")]
    heard = (await front.ask("GET", OPEN, named)).json()
    assert "x-trace-hint" not in dict(heard["headers"])
    for name in ("Authorization", "Cookie", "Content-Length", "Host", "Idempotency-Key", "traceparent"):
        answer = await front.ask("GET", OPEN, [("Connection", f"close, {name}"), mint.bearer()])
        assert (answer.status, answer.slug) == (400, "malformed-request"), name


async def test_upgrades_are_not_taken_up(front):
    answer = await front.ask(
        "GET", OPEN, [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    )
    assert answer.status == 200
    assert "upgrade" not in dict(answer.json()["headers"])


async def test_too_many_headers_are_refused(front):
    answer = await front.ask("GET", OPEN, [(f"x-{n}", "1") for n in range(101)])
    assert (answer.status, answer.slug) == (400, "malformed-request")


async def test_the_memory_for_header_names_is_bounded():
    from gateway.hygiene import Hygiene

    hygiene = Hygiene(10)
    for n in range(5000):
        hygiene.inspect([(b"strange-%d" % n, b"1")])
    assert len(hygiene._actions) <= 2048
    assert hygiene.inspect([(b"x-user-4711-late", b"1")]).lines == []


@pytest.mark.parametrize(
    "headers",
    [[(b"content-length", b"3"), (b"transfer-encoding", b"chunked")], [(b"content-length", b"3"), (b"content-length", b"3")],
     [(b"content-length", b"+3")], [(b"content-length", b"3, 3")], [(b"content-length", b"\xc2\xb2")], [(b"content-length", b"9" * 13)],
     [(b"transfer-encoding", b"gzip, chunked")], [(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")],
     [(b"host", b"a"), (b"host", b"a")], [(b"expect", b"x")], [(b"authorization", b"a"), (b"authorization", b"b")]],
)  # fmt: skip
def test_contradictions_are_refused_whatever_the_server_let_through(headers):
    from gateway.hygiene import Hygiene, RequestRefused

    with pytest.raises(RequestRefused):
        Hygiene(100).inspect(headers)
