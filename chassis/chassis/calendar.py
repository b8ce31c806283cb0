"""Two calendars, durations and working days. The only place that knows the Umm al-Qura table (hijridate).

A day is always a ``date``; a Hijri date is another way to write it. Sums are made in the calendar the rule names. A sum
that lands on a day its month does not have takes the last day that month has (29 February plus a year is 28 February;
30 Safar plus a year may be 29 Safar), and ages turn by the same sum, so that "n years later" and "n years old" never
disagree.
"""

import calendar as gregorian
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any, Final, Literal

from hijridate import Gregorian, Hijri

from chassis.catalogue import Language, Texts
from chassis.folding import fold_digits
from chassis.refusals import Invalid

Calendar = Literal["gregorian", "umm-al-qura"]
CALENDARS: Final[tuple[Calendar, ...]] = ("gregorian", "umm-al-qura")

TABLE_VERSION: Final = f"hijridate {version('hijridate')}"
"""Which table the Hijri dates of this run were taken from: stored beside what was decided by them."""

FIRST_DAY: Final = date(1924, 8, 1)
LAST_DAY: Final = date(2077, 11, 16)

_MONTHS: Final = 12
_HIJRI: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})", re.ASCII)
_FRIDAY, _SATURDAY = 4, 5


class OutOfTable(Invalid, ValueError):
    """The day lies outside 1343-01-01 … 1500-12-30 AH, where there is no table: only its Gregorian form is known."""

    slug = "date-outside-hijri-table"


class NotADate(Invalid, ValueError):
    """No such day in the Hijri calendar: a thirteenth month, or a thirtieth day of a short one."""

    slug = "date-not-valid"


@dataclass(frozen=True, order=True)
class HijriDate:
    """A day of the Umm al-Qura calendar; ``str()`` is ``1448-06-11``."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


def to_hijri(day: date) -> HijriDate:
    """The same day in the Umm al-Qura calendar. Raises OutOfTable."""
    _check_range(day)
    return HijriDate(*Gregorian.fromdate(day).to_hijri().datetuple())


def from_hijri(hijri: HijriDate) -> date:
    """The same day in the Gregorian calendar. Raises OutOfTable or NotADate."""
    try:
        return date.fromordinal(Hijri(hijri.year, hijri.month, hijri.day).to_gregorian().toordinal())
    except OverflowError:
        raise OutOfTable() from None
    except ValueError:
        raise NotADate() from None


def parse_hijri(text: str) -> HijriDate:
    """A Hijri date as typed, year first, with - or /, in either set of digits. Raises OutOfTable or NotADate."""
    parts = _HIJRI.fullmatch(fold_digits(text).strip())
    if parts is None:
        raise NotADate()
    hijri = HijriDate(int(parts[1]), int(parts[2]), int(parts[3]))
    from_hijri(hijri)
    return hijri


def hijri_text(day: date, language: Language) -> str:
    """The day written out in the Umm al-Qura calendar with Western digits. Raises OutOfTable."""
    hijri = to_hijri(day)
    month = _texts().say(f"hijri-month-{hijri.month}", language)
    return _texts().say("hijri-date", language, day=hijri.day, month=month, year=hijri.year)


def gregorian_text(day: date, language: Language) -> str:
    """The day written out in the Gregorian calendar with Western digits."""
    month = _texts().say(f"gregorian-month-{day.month}", language)
    return _texts().say("gregorian-date", language, day=day.day, month=month, year=day.year)


def add_years(day: date, years: int, calendar: Calendar) -> date:
    """The same day so many years later (or earlier) in that calendar. Raises OutOfTable in the Hijri one."""
    return add_months(day, years * _MONTHS, calendar)


def add_months(day: date, months: int, calendar: Calendar) -> date:
    """The same day so many months later (or earlier) in that calendar. Raises OutOfTable in the Hijri one."""
    if calendar == "umm-al-qura":
        hijri = to_hijri(day)
        year, month = _shift(hijri.year, hijri.month, months)
        return from_hijri(HijriDate(year, month, min(hijri.day, _days_in_hijri_month(year, month))))
    year, month = _shift(day.year, day.month, months)
    return date(year, month, min(day.day, gregorian.monthrange(year, month)[1]))


def age_on(born_on: date, day: date, calendar: Calendar) -> int:
    """Full years of age on that day, counted in that calendar. Raises OutOfTable; ValueError before birth."""
    if day < born_on:
        raise ValueError("date-before-birth")
    years = to_hijri(day).year - to_hijri(born_on).year if calendar == "umm-al-qura" else day.year - born_on.year
    return years if add_years(born_on, years, calendar) <= day else years - 1


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Sunday to Thursday and no holiday."""
    return day.weekday() not in (_FRIDAY, _SATURDAY) and day not in holidays


def working_days_after(start: date, count: int, holidays: Container[date]) -> date:
    """The so-manieth working day after the start, which itself does not count; zero gives the start back."""
    if count < 0:
        raise ValueError("working days are counted forward")
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def working_days_between(start: date, end: date, holidays: Container[date]) -> int:
    """How many working days after the start have come up to and including the end; zero if the end is not later."""
    return sum(is_working_day(start + timedelta(days=n), holidays) for n in range(1, (end - start).days + 1))


class Holidays:
    """The public holidays as a container of days, from the value of the rule ``calendar.holidays``.

    ``gregorian`` lists days of the year (``09-23``), ``hijri`` first and last day of each feast (``10-01``, ``10-04``),
    ``extra`` single days given by decree. Beyond the Hijri table only the first and the last are known.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._days: frozenset[str] = frozenset(table.get("gregorian", ()))
        self._feasts: Sequence[Sequence[str]] = table.get("hijri", ())
        self._extra: frozenset[date] = frozenset(table.get("extra", ()))

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return day.strftime("%m-%d") in self._days or day in self._extra or self._is_feast(day)

    def _is_feast(self, day: date) -> bool:
        if not FIRST_DAY <= day <= LAST_DAY:
            return False
        hijri = str(to_hijri(day))[5:]
        return any(first <= hijri <= last for first, last in self._feasts)


def _check_range(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfTable()


def _shift(year: int, month: int, months: int) -> tuple[int, int]:
    years, index = divmod(month - 1 + months, _MONTHS)
    return year + years, index + 1


def _days_in_hijri_month(year: int, month: int) -> int:
    try:
        return Hijri(year, month, 1).month_length()
    except OverflowError:
        raise OutOfTable() from None


@cache
def _texts() -> Texts:
    return Texts("chassis")
