"""Two calendars: the published vectors, every month start as frozen on file, sums, ages and working days."""

import csv
import itertools
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import calendar
from chassis.calendar import (
    HijriDate,
    Holidays,
    NotADate,
    OutOfTable,
    add_months,
    add_years,
    age_on,
    from_hijri,
    gregorian_text,
    hijri_text,
    parse_hijri,
    to_hijri,
    working_days_after,
    working_days_between,
)
from chassis.rulebook import Rulebook

FROZEN = Path(__file__).with_name("umm_al_qura_month_starts.csv")
ODD_MONTHS = 8
IN_TABLE = st.dates(calendar.FIRST_DAY, calendar.LAST_DAY)


@pytest.mark.parametrize(
    ("day", "hijri"),
    [
        ("1924-08-01", "1343-01-01"),
        ("2077-11-16", "1500-12-30"),
        ("1982-12-02", "1403-02-17"),
        ("1979-11-20", "1400-01-01"),
        ("2000-01-01", "1420-09-24"),
        ("2015-10-14", "1437-01-01"),
        ("2023-10-31", "1445-04-16"),
        ("2024-03-11", "1445-09-01"),
        ("2025-01-01", "1446-07-01"),
        ("2026-02-18", "1447-09-01"),
        ("2026-06-16", "1448-01-01"),
        ("2026-11-21", "1448-06-11"),
    ],
)
def test_a_published_day_has_its_hijri_date(day, hijri):
    assert str(to_hijri(date.fromisoformat(day))) == hijri
    assert from_hijri(parse_hijri(hijri)) == date.fromisoformat(day)


def test_every_month_begins_where_it_did_when_the_table_was_frozen():
    """A new version of the table must be seen by a person before anybody's age or expiry moves."""
    with FROZEN.open(encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 158 * 12
    assert rows[0] == {"month": "1343-01", "starts_on": "1924-08-01"}
    moved = [row for row in rows if str(to_hijri(date.fromisoformat(row["starts_on"]))) != f"{row['month']}-01"]
    assert moved == []
    starts = [date.fromisoformat(row["starts_on"]) for row in rows] + [calendar.LAST_DAY + timedelta(days=1)]
    lengths = Counter((later - earlier).days for earlier, later in itertools.pairwise(starts))
    assert set(lengths) == {28, 29, 30, 31}, "the printed calendars of those years had months no moon has"
    assert lengths[28] + lengths[31] == ODD_MONTHS


def test_the_table_names_its_version():
    assert calendar.TABLE_VERSION == "hijridate 2.6.0"


@pytest.mark.parametrize("day", [date(1924, 7, 31), date(2077, 11, 17), date(1900, 1, 1), date(2200, 1, 1)])
def test_a_day_outside_the_table_is_refused(day):
    with pytest.raises(OutOfTable):
        to_hijri(day)


@pytest.mark.parametrize("text", ["1342-12-29", "1501-01-01", "9999-01-01"])
def test_a_hijri_year_outside_the_table_is_refused(text):
    with pytest.raises(OutOfTable):
        parse_hijri(text)


@pytest.mark.parametrize(
    "text", ["1448-13-01", "1448-00-10", "1448-06-31", "1448-06-00", "11-06-1448", "1448.06.11", "", "2026"]
)
def test_hijri_nonsense_is_refused(text):
    with pytest.raises(NotADate):
        parse_hijri(text)


def test_a_thirtieth_day_of_a_short_month_is_refused():
    short = next(
        m
        for m in range(1, 13)
        if (from_hijri(HijriDate(1448, m, 29)) + timedelta(days=1)) == from_hijri(HijriDate(1448, m + 1, 1))
    )
    with pytest.raises(NotADate):
        from_hijri(HijriDate(1448, short, 30))


def test_hijri_dates_are_read_in_arabic_digits():
    assert parse_hijri("١٤٤٨/٠٦/١١") == HijriDate(1448, 6, 11)


@given(IN_TABLE)
def test_there_and_back_is_the_same_day(day):
    assert from_hijri(to_hijri(day)) == day


def test_dates_are_written_out_in_two_languages_with_western_digits():
    day = date(2023, 10, 31)
    assert hijri_text(day, "ar") == "16 ربيع الآخر 1445هـ"
    assert hijri_text(day, "en") == "16 Rabi' al-Akhir 1445 AH"
    assert gregorian_text(day, "ar") == "31 أكتوبر 2023م"
    assert gregorian_text(day, "en") == "31 October 2023"


def test_every_month_has_a_name():
    for n in range(12):
        assert "{" not in hijri_text(date(2026, 6, 20) + timedelta(days=29 * n), "ar")
        assert "{" not in gregorian_text(date(2026, n + 1, 1), "en")


def test_validity_differs_by_calendar():
    issued = date(2026, 11, 21)
    assert add_years(issued, 5, "umm-al-qura") == date(2031, 9, 28)
    assert add_years(issued, 10, "umm-al-qura") == date(2036, 8, 3)
    assert add_years(issued, 5, "gregorian") == date(2031, 11, 21)


def test_ages_differ_by_calendar():
    born = date(2005, 6, 1)
    assert str(to_hijri(born)) == "1426-04-24"
    assert (age_on(born, date(2025, 10, 15), "umm-al-qura"), age_on(born, date(2025, 10, 16), "umm-al-qura")) == (
        20,
        21,
    )
    assert (age_on(born, date(2026, 5, 31), "gregorian"), age_on(born, date(2026, 6, 1), "gregorian")) == (20, 21)
    assert add_years(born, 21, "gregorian") - add_years(born, 21, "umm-al-qura") == timedelta(days=228)


def test_a_day_the_month_does_not_have_becomes_its_last():
    assert add_years(date(2024, 2, 29), 1, "gregorian") == date(2025, 2, 28)
    assert add_months(date(2026, 1, 31), 1, "gregorian") == date(2026, 2, 28)
    assert add_months(date(2026, 3, 31), -1, "gregorian") == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 14, "gregorian") == date(2028, 1, 30)
    thirtieth = next(
        from_hijri(HijriDate(y, 2, 30)) for y in range(1440, 1460) if _has_thirty(y, 2) and not _has_thirty(y + 1, 2)
    )
    assert to_hijri(add_years(thirtieth, 1, "umm-al-qura")).day == 29


