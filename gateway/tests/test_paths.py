"""One spelling for a path; what has two readings never reaches a service."""

import pytest

from gateway.paths import PathRefused, normalised

REFUSED = [
    b"", b"x", b"//", b"/v1//me", b"//evil.example/v1/me", b"/v1/./me", b"/v1/../me", b"/v1/me/..", b"/v1/me/.",
    b"/v1/%2e%2e/internal", b"/v1/%2E%2E/internal", b"/v1/.%2e/internal", b"/v1/%2e/me", b"/v1/me%2f..%2finternal",
    b"/v1%2fme", b"/v1/me%5c..", b"/v1\\me", b"/v1/me;a=b", b"/v1/me;/../x", b"/v1/me%3bx", b"/v1/me%00", b"/v1/me\x00",
    b"/v1/m\xd8\xa7", b"/v1/%d8%a7", b"/v1/%c0%ae%c0%ae/x", b"/v1/me%", b"/v1/me%2", b"/v1/me%zz", b"/v1/%252e%252e/x",
    b"/v1/me%0d%0aX:1", b"/v1/me\r\nX:1", b"/v1/me%7f", b"/v1/me#x", b"/v1/me?x", b"/v1/m e", b"/v1/<me>", b"/v1/me%3f",
]  # fmt: skip


@pytest.mark.parametrize("path", REFUSED, ids=repr)
def test_a_path_with_two_readings_is_refused(path):
    with pytest.raises(PathRefused):
        normalised(path)


@pytest.mark.parametrize(
    ("path", "one"),
    [(b"/", b"/"), (b"/v1/me", b"/v1/me"), (b"/.well-known/openid-configuration", b"/.well-known/openid-configuration"),
     (b"/v1/m%65", b"/v1/me"), (b"/oauth/%74oken", b"/oauth/token"), (b"/v1/a%20b", b"/v1/a%20b"), (b"/v1/a%3ab", b"/v1/a%3Ab"),
     (b"/v1/me/", b"/v1/me/"), (b"/v1/a.b..c", b"/v1/a.b..c"), (b"/v1/...", b"/v1/...")],
)  # fmt: skip
def test_a_path_has_one_spelling(path, one):
    assert normalised(path) == one
    assert normalised(one) == one


async def test_refused_paths_reach_nobody(front, mint):
    for path in REFUSED:
        if path[:1] != b"/" or any(byte in path for byte in (b" ", b"\r", b"?", b"#")):
            continue
        before = len(front.seen)
        name, value = mint.bearer()
        answer = await front.raw(b"GET " + path + f" HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\n\r\n".encode())
        assert (answer.status, answer.slug, len(front.seen)) == (400, "malformed-request", before), path


async def test_another_spelling_gets_the_same_decision(front):
    assert (await front.ask("GET", "/v1/%6de")).slug == "token-missing"
    assert (await front.ask("GET", "/%69nternal/x")).slug == "not-found"


async def test_a_query_with_odd_bytes_is_refused_and_an_ordinary_one_is_kept(front):
    assert (await front.ask("GET", "/v1/services?q=%D8%AA&a=[1]&b=;")).json()["query"] == "q=%D8%AA&a=[1]&b=;"
    for query in (b'a="', b"a=<b>", b"a=\\", b"a={1}", b"a=\xd8\xaa"):
        answer = await front.raw(b"GET /v1/services?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.slug == "malformed-request", query
