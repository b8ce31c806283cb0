"""The dated rules of notices: sound, and every kind of notice has its channels and its time."""

from datetime import date

from chassis.rulebook import Rulebook
from chassis.testing.rulebooks import faults_of

NOW = Rulebook.of("notify").on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("notify") == []


def test_every_kind_has_channels_and_a_time_by_which_it_is_late():
    channels = NOW.table("notify.channel.by_kind")
    assert set(channels) == set(NOW.table("notify.deadline.overdue_after"))
    assert {channel for each in channels.values() for channel in each} <= {"sms", "email", "inbox"}


def test_a_code_goes_by_text_alone():
    assert NOW.table("notify.channel.by_kind")["code"] == ["sms"]


def test_waits_grow():
    for rule in ("notify.sms.retry", "notify.email.retry"):
        waits = NOW.table(rule)["waits"]
        assert waits == sorted(set(waits))
