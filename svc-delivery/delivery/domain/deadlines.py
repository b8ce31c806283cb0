"""When something is due: hours from an instant, or the end of the so-manieth working day after it."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta

from chassis.calendar import working_days_after
from chassis.clock import RIYADH, civil_day


def hours_after(instant: datetime, hours: int) -> datetime:
    """The instant so many hours later."""
    return instant + timedelta(hours=hours)


def end_of_working_day(instant: datetime, days: int, holidays: Container[date]) -> datetime:
    """Midnight in Riyadh that ends the so-manieth working day after the instant's own day."""
    last = working_days_after(civil_day(instant), days, holidays)
    return datetime.combine(last + timedelta(days=1), time.min, RIYADH)
