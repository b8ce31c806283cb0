"""The dated rules of passports: sound, and in force as the decisions say."""

from datetime import date

import pytest

from chassis.rulebook import Rulebook, RuleMissing
from chassis.testing.rulebooks import faults_of

BOOK = Rulebook.of("passport")
NOW = BOOK.on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("passport") == []


def test_fees_are_what_is_published():
    assert dict(NOW.table("passport.application.fee")) == {"5": 30000, "10": 60000}


def test_every_validity_offered_has_a_fee_and_a_least_age():
    offered = set(NOW.table("passport.booklet.validity"))
    assert (
        set(NOW.table("passport.application.fee"))
        == set(NOW.table("passport.booklet.least_age_by_validity"))
        == offered
    )


def test_traffic_fines_stopped_a_passport_until_2026():
    assert BOOK.on(date(2025, 12, 31)).flag("passport.application.traffic_fines_block")
    assert not BOOK.on(date(2026, 1, 1)).flag("passport.application.traffic_fines_block")


def test_renewal_is_open_at_any_remaining_validity():
    assert not NOW.flag("passport.renewal.window_is_limited")


def test_a_loss_in_the_post_costs_the_citizen_nothing():
    assert NOW.number("passport.replacement.fee_after_loss_in_the_post") == 0


def test_before_the_first_entry_there_is_no_rule():
    with pytest.raises(RuleMissing):
        BOOK.on(date(2015, 12, 31)).table("passport.application.fee")
