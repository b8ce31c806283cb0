"""Windows and last days over the rules in force."""

from datetime import date, timedelta

import pytest

from chassis.ages import calendar_of, has_reached, reaches_on
from chassis.calendar import OutOfTable, add_years
from chassis.rulebook import Entry, Rule, Rulebook
from residency.domain import deadlines

RULES = Rulebook.of("residency").on(date(2026, 11, 22))
ISSUED = date(2026, 11, 22)


def test_who_travels_by_duration_leaves_within_three_months_and_counts_from_travel():
    calendar = calendar_of(RULES, "residency.exit_reentry.travel_within")
    days = deadlines.by_duration(ISSUED, RULES.number("residency.exit_reentry.travel_within"), calendar)
    assert (days.leave_by, days.return_by) == (date(2027, 2, 22), None)
    assert deadlines.return_by(date(2026, 12, 31), 60) == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("return_by", "last"),
    [
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2027, 2, 20), date(2027, 2, 20)),
        (date(2027, 6, 1), date(2027, 2, 20)),
    ],
)
def test_a_visa_is_cancelled_within_ninety_days_or_before_its_return_date(return_by, last):
    within = RULES.number("residency.exit_reentry.cancel_within")
    assert deadlines.cancel_by(ISSUED, within, deadlines.by_return_date(return_by)) == last


def test_a_visa_that_runs_from_travel_is_cancelled_within_ninety_days():
    days = deadlines.by_duration(ISSUED, 3, "gregorian")
    assert deadlines.cancel_by(ISSUED, 90, days) == ISSUED + timedelta(days=90)


def test_the_iqama_outlasts_the_visa_by_ninety_days():
    cover = RULES.table("residency.exit_reentry.iqama_cover")["by_duration"]
    ends = ISSUED + timedelta(days=60)
    last = ends + timedelta(days=90)
    assert deadlines.iqama_covers(last, ends, cover)
    assert not deadlines.iqama_covers(last - timedelta(days=1), ends, cover)


def test_a_final_exit_runs_as_long_as_the_iqama_allows():
    table = RULES.table("residency.final_exit.duration")
    found = [deadlines.final_exit_days(left, table) for left in (29, 30, 45, 59, 60, 61, 400)]
    assert found == [None, 30, 45, 59, 60, 60, 60]


def test_a_visit_is_extended_from_seven_days_before_to_two_after():
    table = RULES.table("residency.visit_extension.window")
    assert [left for left in range(-5, 10) if deadlines.visit_may_be_extended(left, table)] == list(range(-2, 8))


def test_a_ban_is_counted_in_hijri_years():
    rule = "residency.exit_reentry.not_returned_ban"
    assert add_years(date(2026, 11, 21), RULES.number(rule), calendar_of(RULES, rule)) == date(2029, 10, 19)


def rules_with(calendar, years, day):
    rule = Rule("age", {}, "years", "test", calendar, (Entry(date(2000, 1, 1), years),))
    return Rulebook({"age": rule}).on(day)


def test_an_age_is_reached_in_the_calendar_of_its_rule():
    born = date(2005, 6, 1)
    assert reaches_on(born, "age", rules_with("umm-al-qura", 21, ISSUED)) == date(2025, 10, 16)
    assert reaches_on(born, "age", rules_with("gregorian", 21, ISSUED)) == date(2026, 6, 1)
    assert not has_reached(born, "age", rules_with("umm-al-qura", 21, date(2025, 10, 15)))
    assert has_reached(born, "age", rules_with("umm-al-qura", 21, date(2025, 10, 16)))


def test_the_very_old_have_reached_an_age_though_no_table_knows_their_birthday():
    assert has_reached(date(1919, 5, 5), "age", rules_with("umm-al-qura", 21, ISSUED))
    with pytest.raises(OutOfTable):
        reaches_on(date(1919, 5, 5), "age", rules_with("umm-al-qura", 200, ISSUED))


def test_a_rule_in_an_unknown_calendar_is_an_error():
    with pytest.raises(ValueError, match="unknown calendar"):
        calendar_of(rules_with("julian", 21, ISSUED), "age")


def test_sons_and_dependants_leave_the_record_at_their_ages():
    assert RULES.number("residency.iqama_renewal.son_leaves_at") == 21
    assert RULES.number("residency.iqama_renewal.dependant_leaves_at") == 25
