"""Fees and fines over the rules in force: every published vector."""

from datetime import date

import pytest

from chassis.rulebook import Rulebook
from residency.domain.fees import DurationNotOffered, by_months, by_occasion, by_quarters, late_fine

RULES = Rulebook.of("residency").on(date(2026, 11, 22))


@pytest.mark.parametrize(
    ("rule", "riyals"),
    [
        ("residency.exit_reentry.fee_single", [200, 200, 300, 400, 500, 600, 700]),
        ("residency.exit_reentry.fee_multiple", [500, 500, 500, 700, 900, 1100, 1300]),
    ],
)
def test_a_visa_costs_what_is_published_for_its_months(rule, riyals):
    assert [by_months(months, RULES.table(rule)) for months in range(1, 8)] == [amount * 100 for amount in riyals]


@pytest.mark.parametrize("months", [0, -1])
def test_there_is_no_visa_of_no_months(months):
    with pytest.raises(DurationNotOffered):
        by_months(months, RULES.table("residency.exit_reentry.fee_single"))


@pytest.mark.parametrize(
    ("quarter", "riyals"),
    [
        (RULES.number("residency.work_permit.fee"), [25, 50, 75, 100]),
        (RULES.table("residency.levy.worker")["citizens_majority"], [2100, 4200, 6300, 8400]),
        (RULES.table("residency.levy.worker")["citizens_minority"], [2400, 4800, 7200, 9600]),
        (RULES.number("residency.levy.dependant"), [1200, 2400, 3600, 4800]),
        (RULES.table("residency.iqama_renewal.fee")["commercial"], [162.50, 325, 487.50, 650]),
    ],
)
def test_what_is_due_by_quarters_is_due_by_quarters(quarter, riyals):
    assert [by_quarters(months, quarter) for months in (3, 6, 9, 12)] == [round(amount * 100) for amount in riyals]


def test_a_year_costs_a_domestic_worker_and_a_dependant_what_is_published():
    fees = RULES.table("residency.iqama_renewal.fee")
    assert (by_quarters(12, fees["domestic"]), by_quarters(12, fees["dependant"])) == (60000, 50000)


@pytest.mark.parametrize("months", [0, 1, 4, -3])
def test_months_that_are_no_quarters_have_no_fee(months):
    with pytest.raises(DurationNotOffered):
        by_quarters(months, 16250)


def test_a_fine_grows_with_every_occasion_and_then_stays():
    table = RULES.table("residency.exit_reentry.not_cancelled_fine")
    assert [by_occasion(earlier, table) for earlier in range(5)] == [100000, 200000, 300000, 300000, 300000]


def test_a_late_renewal_is_fined_after_the_grace():
    grace, table = RULES.number("residency.iqama_renewal.grace"), RULES.table("residency.iqama_renewal.late_fine")
    assert [late_fine(days, grace, 0, table) for days in range(5)] == [None, None, None, None, 50000]
    assert late_fine(4, grace, 1, table) == 100000


def test_an_extension_costs_what_was_in_force_on_the_day():
    book = Rulebook.of("residency")
    before, after = (
        book.on(day).table("residency.exit_reentry.extension_fee") for day in (date(2023, 12, 31), date(2024, 1, 1))
    )
    assert (before["single"], after["single"]) == (10000, 20000)
