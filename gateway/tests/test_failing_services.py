"""Services that are down, slow, half-dead or talking nonsense: a problem in time, nothing sent twice, others unharmed."""

import asyncio
import time

import pytest

OPEN = "/v1/services"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_a_service_that_is_down_is_a_503_with_when_to_come_back(workshop):
    front = await workshop.front({"support": "http://127.0.0.1:9"})
    answer = await front.ask("POST", OPEN, body=b"a")
    assert (answer.status, answer.slug) == (503, "service-unavailable")
    assert int(answer.header("retry-after")) >= 1
    assert answer.json()["details"]["outcome"] == "not_sent"


async def test_a_service_nobody_set_up_is_a_503_too(workshop):
    front = await workshop.front({})
    assert (await front.ask("GET", OPEN)).slug == "service-unavailable"


async def test_a_slow_service_is_a_504_in_time_and_does_not_slow_the_others(workshop):
    _, support = await workshop.service("support", [])
    _, delivery = await workshop.service("delivery", [])
    front = await workshop.front({"support": support, "delivery": delivery}, "[times]\nanswer = 1.0\n")
    started = time.monotonic()
    slow = [asyncio.create_task(front.ask("POST", f"{OPEN}/sleep-30")) for _ in range(10)]
    await asyncio.sleep(0.05)
    assert (await front.ask("GET", "/v1/offices")).status == 200
    assert not any(each.done() for each in slow), "nobody waited for them"
    answers = await asyncio.gather(*slow)
    assert time.monotonic() - started < 15
    assert {(answer.status, answer.slug) for answer in answers} == {(504, "upstream-late")}
    assert answers[0].json()["details"]["outcome"] == "unknown"
    assert front.gateway.upstreams["support"].in_flight == 0


async def test_a_black_hole_is_a_504(workshop):
    async def talk(reader, writer):
        await reader.read()

    front = await workshop.front({"support": await workshop.scripted(talk)}, "[times]\nanswer = 0.3\n")
    assert (await front.ask("GET", OPEN)).status == 504


@pytest.mark.parametrize(
    "words",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", b"HTTP/1.1 999999 OK\r\n\r\n", b"\x00" * 50,
     b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", b"HTTP/1.1 200 O",
     b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"],
)  # fmt: skip
async def test_nonsense_is_a_502(workshop, words):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)

    front = await workshop.front({"support": await workshop.scripted(talk)})
    answer = await front.ask("GET", OPEN)
    assert (answer.status, answer.slug) == (502, "answer-broken")


async def test_half_an_answer_does_not_look_like_a_whole_one(workshop):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()

    front = await workshop.front({"support": await workshop.scripted(talk)})
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
    writer.write(b"GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n")
    said = await asyncio.wait_for(reader.read(), 3)
    assert b"hello" in said
    assert not said.endswith(b"0\r\n\r\n")
    writer.close()


async def test_an_answer_without_a_length_ends_with_its_connection(workshop):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello")

    front = await workshop.front({"support": await workshop.scripted(talk)})
    assert (await front.ask("GET", OPEN)).body == b"hello"


async def test_interim_answers_are_passed_over(workshop):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK)

    front = await workshop.front({"support": await workshop.scripted(talk)})
    answer = await front.ask("GET", OPEN)
    assert (answer.status, answer.body, answer.header("link")) == (200, b"ok", None)


