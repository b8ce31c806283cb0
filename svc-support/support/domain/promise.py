"""The promise of a ticket, counted in working days; it stands still while the applicant has it."""

from collections.abc import Container
from datetime import date

from chassis.calendar import is_working_day, working_days_after, working_days_between


def promised_on(opened_on: date, working_days: int, holidays: Container[date]) -> date:
    """The day by which a ticket opened on a day is to be processed."""
    return working_days_after(opened_on, working_days, holidays)


def moved_on(promise: date, paused_on: date, resumed_on: date, holidays: Container[date]) -> date:
    """The promise after a pause: as many working days as were left when it began. A missed promise stays missed.

    Returned on the promised day itself, it ends with the working day on which it comes back, or the next one.
    """
    if paused_on > promise:
        return promise
    left = working_days_between(paused_on, promise, holidays)
    if left == 0 and not is_working_day(resumed_on, holidays):
        left = 1
    return working_days_after(resumed_on, left, holidays)
