"""Bytes that two readers could cut differently: refused before a service hears of them, and the connection ends."""

import asyncio

import pytest

POST = b"POST /v1/services HTTP/1.1\r\nHost: x\r\n"
HIDDEN = b"GET /v1/services/hidden HTTP/1.1\r\nHost: x\r\n\r\n"

REFUSED = {
    "length and chunked": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + HIDDEN,
    "two equal lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "length list": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "negative length": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "plus length": POST + b"Content-Length: +3\r\n\r\nabc",
    "hex length": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "huge length": POST + b"Content-Length: 99999999999999999999999\r\n\r\n" + HIDDEN,
    "empty length": POST + b"Content-Length: \r\n\r\n" + HIDDEN,
    "space before colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "space before coding's colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding identity": POST + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    "coding gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding doubled": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding with a tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "coding quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + HIDDEN,
    "folded line": POST + b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "line feed only": b"GET /v1/services HTTP/1.1\nHost: x\n\n",
    "line feed in a header": POST + b"X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "carriage return in a value": POST + b"X-A: b\rX-B: c\r\nContent-Length: 0\r\n\r\n",
    "nul in a value": POST + b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "nul in a name": POST + b"X-\x00A: b\r\nContent-Length: 0\r\n\r\n",
    "no colon": POST + b"Nonsense\r\nContent-Length: 0\r\n\r\n",
    "leading space": b"POST /v1/services HTTP/1.1\r\n Host: x\r\n\r\n",
    "chunk of no size": POST + b"Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
    "chunk of wrong size": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n" + HIDDEN,
    "chunk of huge size": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "chunk size in octal dress": POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "chunk ended by line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
    "no version": b"GET /v1/services\r\nHost: x\r\n\r\n",
    "version 1.2": b"GET /v1/services HTTP/1.2\r\nHost: x\r\n\r\n",
    "version 2": b"GET /v1/services HTTP/2.0\r\nHost: x\r\n\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /v1/services HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /v1/services HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a get with a body": b"GET /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 47\r\n\r\n" + HIDDEN,
    "a get with chunks": b"GET /v1/services HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "nothing of the kind": b"\x00\x01\x02\x03\r\n\r\n",
    "other expectation": POST + b"Content-Length: 3\r\nExpect: miracles\r\n\r\nabc",
}


async def everything(port: int, data: bytes) -> bytes:
    """All that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


@pytest.mark.parametrize("name", REFUSED)
async def test_ambiguous_bytes_are_refused_and_the_connection_ends(front, name):
    before = len(front.seen)
    said = await everything(front.port, REFUSED[name])
    assert said.startswith(b"HTTP/1.1 400 "), said[:200]
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"malformed-request" in said
    assert b"application/problem+json" in said
    assert len(front.seen) == before


async def test_an_absolute_address_is_read_by_its_path_only(front):
    said = await front.raw(b"GET http://evil.example/v1/services HTTP/1.1\r\nHost: x\r\n\r\n")
    assert dict(said.json()["headers"])["host"] == "localhost:8080"


async def test_pipelined_requests_are_answered_in_their_order(front):
    one = b"GET /v1/services/%d HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /v1/services/9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = await everything(front.port, b"".join(one % n for n in range(9)) + last)
    places = [said.index(b'"path":"/v1/services/%d"' % n) for n in range(10)]
    assert places == sorted(places)
    assert said.count(b"HTTP/1.1 200 ") == 10


async def test_nothing_after_a_close_is_carried_out(front):
    before = len(front.seen)
    said = await everything(front.port, b"GET /v1/services HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + HIDDEN)
    assert said.count(b"HTTP/1.1 200 ") == 1
    await asyncio.sleep(0.2)
    assert len(front.seen) == before + 1


async def test_a_good_request_is_answered_before_a_bad_one_behind_it(front):
    said = await everything(front.port, b"GET /v1/services/sleep-0.2 HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1 ") == 1


async def test_a_head_that_is_too_large_is_refused(front):
    for data in (
        b"GET /v1/services?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/services HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /v1/services HTTP/1.1\r\nHost: x\r\n" + b"X-A: aaaaaaaa\r\n" * 5000 + b"\r\n",
        b"GET /v1/services HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 2_000_000,
    ):
        assert (await everything(front.port, data)).startswith(b"HTTP/1.1 400 ")


async def test_trailers_are_not_headers(front, mint):
    name, value = mint.bearer()
    chunks = b"3\r\nabc\r\n0\r\nX-Late: 1\r\nContent-Type: text/html\r\n" + f"{name}: {value}\r\n\r\n".encode()
    for start, body in [(b"", chunks), (chunks[:8], chunks[8:])]:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
        writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n" + start)
        await asyncio.sleep(0.05)
        writer.write(body)
        said = await reader.readuntil(b'"sha"')
        assert b'"size":3' in said
        assert b"x-late" not in said
        assert b"text/html" not in said
        assert b"Bearer" not in said
        writer.close()
    guarded = POST.replace(b"/v1/services", b"/v1/tickets") + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    assert (await front.raw(guarded)).slug == "token-missing"


async def test_a_client_of_http_1_0_gets_no_chunks(front):
    said = await everything(front.port, b"GET /v1/services/bytes-131072 HTTP/1.0\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == b"x" * 131072
