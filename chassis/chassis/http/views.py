"""Values that go out of every service alike: words in both languages, days in both calendars, the states people read."""

import datetime
from typing import overload

from pydantic import BaseModel

from chassis.calendar import OutOfTable, to_hijri
from chassis.clock import civil_day

Words = dict[str, str]


class DayView(BaseModel):
    """A day in both calendars; `hijri` is absent beyond the published table."""

    date: datetime.date
    hijri: str | None = None


class InstantView(BaseModel):
    """An instant, with the day in Riyadh on which it falls in both calendars."""

    at: datetime.datetime
    day: DayView


class StateView(BaseModel):
    """A word people read, such as the request state or whose turn it is."""

    word: str
    texts: Words


@overload
def day(value: datetime.date) -> DayView: ...
@overload
def day(value: None) -> None: ...
def day(value: datetime.date | None) -> DayView | None:
    """A day in both calendars; nothing for nothing."""
    if value is None:
        return None
    try:
        return DayView(date=value, hijri=str(to_hijri(value)))
    except OutOfTable:
        return DayView(date=value)


@overload
def instant(value: datetime.datetime) -> InstantView: ...
@overload
def instant(value: None) -> None: ...
def instant(value: datetime.datetime | None) -> InstantView | None:
    """An instant with its day; nothing for nothing."""
    return None if value is None else InstantView(at=value, day=day(civil_day(value)))
