"""What time does by itself, with a moved clock: a missed promise is escalated, silence closes, a pause is a pause."""

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from chassis.calendar import Holidays, is_working_day, working_days_after
from chassis.clock import RIYADH
from chassis.models import CaseMoveRow, RelationRow


async def until_end_of(house, day, *, short_of=timedelta(0)):
    """Let time pass up to the end of a day in Riyadh."""
    end = datetime.combine(day, time(), RIYADH) + timedelta(days=1)
    await house.pass_time(max(timedelta(0), end - short_of - house.clock.now()))


async def test_a_promise_is_escalated_when_its_day_is_over_and_not_before(house):
    ticket = await house.open()
    row = await house.row(ticket)
    holidays = Holidays(house.service.rules().table("calendar.holidays"))
    assert row.promised_on == working_days_after(house.clock.today(), 7, holidays)
    await until_end_of(house, row.promised_on, short_of=timedelta(minutes=1))
    assert (await house.row(ticket)).escalated_at is None
    await house.pass_time(timedelta(minutes=2))
    assert (await house.row(ticket)).escalated_at is not None
    [item] = (await house.get("/v1/tickets/work-list", by=house.staff())).json()["items"]
    assert item["escalated"]


async def test_a_ticket_with_its_applicant_is_not_late_and_comes_back_with_the_days_that_were_left(house):
    ticket = await house.open()
    before = (await house.row(ticket)).promised_on
    await house.did(ticket, "take", "return")
    await house.pass_time(timedelta(days=13))
    assert (await house.row(ticket)).escalated_at is None
    await house.did(ticket, "answer")
    row = await house.row(ticket)
    holidays = Holidays(house.service.rules().table("calendar.holidays"))
    assert row.promised_on > before
    assert row.promised_on == working_days_after(house.clock.today(), 7, holidays)
    assert row.paused_on is None
    await until_end_of(house, row.promised_on)
    await house.pass_time(timedelta(minutes=1))
    assert (await house.row(ticket)).escalated_at is not None


async def test_returned_on_the_promised_day_is_not_late_when_it_comes_back(house):
    ticket = await house.open()
    await until_end_of(house, (await house.row(ticket)).promised_on, short_of=timedelta(hours=2))
    await house.did(ticket, "take", "return")
    await house.pass_time(timedelta(days=3))
    await house.did(ticket, "answer")
    await house.pass_time(timedelta(0))
    row = await house.row(ticket)
    assert row.escalated_at is None
    assert row.promised_on >= house.clock.today()
    assert is_working_day(row.promised_on, Holidays(house.service.rules().table("calendar.holidays")))


@pytest.mark.parametrize(("verbs", "days"), [(("take", "return"), 14), (("take", "process"), 5)])
async def test_silence_closes_after_the_rules_days_and_not_before(house, verbs, days):
    ticket = await house.open()
    await house.did(ticket, *verbs)
    await house.pass_time(timedelta(days=days) - timedelta(minutes=1))
    assert (await house.row(ticket)).status != "closed"
    await house.pass_time(timedelta(minutes=2))
    assert (await house.row(ticket)).status == "closed"
    last = await house.scalar(sa.select(CaseMoveRow).order_by(CaseMoveRow.version.desc()).limit(1))
    assert (last.action, last.standing) == ("close", "system")
    assert (await house.said())[-1] == "support.ticket.closed.v1"
    held = sa.select(sa.func.count()).where(RelationRow.relation == "assignee", RelationRow.ends_at.is_(None))
    assert await house.scalar(held) == 0


async def test_who_answers_in_time_is_not_closed(house):
    ticket = await house.open()
    await house.did(ticket, "take", "return")
    await house.pass_time(timedelta(days=13))
    await house.did(ticket, "answer")
    await house.pass_time(timedelta(days=30))
    assert (await house.row(ticket)).status == "returned_from_applicant"


async def test_a_processed_ticket_is_not_escalated(house):
    ticket = await house.open()
    await house.did(ticket, "take", "process")
    await house.pass_time(timedelta(days=40))
    row = await house.row(ticket)
    assert (row.status, row.escalated_at) == ("closed", None)
