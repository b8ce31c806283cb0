"""Submission: once however often it is pressed, in few statements, waiting by itself for bodies that are late."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis.testing.fixtures import eventually
from tests.passport_desk import PATH, SYSTEM

MOST_STATEMENTS = 12  # the twelfth asks whether a new mobile holds the act back


async def forge(desk, statement):
    """Change what is stored behind the service's back."""
    async with desk.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.text(statement))


async def test_pressed_twice_it_is_sent_once(desk, person):
    who = person("900")
    application = await desk.paid(who)
    place = f"{PATH}/{application}/submit"
    answers = await asyncio.gather(*(desk.call("POST", place, who) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    assert {each.json().get("slug") for each in answers if each.status_code == 409} == {"move-not-open"}
    assert len(await desk.rows("select 1 from case_moves where action = 'submit'")) == 1
    assert len(await desk.rows("select 1 from outbox where type = 'passport.application.submitted.v1'")) == 1


async def test_the_same_key_twice_answers_twice_and_sends_once(desk, person):
    who = person("900")
    application = await desk.paid(who)
    place = f"{PATH}/{application}/submit"
    first, twin = await asyncio.gather(*(desk.call("POST", place, who, key="one") for _ in range(2)))
    later = await desk.call("POST", place, who, key="one")
    settled = [each for each in (first, twin, later) if each.status_code == 200]
    assert len(settled) >= 2
    assert len({each.text for each in settled}) == 1
    assert {each.status_code for each in (first, twin, later)} <= {200, 409}
    assert len(await desk.rows("select 1 from outbox where type = 'passport.application.submitted.v1'")) == 1


async def test_a_draft_cannot_be_sent_before_its_fee(desk, person):
    who = person("900")
    application = await desk.prepared(who)
    early = await desk.call("POST", f"{PATH}/{application}/submit", who)
    assert (early.status_code, early.json()["slug"]) == (409, "move-not-open")
    assert early.json()["texts"]["ar"]["detail"]


async def test_it_promises_a_day_and_blocks_the_old_booklet(desk, clock, person):
    who = person("900")
    application = await desk.in_review(who)
    seen = await desk.read(application, who)
    assert seen["promised_on"]["date"] > clock.today().isoformat()
    assert seen["promised_on"]["hijri"].startswith("14")
    (old,) = (await desk.ok("GET", "/v1/passports", who))["items"]
    assert (old["number"], old["status"]) == (seen["old_number"], "renewal_blocked")
    ((rules,),) = await desk.rows("select rules from acts where action = 'application.submit'")
    assert "passport.application.national_id_age" in rules


async def test_it_waits_for_a_registry_that_is_away_and_goes_on_by_itself(desk, bodies, clock, person):
    who = person("900")
    application = await desk.paid(who)
    clock.advance(timedelta(days=2))
    async with desk.away("registry"):
        sent = await desk.ok("POST", f"{PATH}/{application}/submit", who)
        assert (sent["status"], sent["turn"]["word"]) == ("submitted", "another_body")
        await asyncio.sleep(0.5)
        assert (await desk.read(application, who))["status"] == "submitted"
    await desk.until(application, who, "in_review")


async def test_an_answer_that_slipped_past_is_found_by_the_clock(desk, clock, person):
    who = person("900")
    application = await desk.paid(who)
    clock.advance(timedelta(days=2))
    await desk.ok("POST", f"{PATH}/{application}/submit", who)
    await desk.until(application, who, "in_review")
    # As if nobody had resumed it: the case waits, every fact is there, and only the timer is left.
    await forge(desk, "update applications set status = 'submitted'")
    await forge(desk, "update timers set state = 'armed' where kind = 'check.again'")
    clock.advance(timedelta(seconds=31))
    await desk.until(application, who, "in_review")


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ("jsonb_set(value, '{alive}', 'false')", "refused", "holder-deceased"),
        ("jsonb_set(value, '{inside_kingdom}', 'false')", "returned", "requirements"),
        ("jsonb_set(value, '{names,ar,given}', '\"سعد\"')", "returned", "requirements"),
    ],
)
async def test_what_changed_in_the_registry_stops_it(desk, person, change, status, reason):
    who = person("900")
    application = await desk.paid(who)
    # The submission waits for the post; meanwhile the registry's answer is another.
    async with desk.away("post"):
        await forge(desk, "update facts set answered_at = 'epoch', asked_at = 'epoch' where kind = 'post.addresses'")
        sent = await desk.ok("POST", f"{PATH}/{application}/submit", who)
        assert sent["status"] == "submitted"
        await forge(desk, f"update facts set value = {change} where kind = 'registry.person'")
    stopped = await desk.until(application, who, status)
    assert stopped["reason"] == reason
    assert stopped["reason_texts"]["ar"]

    async def told():
        return desk.events(application)[-1:] == [status]

    await eventually(told)


async def test_it_takes_few_statements(desk, person):
    who = person("900")
    application = await desk.paid(who)
    sent = []

    def count(connection, cursor, statement, parameters, context, executemany):
        # The worker's loops share the engine: only what this request's own transaction says is counted.
        if asyncio.current_task() is mine:
            sent.append(statement)

    mine = asyncio.current_task()
    engine = desk.service.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        await desk.ok("POST", f"{PATH}/{application}/submit", who)
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    assert 5 < len(sent) <= MOST_STATEMENTS, sent
