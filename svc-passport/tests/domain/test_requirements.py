"""Each requirement says met, failed or being checked for the right facts, by the dated rules."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chassis.requirements import State, examine
from chassis.rulebook import Rulebook
from passport.domain import requirements as need
from passport.domain.facts import FeeState, Holder, RenewalFacts, holder_told, short_addresses, traffic_dues
from passport.domain.pledges import pledges_in_force

DAY = date(2026, 11, 22)
BOOK = Rulebook.of("passport")
ADULT = Holder(
    kind="citizen",
    alive=True,
    inside_kingdom=True,
    born_on=date(1990, 1, 1),
    sex="female",
    nationality="SAU",
    name_ar="سارة",
    given_en="SARAH",
    family_en="ALSAIKHAN",
    biometrics=True,
    id_expires_on=date(2030, 1, 1),
    old_number="B00000017",
    old_expires_on=date(2027, 1, 1),
)


def facts(day=DAY, **changes):
    about = {
        key: changes.pop(key) for key in list(changes) if key in Holder.__dataclass_fields__ and key != "old_number"
    }
    return RenewalFacts(**{"rules": BOOK.on(day), "holder": replace(ADULT, **about), **changes})


def test_everything_asked_of_the_registry_is_being_checked_until_it_answers():
    silent = RenewalFacts(rules=BOOK.on(DAY))
    states = {f.requirement.name: f.verdict.state for f in examine(need.ENTITLED, silent)}
    # Fines do not block and the window is not limited on this day: nobody need be asked for them.
    settled = {"traffic_fines_are_paid", "renewal_window_is_open"}
    assert {name for name, state in states.items() if state is State.MET} == settled
    assert all(state is State.BEING_CHECKED for name, state in states.items() if name not in settled)


def test_an_adult_at_home_is_entitled():
    assert all(f.is_met for f in examine(need.ENTITLED, facts(addresses=("RAAA2919",))))


@pytest.mark.parametrize(
    ("requirement", "change"),
    [
        (need.holder_is_a_citizen, {"kind": "resident"}),
        (need.holder_is_alive, {"alive": False}),
        (need.holder_is_inside_the_kingdom, {"inside_kingdom": False}),
        (need.national_id_is_valid, {"id_expires_on": DAY - timedelta(days=1)}),
        (need.national_id_is_valid, {"id_expires_on": None}),
        (need.biometrics_are_on_file, {"biometrics": False}),
        (need.guardian_applies_for_a_minor, {"born_on": date(2006, 1, 1)}),
        (need.national_address_is_registered, {"addresses": ()}),
        (need.no_other_application_is_open, {"another_is_open": True}),
        (need.validity_is_open_to_holder, {"validity_years": 7}),
        (need.validity_is_open_to_holder, {"validity_years": 10, "born_on": date(2010, 1, 1)}),
        (need.pledges_are_accepted, {"pledges_accepted": frozenset({("data_is_true", 1)})}),
        (need.delivery_address_is_chosen, {"addresses": ("RAAA2919",), "short_address": "RBBB1111"}),
        (need.payment_is_not_under_way, {"fee_state": FeeState.ASKED}),
        (need.fee_is_not_reserved_yet, {"fee_state": FeeState.RESERVED}),
        (need.fee_is_reserved, {"fee_state": FeeState.CONSUMED}),
        (need.old_booklet_matches, {"old_number": "B00000017", "presented_number": "B00000018"}),
        (need.old_booklet_matches, {}),
        (need.activation_is_not_required, {}),
    ],
)
def test_a_requirement_fails(requirement, change):
    assert requirement(facts(**change)).state is State.FAILED


@pytest.mark.parametrize(
    ("requirement", "change"),
    [
        (need.national_id_is_valid, {"id_expires_on": DAY}),
        (need.national_id_is_valid, {"id_expires_on": None, "born_on": date(2017, 11, 23)}),
        (need.biometrics_are_on_file, {"biometrics": False, "born_on": date(2015, 1, 1)}),
        (need.guardian_applies_for_a_minor, {"born_on": date(2006, 1, 1), "applied_for_by_head": True}),
        (need.guardian_applies_for_a_minor, {"born_on": date(2005, 11, 22)}),
        (need.validity_is_open_to_holder, {"validity_years": 5, "born_on": date(2020, 1, 1)}),
        (need.validity_is_open_to_holder, {"validity_years": 10}),
        (need.delivery_address_is_chosen, {"addresses": ("RAAA2919",), "short_address": "RAAA2919"}),
        (need.old_booklet_matches, {"old_number": "B00000017", "presented_number": "B00000017"}),
    ],
)
def test_a_requirement_holds(requirement, change):
    assert requirement(facts(**change)).state is State.MET


def test_unpaid_fines_blocked_until_the_rule_changed():
    assert need.traffic_fines_are_paid(facts(date(2025, 6, 1), traffic_dues_minor=15000)).state is State.FAILED
    assert need.traffic_fines_are_paid(facts(date(2025, 6, 1))).state is State.BEING_CHECKED
    assert need.traffic_fines_are_paid(facts(date(2025, 6, 1), traffic_dues_minor=0)).state is State.MET
    assert need.traffic_fines_are_paid(facts(traffic_dues_minor=15000)).state is State.MET


def test_a_limited_window_opens_so_many_months_before_the_expiry():
    limited = Rulebook.of("passport")
    rule = limited.rules["passport.renewal.window_is_limited"]
    limited.rules[rule.id] = replace(rule, entries=(replace(rule.entries[0], value=True),))
    for expires_on, state in ((date(2027, 5, 22), State.MET), (date(2027, 5, 23), State.FAILED)):
        asked = replace(facts(old_expires_on=expires_on), rules=limited.on(DAY))
        assert need.renewal_window_is_open(asked).state is state


def test_a_review_of_older_data_does_not_hold():
    reviewed = ADULT.reviewed_part()
    assert need.data_is_reviewed(facts(reviewed=reviewed)).state is State.MET
    assert need.data_is_reviewed(facts(reviewed=reviewed, name_ar="سارة محمد")).state is State.FAILED
    assert need.data_is_reviewed(replace(facts(reviewed=reviewed), holder=None)).state is State.BEING_CHECKED
    assert need.data_is_reviewed(facts()).state is State.FAILED


def test_a_new_version_of_a_pledge_is_to_be_accepted_anew():
    accepted = frozenset(each.identity for each in pledges_in_force(BOOK.on(DAY)))
    assert need.pledges_are_accepted(facts(pledges_accepted=accepted)).state is State.MET
    older = frozenset((name, version - 1) for name, version in accepted)
    assert need.pledges_are_accepted(facts(pledges_accepted=older)).state is State.FAILED


def test_kept_answers_are_read():
    assert holder_told(None) == (None, False)
    assert holder_told({"unknown": "person-unknown"}) == (None, True)
    assert traffic_dues(None) is None
    kinds = [{"kind": "traffic_violation", "amount_minor": 15000}, {"kind": "delay_fine", "amount_minor": 7}]
    assert traffic_dues({"dues": kinds}) == 15000
    assert short_addresses({"addresses": [{"short_address": "RAAA2919"}]}) == ("RAAA2919",)
