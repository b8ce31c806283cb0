"""The dated rules of residence and visas: sound, and in force as published."""

from datetime import date

from chassis.rulebook import Rulebook
from chassis.testing.rulebooks import faults_of

NOW = Rulebook.of("residency").on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("residency") == []


def test_traffic_fines_stop_visas_and_renewals():
    assert NOW.flag("residency.exit_reentry.traffic_fines_block")
    assert NOW.flag("residency.iqama_renewal.traffic_fines_block")


def test_every_category_has_a_window_a_fee_and_durations():
    categories = set(NOW.table("residency.iqama_renewal.window"))
    assert (
        categories
        == set(NOW.table("residency.iqama_renewal.fee"))
        == set(NOW.table("residency.iqama_renewal.durations"))
    )


def test_only_the_ban_is_counted_in_hijri_years():
    hijri = {rule.id for rule in NOW.rules.values() if rule.calendar == "umm-al-qura"}
    assert hijri == {"residency.exit_reentry.not_returned_ban"}
