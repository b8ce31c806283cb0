"""What age decides, on the day before, on the day and after, over the rules in force."""

from datetime import date

import pytest

from chassis.rulebook import Rulebook
from passport.domain.ages import expires_on, needs_guardian, validities_open_to

BOOK = Rulebook.of("passport")
BORN = date(2005, 11, 22)


@pytest.mark.parametrize(
    ("day", "needs"), [(date(2026, 11, 21), True), (date(2026, 11, 22), False), (date(2026, 11, 23), False)]
)
def test_a_guardian_consents_until_the_twenty_first_birthday(day, needs):
    assert needs_guardian(BORN, BOOK.on(day)) is needs


@pytest.mark.parametrize(
    ("day", "open_to"), [(date(2026, 11, 21), (5,)), (date(2026, 11, 22), (5, 10)), (date(2006, 11, 22), None)]
)
def test_ten_years_are_open_from_twenty_one(day, open_to):
    if open_to is None:
        with pytest.raises(LookupError):
            validities_open_to(BORN, BOOK.on(day))
    else:
        assert validities_open_to(BORN, BOOK.on(day)) == open_to


def test_a_newborn_may_have_five_years():
    assert validities_open_to(date(2026, 11, 22), BOOK.on(date(2026, 11, 22))) == (5,)


def test_a_booklet_runs_the_years_chosen():
    rules = BOOK.on(date(2026, 11, 22))
    assert expires_on(rules.day, 5, rules) == date(2031, 11, 22)
    assert expires_on(rules.day, 10, rules) == date(2036, 11, 22)
    assert expires_on(date(2028, 2, 29), 5, rules) == date(2033, 2, 28)
    with pytest.raises(KeyError):
        expires_on(rules.day, 7, rules)


def test_what_was_asked_is_remembered_with_its_version():
    rules = BOOK.on(date(2026, 11, 22))
    needs_guardian(BORN, rules)
    assert rules.used == {"passport.application.guardian_consent_age": "2016-01-01"}
