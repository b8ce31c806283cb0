"""The dated rules of tickets: sound, and the promise as published."""

from datetime import date

from chassis.rulebook import Rulebook
from chassis.testing.rulebooks import faults_of

NOW = Rulebook.of("support").on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("support") == []


def test_a_ticket_is_solved_in_seven_working_days():
    assert NOW.number("support.ticket.promise_working_days") == 7


def test_only_kinds_that_can_be_cleaned_may_be_attached():
    assert set(NOW.table("support.attachment.limits")["types"]) == {"application/pdf", "image/jpeg", "image/png"}
