"""Deadlines that fire by themselves, and leave alone what has moved on."""

from datetime import timedelta

from chassis.testing.fixtures import eventually
from tests.passport_desk import PATH


async def test_a_forgotten_draft_expires_and_gives_a_reserved_fee_back(desk, clock, person):
    who = person("900")
    application = await desk.paid(who)
    clock.advance(timedelta(days=31))
    expired = await desk.until(application, who, "expired")
    assert (expired["state"]["word"], expired["reason"]) == ("expired", "draft-wait-over")

    async def given_back():
        return (await desk.bodies.payments.balance(who, "37")).reserved_minor == 0

    await eventually(given_back)
    assert desk.events(application) == []
    await desk.ok("POST", f"{PATH}/eligibility", who, json={})


async def test_a_draft_that_was_sent_in_time_does_not_expire(desk, clock, person):
    who = person("900")
    application = await desk.in_review(who)
    clock.advance(timedelta(days=31))

    async def fired():
        rows = await desk.rows("select state from timers where kind = 'draft.expires'")
        return [row.state for row in rows] == ["fired"]

    await eventually(fired)
    assert (await desk.read(application, who))["status"] == "in_review"
