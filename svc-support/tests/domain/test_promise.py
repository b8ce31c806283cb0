"""The promise's arithmetic: working days, holidays, and a clock that stands still with the applicant."""

from datetime import date, timedelta
from itertools import product

import pytest

from chassis.calendar import Holidays, is_working_day, working_days_between
from chassis.rulebook import Rulebook
from support.domain.promise import moved_on, promised_on

NONE: frozenset[date] = frozenset()
SUNDAY = date(2026, 11, 22)


def day(offset: int) -> date:
    return SUNDAY + timedelta(offset)


@pytest.mark.parametrize(
    ("opened", "promised"),
    [
        (SUNDAY, date(2026, 12, 1)),  # mon tue wed thu | sun mon tue
        (date(2026, 11, 26), date(2026, 12, 7)),  # thursday: the weekend does not count
        (date(2026, 11, 27), date(2026, 12, 7)),  # friday and
        (date(2026, 11, 28), date(2026, 12, 7)),  # saturday are as good as thursday
    ],
)
def test_seven_working_days_by_hand(opened, promised):
    assert promised_on(opened, 7, NONE) == promised


def test_a_holiday_is_no_working_day():
    opened = date(2026, 9, 20)
    holidays = Holidays(Rulebook.of("chassis").on(opened).table("calendar.holidays"))
    assert date(2026, 9, 23) in holidays
    assert promised_on(opened, 7, holidays) == promised_on(opened, 8, NONE)


@pytest.mark.parametrize(
    ("promise", "paused", "resumed", "then"),
    [
        (day(7), day(1), day(1), day(7)),  # returned and answered on one day: nothing changes
        (day(7), day(1), day(2), day(8)),  # one day with the applicant: one day later
        (day(3), day(1), day(10), day(14)),  # two days were left
        (day(3), day(3), day(3), day(3)),  # returned on the promised day and answered at once
        (day(3), day(3), day(8), day(8)),  # … and days later: the rest of a day was left
        (day(3), day(3), day(5), day(7)),  # … and on a Friday: the next working day's end
        (day(3), day(4), day(9), day(3)),  # missed before it was returned: stays missed
    ],
)
def test_the_promise_stands_still_while_the_applicant_has_the_ticket(promise, paused, resumed, then):
    assert moved_on(promise, paused, resumed, NONE) == then


def test_whatever_the_days_a_pause_takes_no_working_day_from_us_and_gives_none():
    holidays = {day(8), day(15)}
    for opened, before, pause in product(range(7), range(12), range(20)):
        promise = promised_on(day(opened), 7, holidays)
        paused, resumed = day(opened + before), day(opened + before + pause)
        moved = moved_on(promise, paused, resumed, holidays)
        assert is_working_day(moved, holidays)
        if paused < promise:
            left = working_days_between(paused, promise, holidays)
            assert working_days_between(resumed, moved, holidays) == left
        elif paused == promise:
            assert moved >= resumed
            assert working_days_between(resumed, moved, holidays) <= 1
        else:
            assert moved == promise