def _has_thirty(year, month):
    try:
        from_hijri(HijriDate(year, month, 30))
    except NotADate:
        return False
    return True


def test_a_sum_that_leaves_the_table_is_refused():
    with pytest.raises(OutOfTable):
        add_years(date(2077, 1, 1), 5, "umm-al-qura")
    with pytest.raises(OutOfTable):
        age_on(date(1920, 1, 1), date(2026, 1, 1), "umm-al-qura")
    assert age_on(date(1920, 1, 1), date(2026, 1, 1), "gregorian") == 106


@given(st.dates(date(1925, 1, 1), date(2020, 1, 1)), st.integers(0, 40), st.sampled_from(calendar.CALENDARS))
def test_a_person_turns_n_on_the_day_n_years_later_and_not_before(born, n, which):
    birthday = add_years(born, n, which)
    assert age_on(born, birthday, which) == n
    if birthday > born:
        assert age_on(born, birthday - timedelta(days=1), which) == n - 1


def test_nobody_has_an_age_before_birth():
    with pytest.raises(ValueError, match="date-before-birth"):
        age_on(date(2026, 1, 2), date(2026, 1, 1), "gregorian")


NONE: frozenset[date] = frozenset()


def test_working_days_skip_friday_and_saturday():
    sunday = date(2026, 11, 22)
    assert working_days_after(sunday, 0, NONE) == sunday
    assert working_days_after(sunday, 4, NONE) == date(2026, 11, 26)
    assert working_days_after(sunday, 5, NONE) == date(2026, 11, 29)
    assert working_days_after(date(2026, 11, 27), 1, NONE) == date(2026, 11, 29)
    assert working_days_after(sunday, 7, NONE) == date(2026, 12, 1)


def test_working_days_are_counted_forward_only():
    with pytest.raises(ValueError, match="forward"):
        working_days_after(date(2026, 11, 22), -1, NONE)


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_counting_back_gives_the_same_number(start, n):
    holidays = Holidays(Rulebook.of("chassis").on(start).table("calendar.holidays"))
    assert working_days_between(start, working_days_after(start, n, holidays), holidays) == n


def test_holidays_come_from_the_dated_rule():
    book = Rulebook.of("chassis")
    now = Holidays(book.on(date(2026, 11, 22)).table("calendar.holidays"))
    before = Holidays(book.on(date(2020, 1, 1)).table("calendar.holidays"))
    assert date(2026, 9, 23) in now
    assert date(2027, 2, 22) in now
    assert date(2020, 2, 22) not in before
    assert from_hijri(HijriDate(1448, 10, 1)) in now
    assert from_hijri(HijriDate(1448, 10, 5)) not in now
    assert from_hijri(HijriDate(1448, 12, 9)) in now
    assert date(2100, 9, 23) in now
    assert date(2100, 9, 24) not in now


def test_a_decree_can_add_a_day():
    assert date(2026, 12, 1) in Holidays({"extra": [date(2026, 12, 1)]})
    assert working_days_after(date(2026, 11, 30), 1, Holidays({"extra": [date(2026, 12, 1)]})) == date(2026, 12, 2)


def test_a_date_that_is_none_is_refused_with_its_slug():
    with pytest.raises(NotADate) as refusal:
        parse_hijri("1448-13-01")
    assert (refusal.value.slug, refusal.value.status) == ("date-not-valid", 422)
    assert isinstance(refusal.value, ValueError)
    assert str(refusal.value) == "date-not-valid"
