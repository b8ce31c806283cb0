"""The dated rules of accounts: sound, and guessing stays hopeless."""

from datetime import date

from chassis.rulebook import Rulebook
from chassis.testing.rulebooks import faults_of

NOW = Rulebook.of("identity").on(date(2026, 11, 22))


def test_every_rule_is_sound():
    assert faults_of("identity") == []


def test_a_day_of_guessing_codes_has_a_chance_of_one_in_twenty_thousand_at_most():
    guesses = NOW.table("identity.code.most_sent")["a_day"] * NOW.number("identity.code.guesses")
    assert guesses / 10 ** NOW.number("identity.code.digits") <= 1 / 20_000


def test_staff_sessions_are_shorter_than_citizens():
    staff, citizen = NOW.table("identity.session.staff"), NOW.table("identity.session.citizen")
    assert staff["idle"] < citizen["idle"]
    assert staff["longest"] < citizen["longest"]


def test_no_token_outlives_its_session():
    tokens = NOW.table("identity.token.lifetime")
    assert tokens["authorisation_code"] < tokens["access"] < NOW.table("identity.session.staff")["idle"]
    assert tokens["refresh"] <= NOW.table("identity.session.citizen")["longest"]
