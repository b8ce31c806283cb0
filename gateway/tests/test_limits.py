"""How much one caller may do, how much a body may bring, how long anything may take."""

import asyncio
import math
import socket

import pytest

from gateway import limits as limits_table
from gateway import routes as routes_table
from gateway.buckets import Buckets
from gateway.limits import Cost
from gateway.routes import RouteTableRefused

TIGHT = "[cost.act]\nrate = 1\nburst = 3\n[cost.read]\nrate = 1\nburst = 5\n[cost.open_read]\nrate = 1\nburst = 2\n"


def test_a_bucket_gives_its_burst_then_its_rate():
    buckets, cost = Buckets(10), Cost("act", 2.0, 5, 1.0)
    assert [buckets.take(cost, "a", 0.0) for _ in range(5)] == [0.0] * 5
    assert buckets.take(cost, "a", 0.0) == pytest.approx(0.5)
    assert buckets.take(cost, "b", 0.0) == 0.0
    assert buckets.take(cost, "a", 0.5) == 0.0
    assert buckets.take(cost, "a", 0.5) > 0
    assert [buckets.take(cost, "a", 100.0) for _ in range(6)][:5] == [0.0] * 5


def test_a_refusal_costs_nothing():
    buckets, cost = Buckets(10), Cost("act", 1.0, 1, 1.0)
    assert buckets.take(cost, "a", 0.0) == 0.0
    waits = [buckets.take(cost, "a", 0.0) for _ in range(100)]
    assert waits == [pytest.approx(1.0)] * 100


def test_buckets_are_bounded_and_forget_only_the_rested_first():
    buckets, cost = Buckets(100), Cost("act", 1.0, 1, 1.0)
    for n in range(100):
        buckets.take(cost, f"old-{n}", 0.0)
    buckets.take(cost, "busy", 5.0)
    assert len(buckets) == 1
    for n in range(1000):
        buckets.take(cost, f"new-{n}", 5.0)
    assert len(buckets) <= 100


async def test_a_subject_is_limited_and_told_when_to_come_back(workshop, mint):
    _, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, TIGHT)
    mine, other = mint.bearer(sub="a"), mint.bearer(sub="b")
    assert [(await front.ask("POST", "/v1/me", [mine])).status for _ in range(3)] == [200] * 3
    refused = await front.ask("POST", "/v1/me", [mine])
    assert (refused.status, refused.slug) == (429, "too-many-requests")
    assert int(refused.header("retry-after")) == refused.json()["details"]["retry_after"] >= 1
    assert refused.header("ratelimit-policy") == '"act";q=3;w=3'
    assert refused.header("ratelimit").startswith('"act";r=0;t=')
    assert (await front.ask("POST", "/v1/me", [other])).status == 200
    assert (await front.ask("GET", "/v1/me", [mine])).status == 200
    await asyncio.sleep(int(refused.header("retry-after")))
    assert (await front.ask("POST", "/v1/me", [mine])).status == 200


async def test_without_a_token_the_peers_address_counts_whatever_it_says_of_itself(workshop):
    _, address = await workshop.service("support", [])
    front = await workshop.front({"support": address}, TIGHT)
    answers = [await front.ask("GET", "/v1/services", [("X-Forwarded-For", f"9.9.9.{n}")]) for n in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429, 429]


async def test_guessing_tokens_is_limited_by_address(workshop, mint):
    _, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, "[cost.token_check]\nrate = 1\nburst = 4\n")
    answers = [await front.ask("GET", "/v1/me", [("Authorization", f"Bearer a.b.{n}")]) for n in range(8)]
    assert [answer.status for answer in answers] == [401] * 4 + [429] * 4


async def test_a_body_over_its_limit_is_refused_unread(front, mint):
    for path, limit in [("/v1/tickets", 1 << 20), ("/v1/tickets/1/attachments", 12 << 20),
                        ("/v1/passport-applications/1/photo", 12 << 20)]:  # fmt: skip
        before = len(front.seen)
        name, value = mint.bearer()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\n"
        answer = await front.raw(f"{head}Content-Length: {limit + 1}\r\n\r\n".encode())
        assert (answer.status, answer.slug, answer.json()["details"]["limit"]) == (413, "body-too-large", limit)
        assert answer.header("connection") == "close"
        assert len(front.seen) == before


async def test_a_body_at_its_limit_passes_and_a_refused_one_is_heard_to_its_end(front, mint):
    assert (await front.ask("POST", "/v1/tickets/1/attachments", [mint.bearer()], b"a" * (12 << 20))).status == 200
    refused = await front.ask("POST", "/v1/tickets", [mint.bearer()], b"a" * (8 << 20))
    assert refused.slug == "body-too-large"


async def test_chunks_are_counted_too(front, mint):
    name, value = mint.bearer()
    head = f"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"10000\r\n" + b"a" * 65536 + b"\r\n" for _ in range(17)) + b"0\r\n\r\n"
    assert (await front.raw(head.encode() + chunks)).slug == "body-too-large"


@pytest.mark.parametrize("start", [b"", b"a" * 70_000], ids=["small", "streamed"])
async def test_a_body_that_does_not_come_is_late(workshop, mint, start):
    seen = []
    _, address = await workshop.service("support", seen)
    _, identity = await workshop.service("identity", [])
    front = await workshop.front({"support": address, "identity": identity}, "[times]\nbody = 0.3\n")
    name, value = mint.bearer()
    head = f"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: 100000\r\n\r\n"
    answer = await front.raw(head.encode() + start)
    assert (answer.status, answer.slug) == (408, "body-late")
    assert not [heard for heard in seen if heard["size"]]


