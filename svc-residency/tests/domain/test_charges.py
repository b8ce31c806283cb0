"""What is charged: every published vector, line by line, by days as well as months, and late."""

from datetime import date, timedelta

import pytest

from chassis.catalogue import Texts
from chassis.rulebook import Rulebook
from residency.domain.charges import renewal_charge, riyals, visa_charge
from residency.domain.facts import Category
from residency.domain.fees import DurationNotOffered
from residency.domain.stay import ReturnDatePassed, Stay, Trips, require_offered, shortest_stay, stay_of_months

TODAY = date(2026, 11, 22)
RULES = Rulebook.of("residency").on(TODAY)
SINGLE, MULTIPLE = [200, 200, 300, 400, 500, 600, 700], [500, 500, 500, 700, 900, 1100, 1300]


@pytest.mark.parametrize(("trips", "amounts", "code"), [(Trips.SINGLE, SINGLE, "4"), (Trips.MULTIPLE, MULTIPLE, "5")])
def test_a_visa_is_charged_as_published_for_one_to_seven_months(trips, amounts, code):
    for months, amount in enumerate(amounts, start=1):
        charge = visa_charge(trips, months, RULES)
        assert charge.amount_minor == amount * 100
        assert charge.service_code == code
        assert charge.amount_minor == sum(item.amount_minor for item in charge.items)
        assert all(item.rule_from == "2016-10-02" for item in charge.items)


def test_the_bill_names_the_base_and_the_further_months():
    assert [(item.what, item.amount_minor) for item in visa_charge(Trips.SINGLE, 4, RULES).items] == [
        ("visa", 20000),
        ("further_months", 20000),
    ]


@pytest.mark.parametrize(("days", "months"), [(1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (120, 4), (360, 12)])
def test_a_month_begun_is_a_month_paid(days, months):
    assert Stay(days=days).months_paid(TODAY, RULES) == months


@pytest.mark.parametrize(
    ("return_by", "months"),
    [
        (date(2026, 11, 23), 1),
        (date(2026, 12, 22), 1),
        (date(2026, 12, 23), 2),
        (date(2027, 1, 22), 2),
        (date(2027, 1, 23), 3),
        (date(2027, 11, 22), 12),
    ],
)
def test_a_stay_until_a_day_is_counted_in_months_from_today(return_by, months):
    assert Stay(return_by=return_by).months_paid(TODAY, RULES) == months


@pytest.mark.parametrize("return_by", [TODAY, TODAY - timedelta(days=1), date(1448, 6, 11)])
def test_nobody_is_back_before_tomorrow(return_by):
    with pytest.raises(ReturnDatePassed):
        require_offered(Stay(return_by=return_by), Trips.SINGLE, RULES)


@pytest.mark.parametrize(
    "stay", [stay_of_months(13, RULES), Stay(days=361), Stay(return_by=date(2027, 11, 23)), Stay(days=0)]
)
def test_no_visa_is_longer_than_a_year_or_shorter_than_a_day(stay):
    with pytest.raises(DurationNotOffered):
        require_offered(stay, Trips.SINGLE, RULES)


def test_the_longest_and_the_shortest_stay_are_offered():
    assert require_offered(stay_of_months(12, RULES), Trips.MULTIPLE, RULES) == 12
    assert require_offered(shortest_stay(RULES), Trips.SINGLE, RULES) == 1


@pytest.mark.parametrize(
    ("category", "months", "riyals_due"),
    [
        (Category.COMMERCIAL, 3, 162.50),
        (Category.COMMERCIAL, 6, 325),
        (Category.COMMERCIAL, 9, 487.50),
        (Category.COMMERCIAL, 12, 650),
        (Category.DOMESTIC, 12, 600),
        (Category.DEPENDANT, 12, 500),
    ],
)
def test_a_renewal_is_charged_by_quarters_and_category(category, months, riyals_due):
    charge = renewal_charge(category, months, TODAY, 0, RULES)
    assert charge.amount_minor == round(riyals_due * 100)
    assert charge.service_code == "3"


@pytest.mark.parametrize(
    ("days_late", "earlier", "fine"), [(0, 0, 0), (3, 0, 0), (4, 0, 50000), (4, 1, 100000), (400, 1, 100000)]
)
def test_who_renews_late_pays_the_fine_of_that_time(days_late, earlier, fine):
    charge = renewal_charge(Category.DOMESTIC, 12, TODAY - timedelta(days=days_late), earlier, RULES)
    assert sum(item.amount_minor for item in charge.items if item.what == "late_fine") == fine
    assert charge.amount_minor == 60000 + fine


def test_every_line_of_a_bill_is_said_in_both_languages():
    texts = Texts("chassis", "contracts", "residency")
    items = visa_charge(Trips.SINGLE, 4, RULES).items
    items += renewal_charge(Category.DOMESTIC, 12, TODAY - timedelta(days=9), 0, RULES).items
    assert {item.what for item in items} == {"visa", "further_months", "renewal", "late_fine"}
    for item in items:
        assert texts.both(f"fee.{item.what}")


def test_riyals_are_written_with_two_places():
    assert [riyals(amount) for amount in (0, 5, 16250, 1725, 100000)] == ["0.00", "0.05", "162.50", "17.25", "1000.00"]
