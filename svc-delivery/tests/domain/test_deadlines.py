"""Hours run through nights and feasts; working days are Sunday to Thursday without holidays."""

from datetime import UTC, date, datetime

from chassis.calendar import Holidays
from chassis.clock import RIYADH
from chassis.rulebook import Rulebook
from delivery.domain.deadlines import end_of_working_day, hours_after

HOLIDAYS = Holidays(Rulebook.of("chassis").on(date(2026, 11, 22)).table("calendar.holidays"))


def test_a_promise_of_a_day_runs_over_the_weekend():
    friday = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert hours_after(friday, 24) == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_fifteen_working_days_are_three_weeks():
    # Held on Sunday 22 November: the fifteenth working day after it is Sunday 13 December.
    due = end_of_working_day(datetime(2026, 11, 22, 9, tzinfo=UTC), 15, HOLIDAYS)
    assert due == datetime(2026, 12, 14, tzinfo=RIYADH)


def test_the_day_counts_in_riyadh():
    # 22:30 UTC on Saturday is already Sunday in Riyadh, so Monday is the first working day after it.
    due = end_of_working_day(datetime(2026, 11, 21, 22, 30, tzinfo=UTC), 1, HOLIDAYS)
    assert due == datetime(2026, 11, 24, tzinfo=RIYADH)


def test_national_day_and_the_weekend_do_not_count():
    # Tuesday 22 September 2026; Wednesday the 23rd is National Day, Friday and Saturday nobody works.
    due = end_of_working_day(datetime(2026, 9, 22, 9, tzinfo=UTC), 2, HOLIDAYS)
    assert due == datetime(2026, 9, 28, tzinfo=RIYADH)