async def test_a_head_that_does_not_come_ends_the_connection(workshop):
    front = await workshop.front({}, "[times]\nhead = 0.3\n")
    for start in (b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX-A: a"):
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
        writer.write(start)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()


async def test_two_hundred_slow_clients_do_not_hold_up_the_others(front):
    slow = [await asyncio.open_connection("127.0.0.1", front.port) for _ in range(200)]
    for _, writer in slow:
        writer.write(b"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na")
    await asyncio.sleep(0.1)
    assert front.gateway.upstreams["support"].in_flight == 0, (
        "a service hears of no request before its small body is whole"
    )
    assert (await asyncio.wait_for(front.ask("POST", "/v1/services", body=b"a"), 2)).status == 200
    for _, writer in slow:
        writer.close()


async def test_bodies_held_at_once_are_bounded(workshop):
    _, address = await workshop.service("support", [])
    front = await workshop.front({"support": address}, "[sizes]\nbodies_at_once = 3\n")
    slow = [await asyncio.open_connection("127.0.0.1", front.port) for _ in range(3)]
    for _, writer in slow:
        writer.write(b"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na")
    await asyncio.sleep(0.1)
    assert (await front.ask("POST", "/v1/services", body=b"a")).slug == "service-unavailable"
    for _, writer in slow:
        writer.close()
    await asyncio.sleep(0.1)
    assert (await front.ask("POST", "/v1/services", body=b"a")).status == 200


def test_the_packaged_limits_are_read_and_an_own_file_lies_over_them(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[times]\nanswer = 3.0\n[cost.act]\nrate = 9\n", encoding="utf-8")
    limits = limits_table.read(own)
    assert (limits.times.answer, limits.times.body) == (3.0, limits_table.read().times.body)
    assert (limits.cost["act"].rate, limits.cost["act"].burst) == (9, limits_table.read().cost["act"].burst)
    own.write_text("[times]\nanwser = 3.0\n", encoding="utf-8")
    with pytest.raises(TypeError):
        limits_table.read(own)


def test_a_table_of_routes_that_contradicts_itself_is_refused(tmp_path):
    limits = limits_table.read()
    for text in (
        '[[route]]\nprefix = "/internal/x"\nservice = "a"\n',
        '[[route]]\nprefix = "/a"\nservice = "a"\n[[route]]\nprefix = "/a"\nservice = "b"\n',
        '[[route]]\nprefix = "/a"\nservice = "a"\ncost = "free"\n',
        '[[route]]\nprefix = "/a"\nservice = "a"\nopen = true\n',
    ):
        file = tmp_path / "routes.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RouteTableRefused):
            routes_table.read(limits, file)


def test_every_wait_is_shorter_than_the_one_outside_it():
    times = limits_table.read().times
    assert times.connect < times.answer < 10.0
    assert times.idle_upstream < 5.0, "uvicorn closes an idle connection after 5 s"
    assert math.isclose(times.answer, 8.0)


async def test_a_client_that_writes_all_before_it_reads_still_hears_the_refusal(front, mint):
    name, value = mint.bearer()
    size = 6 << 20
    head = f"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: {size}\r\n\r\n".encode()

    def write_then_read() -> bytes:
        with socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain:
            plain.sendall(head + bytes(size))
            return plain.recv(65536)

    said = await asyncio.to_thread(write_then_read)
    assert said.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("ending", ["keep-alive", "close"])
async def test_an_answer_nobody_fetches_is_given_up(workshop, ending):
    _, support = await workshop.service("support", [])
    front = await workshop.front({"support": support}, "[times]\nclient_stall = 0.5\n")
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.connect(("127.0.0.1", front.port))
        asked = f"GET /v1/services/bytes-{64 << 20} HTTP/1.1\r\nHost: x\r\nConnection: {ending}\r\n\r\n"
        plain.sendall(asked.encode())
        await asyncio.sleep(0.3)
        assert len(front.server.server_state.connections) == 1
        for _ in range(40):
            await asyncio.sleep(0.1)
            if not front.server.server_state.connections:
                break
        assert not front.server.server_state.connections
    assert front.gateway.upstreams["support"].in_flight == 0


async def test_connections_are_bounded(workshop):
    front = await workshop.front({}, "[sizes]\nconnections = 3\n")
    kept = [await asyncio.open_connection("127.0.0.1", front.port) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await front.ask("GET", "/health/live")
    kept[0][1].close()
    await asyncio.sleep(0.1)
    assert (await front.ask("GET", "/health/live")).status == 200
    for _, writer in kept:
        writer.close()


def test_a_household_of_ipv6_is_one_caller():
    from gateway.app import create_gateway
    from gateway.settings import Settings

    peer = create_gateway(Settings(upstreams={}))._gate.peer
    assert peer("2001:db8:1:2:3::4") == peer("2001:db8:1:2:ffff::1") != peer("2001:db8:1:3::1")
    assert peer("192.0.2.1") == "192.0.2.1"
    assert peer("fe80::1%eth0") == peer("fe80::2")
