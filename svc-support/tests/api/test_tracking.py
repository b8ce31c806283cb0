"""Tracking without signing in: right pairs always, wrong ones few, and nothing learnt from any answer."""

import asyncio
import statistics
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from support.models import TrackingAttempt

UNKNOWN = "TWS-2222-2222-2222"


def told(answer):
    """An answer without what differs by nature."""
    return answer.status_code, {k: v for k, v in answer.json().items() if k != "request_id"}


async def test_the_right_pair_shows_the_state_and_nothing_else_as_often_as_one_likes(house):
    ticket = await house.open(description="only mine")
    for _ in range(8):
        seen = await house.track(ticket["reference"], "4567")
        assert set(seen.json()) == {"reference", "status", "status_texts", "promised_on"}
    assert (await house.track(f"  {ticket['reference'].lower()} ", "٤٥٦٧")).status_code == 200
    assert await house.scalar(sa.select(sa.func.max(TrackingAttempt.attempts))) == 0


async def test_a_wrong_pair_an_unknown_number_and_an_unknown_mobile_are_answered_alike(house):
    known = await house.open()
    silent = await house.open(by="1000190015")  # of whom no mobile is known
    answers = [
        told(await house.track(reference, "0000")) for reference in (known["reference"], silent["reference"], UNKNOWN)
    ]
    assert answers[0][0] == 404
    assert answers[0] == answers[1] == answers[2]


async def test_two_hundred_wrong_pairs_at_once_are_five(house):
    ticket = await house.open()
    compared: list[str] = []
    index = house.service.cipher.index

    def counted(text: str) -> str:
        compared.extend([text] if text.startswith("track:TWS") else [])
        return index(text)

    house.service.cipher.index = counted

    async def guess(n: int):
        while True:
            answer = await house.track(ticket["reference"], f"{n:04d}", address=f"192.0.2.{n}")
            if answer.status_code in (404, 429):
                return answer
            assert answer.status_code in (409, 503), answer.text  # a busy machine: nothing was looked at, try again

    answers = await asyncio.gather(*(guess(n) for n in range(200)))
    assert [answer.status_code for answer in answers].count(404) == 5
    assert len(compared) == 5
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 195
    assert len({str(told(answer)) for answer in refused}) == 1
    assert (await house.track(ticket["reference"], "4567", address="198.51.100.1")).status_code == 429


async def test_one_address_guesses_twenty_times_whatever_the_number(house):
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    answers = [
        (await house.track(f"TWS-2222-2222-222{character}", "0000", address="203.0.113.9")).status_code
        for character in alphabet[:23]
    ]
    assert answers == [404] * 20 + [429] * 3
    ticket = await house.open()
    assert (await house.track(ticket["reference"], "4567", address="203.0.113.9")).status_code == 429
    assert (await house.track(ticket["reference"], "4567", address="203.0.113.10")).status_code == 200


async def test_the_address_is_the_one_the_gateway_wrote(house):
    for n in range(20):
        await house.track(UNKNOWN[:-2] + f"{n:02d}", "0000", address=f"10.0.0.{n}, 203.0.113.7")
    assert (await house.track("TWS-3333-3333-3333", "0000", address="10.9.9.9, 203.0.113.7")).status_code == 429


async def test_an_unknown_number_takes_as_long_as_a_wrong_pair(house):
    ticket = await house.open(description="long " * 700)
    await house.attach(ticket, ("a.png", b"x"))
    took: dict[str, list[float]] = {ticket["reference"]: [], UNKNOWN: []}
    for round_ in range(40):
        for reference, times in took.items():
            async with house.service.database.transaction() as session:
                await session.execute(sa.text("select set_config('app.standing', 'system', true)"))
                await session.execute(sa.delete(TrackingAttempt))
            began = time.perf_counter()
            answer = await house.track(reference, "0000", address=f"192.0.2.{round_}")
            times.append(time.perf_counter() - began)
            assert answer.status_code == 404
    known, unknown = (statistics.median(times) for times in took.values())
    spread = statistics.quantiles(took[UNKNOWN], n=4)
    assert abs(known - unknown) < max(0.002, spread[2] - spread[0]), (known, unknown)


async def test_the_same_statements_are_asked_for_a_known_and_an_unknown_number(house):
    ticket = await house.open()
    asked: list[str] = []
    sa.event.listen(
        house.service.database.engine.sync_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *more: asked.append(statement),
    )
    heard = []
    for reference in (ticket["reference"], UNKNOWN):
        asked.clear()
        await house.track(reference, "0000")
        heard.append(list(asked))
    assert heard[0] == heard[1]
    assert len(heard[0]) > 3


@pytest.mark.parametrize(
    ("reference", "end"),
    [
        ("TWS-\u0000", "0000"),
        ("x' or '1'='1", "0000"),
        ("T" * 33, "0000"),
        ("TWS-2", "00000"),
        ("TWS-2", "abcd"),
        ("", ""),
    ],
)
async def test_what_is_no_pair_at_all_is_refused_before_anything_is_asked(house, reference, end):
    assert (await house.track(reference, end)).status_code == 422
    assert await house.scalar(sa.select(sa.func.count()).select_from(TrackingAttempt)) == 0


async def test_a_new_hour_is_a_new_start_and_old_counts_are_forgotten(house):
    ticket = await house.open()
    for _ in range(6):
        await house.track(ticket["reference"], "0000")
    assert (await house.track(ticket["reference"], "4567")).status_code == 429
    house.clock.advance(timedelta(hours=1))
    assert (await house.track(ticket["reference"], "4567")).status_code == 200
    assert await house.scalar(sa.select(sa.func.max(TrackingAttempt.attempts))) == 0


async def test_neither_number_nor_address_is_stored(house):
    await house.track(UNKNOWN, "0000", address="192.0.2.77")
    rows = str(await house.rows(sa.text("select to_jsonb(t)::text from tracking_attempts t")))
    assert UNKNOWN not in rows
    assert "192.0.2.77" not in rows


async def test_the_catalogue_is_public_and_in_two_languages(house):
    services = (await house.api.get("/v1/services")).json()
    assert {each["state"] for each in services} == {"planned", "beta", "live"}
    assert len({each["slug"] for each in services}) == len(services)
    for each in services:
        assert each["names"]["ar"] != each["names"]["en"]
        assert 0 <= each["online_percent"] <= 100
        if each["state"] == "live" and each["online_percent"] < 100:
            assert each["needs_visit"], each["slug"]