async def test_a_second_answer_nobody_asked_for_reaches_nobody(workshop):
    async def talk(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")

    front = await workshop.front({"support": await workshop.scripted(talk)})
    for _ in range(5):
        assert (await front.ask("GET", OPEN)).body == b"ok"


async def test_words_on_an_idle_connection_reach_nobody(workshop):
    async def talk(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")

    front = await workshop.front({"support": await workshop.scripted(talk)})
    for _ in range(5):
        assert (await front.ask("GET", OPEN)).body == b"ok"
        await asyncio.sleep(0.1)


def closing_after_one(heard):
    """Answers once per connection, then hangs up when it hears the next request: a kept connection gone stale."""

    async def talk(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        heard.append(await reader.readuntil(b"\r\n\r\n"))

    return talk


@pytest.mark.parametrize(
    ("method", "status", "times"),
    [("GET", 200, 2), ("HEAD", 200, 2), ("POST", 503, 1), ("PUT", 503, 1), ("DELETE", 503, 1)],
)
async def test_only_what_changes_nothing_is_sent_again(workshop, method, status, times):
    heard: list[bytes] = []
    front = await workshop.front({"support": await workshop.scripted(closing_after_one(heard))})
    assert (await front.ask("GET", OPEN)).status == 200
    answer = await front.ask(method, OPEN)
    assert answer.status == status
    assert len([line for line in heard[1:] if line.startswith(method.encode())]) == times
    if status == 503:
        assert answer.json()["details"]["outcome"] == "unknown"


async def test_a_request_is_sent_again_once_only(workshop):
    heard: list[bytes] = []

    async def talk(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        if len(heard) == 1:
            writer.write(OK)
            heard.append(await reader.readuntil(b"\r\n\r\n"))

    front = await workshop.front({"support": await workshop.scripted(talk)})
    assert (await front.ask("GET", OPEN)).status == 200
    assert (await front.ask("GET", OPEN)).status == 503
    assert len(heard) == 3


async def test_a_kept_connection_that_was_closed_is_not_used(workshop):
    connections = 0

    async def talk(reader, writer):
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    front = await workshop.front({"support": await workshop.scripted(talk)})
    for _ in range(5):
        assert (await front.ask("POST", OPEN, body=b"a")).status == 200
        await asyncio.sleep(0.02)
    assert connections == 5


async def test_connections_are_kept_and_closed_when_idle(workshop):
    connections, gone = 0, asyncio.Event()

    async def talk(reader, writer):
        nonlocal connections
        connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
        finally:
            gone.set()

    front = await workshop.front({"support": await workshop.scripted(talk)}, "[times]\nidle_upstream = 0.3\n")
    for _ in range(10):
        assert (await front.ask("GET", OPEN)).status == 200
    assert connections == 1
    await asyncio.wait_for(gone.wait(), 60)


async def test_the_breaker_opens_asks_once_in_a_while_and_closes(workshop):
    broken, asked = True, 0

    async def talk(reader, writer):
        nonlocal asked
        while True:
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            if broken:
                return
            writer.write(OK)

    bounds = "[breaker]\ncalls = 6\nprobe_every = 0.4\n"
    front = await workshop.front({"support": await workshop.scripted(talk)}, bounds)
    for _ in range(6):
        assert (await front.ask("POST", OPEN)).json()["details"]["outcome"] == "unknown"
    assert front.gateway.upstreams["support"].breaker.opened
    for _ in range(10):
        answer = await front.ask("POST", OPEN)
        assert (answer.status, answer.json()["details"]["outcome"]) == (503, "not_sent")
    assert asked == 6
    broken = False
    await asyncio.sleep(0.45)
    assert (await front.ask("GET", OPEN)).status == 200
    assert not front.gateway.upstreams["support"].breaker.opened
    assert [(await front.ask("GET", OPEN)).status for _ in range(10)] == [200] * 10


async def test_failures_among_many_successes_do_not_open_it(workshop):
    count = 0

    async def talk(reader, writer):
        nonlocal count
        while True:
            await reader.readuntil(b"\r\n\r\n")
            count += 1
            if count % 3 == 0:
                return
            writer.write(OK)

    front = await workshop.front({"support": await workshop.scripted(talk)}, "[breaker]\ncalls = 6\n")
    statuses = [(await front.ask("POST", OPEN)).status for _ in range(30)]
    assert statuses.count(503) == 10
    assert not front.gateway.upstreams["support"].breaker.opened


async def test_a_full_service_sheds_the_least_important_first(workshop, mint):
    _, support = await workshop.service("support", [])
    _, identity = await workshop.service("identity", [])
    limits = (
        "[upstream]\nin_flight = 10\n[cost.act]\nrate = 1000\nburst = 1000\nshare = 1.0\n"
        "[cost.open_read]\nrate = 1000\nburst = 1000\nshare = 0.5\n"
    )
    front = await workshop.front({"support": support, "identity": identity}, limits)
    bearer = mint.bearer()
    slow = [asyncio.create_task(front.ask("POST", "/v1/tickets/sleep-0.6", [bearer])) for _ in range(5)]
    await asyncio.sleep(0.2)
    assert (await front.ask("GET", OPEN)).slug == "service-unavailable"
    assert (await front.ask("POST", "/v1/tickets", [bearer])).status == 200
    slow += [asyncio.create_task(front.ask("POST", "/v1/tickets/sleep-0.6", [bearer])) for _ in range(6)]
    assert sorted(answer.status for answer in await asyncio.gather(*slow)) == [200] * 10 + [503]
    assert (await front.ask("GET", OPEN)).status == 200


async def test_an_early_answer_ends_a_long_upload(workshop, mint):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 422 Unprocessable\r\ncontent-length: 2\r\n\r\nno")
        await asyncio.sleep(1)

    _, identity = await workshop.service("identity", [])
    front = await workshop.front({"identity": identity, "support": await workshop.scripted(talk)})
    name, value = mint.bearer()
    head = f"POST /v1/tickets/1/attachments HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: 9000000\r\n\r\n"
    answer = await front.raw(head.encode() + b"a" * 200_000, patience=2)
    assert (answer.status, answer.body, answer.header("connection")) == (422, b"no", "close")


async def test_a_client_that_leaves_takes_its_upload_with_it(workshop, mint):
    ended = asyncio.Event()

    async def talk(reader, writer):
        await reader.read()
        ended.set()

    _, identity = await workshop.service("identity", [])
    front = await workshop.front({"identity": identity, "support": await workshop.scripted(talk)})
    name, value = mint.bearer()
    _, writer = await asyncio.open_connection("127.0.0.1", front.port)
    head = f"POST /v1/tickets/1/attachments HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: 9000000\r\n\r\n"
    writer.write(head.encode() + b"a" * 200_000)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.wait_for(ended.wait(), 60)
    await asyncio.sleep(0.05)
    assert front.gateway.upstreams["support"].in_flight == 0
