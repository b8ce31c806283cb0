"""The dated rules of delivery: sound, and as the agreement with the post has them."""

from datetime import date

from chassis.rulebook import Rulebook
from chassis.testing.rulebooks import faults_of
from contracts.values import is_s10, make_s10

NOW = Rulebook.of("delivery").on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("delivery") == []


def test_the_promise_is_a_day_and_the_courier_comes_three_times():
    assert NOW.number("delivery.shipment.promise") == 24
    assert NOW.number("delivery.shipment.door_attempts") == 3
    assert NOW.number("delivery.shipment.hold_working_days") == 15


def test_the_label_indicator_makes_a_right_label():
    assert is_s10(make_s10(NOW.value("delivery.label.indicator"), 1))


def test_a_claim_opens_only_after_the_promise_is_broken():
    assert NOW.number("delivery.loss.claim_after") >= NOW.number("delivery.shipment.promise")
