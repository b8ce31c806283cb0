"""Every requirement met, failed and being checked, its days to the day, and its words in both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from residency_facts import RENEWAL, RULES, TODAY, VISA, WORKER

from chassis.catalogue import Texts
from chassis.http.problems import requirement_view
from chassis.requirements import State, examine
from chassis.rulebook import Rulebook
from residency.domain import renewal_requirements, requirements, visa_requirements
from residency.domain.facts import Category, Cover, FeeState, Owed, Record, Whereabouts
from residency.domain.renewal_requirements import RenewalFacts
from residency.domain.stay import Stay
from residency.domain.visa_requirements import VisaFacts

TEXTS = Texts("chassis", "contracts", "residency")
FROZEN = replace(VISA, frozen_until=datetime(2026, 11, 23, 9, tzinfo=UTC))
NOTHING_KNOWN = VisaFacts(rules=RULES, stay=Stay(days=60))
FEE = (requirements.payment_is_not_under_way, requirements.fee_is_reserved, requirements.fee_is_consumed)
ALL = {
    need.name: need
    for need in (*visa_requirements.REQUIREMENTS, *renewal_requirements.ENTITLED, *visa_requirements.CANCELLABLE, *FEE)
}


def failing(needs, facts):
    return [finding.requirement.name for finding in examine(needs, facts) if finding.is_failed]


def worker(**changed):
    return replace(WORKER, **changed)


def test_a_worker_in_good_order_may_have_a_visa_and_renew():
    assert all(finding.is_met for finding in examine(visa_requirements.ENTITLED, VISA))
    assert all(finding.is_met for finding in examine(renewal_requirements.ENTITLED, RENEWAL))


def test_what_no_body_has_answered_is_being_checked_and_never_failed():
    known_anyway = {"no_other_visa_is_in_force", "lateness_is_forgivable"}
    nothing = RenewalFacts(rules=RULES, period_months=12)
    for needs, facts in ((visa_requirements.ENTITLED, NOTHING_KNOWN), (renewal_requirements.ENTITLED, nothing)):
        for finding in examine(needs, facts):
            if finding.requirement.name not in known_anyway:
                assert finding.verdict.state is State.BEING_CHECKED, finding.requirement.name


VISA_FAULTS = [
    ({"person": Record(is_known=False)}, "person_is_in_the_registry"),
    ({"person": worker(kind="citizen")}, "person_is_a_resident"),
    ({"person": worker(alive=False)}, "person_is_alive"),
    ({"person": worker(absent=True)}, "person_is_not_absent"),
    ({"person": worker(biometrics=False)}, "biometrics_are_on_file"),
    ({"person": worker(passport_expires_on=None)}, "passport_outlasts_the_visa"),
    ({"person": worker(iqama_expires_on=None)}, "iqama_covers_the_stay"),
    ({"applicant": Record(is_known=True, kind="citizen", alive=False)}, "applicant_is_alive"),
    ({"whereabouts": Whereabouts(inside=False, left_at=None)}, "person_is_inside_the_kingdom"),
    ({"owed": Owed(15000, 0)}, "fines_are_paid"),
    ({"applicant_owed": Owed(15000, 0)}, "applicant_fines_are_paid"),
    ({"owed": Owed(0, 100000)}, "visa_fines_are_paid"),
    ({"applicant_owed": Owed(0, 100000)}, "visa_fines_are_paid"),
    ({"another_in_force": True}, "no_other_visa_is_in_force"),
]


@pytest.mark.parametrize(("changed", "name"), VISA_FAULTS)
def test_one_fault_fails_one_requirement_of_a_visa(changed, name):
    found = failing(visa_requirements.ENTITLED, replace(VISA, **changed))
    assert name in found
    assert len(found) == 1 or name == "person_is_in_the_registry"


RENEWAL_FAULTS = [
    ({"person": worker(passport_expires_on=TODAY - timedelta(days=1))}, "passport_is_valid"),
    ({"owed": Owed(30000, 0)}, "fines_are_paid"),
    ({"insurance": Cover(None)}, "insurance_is_active"),
    ({"insurance": Cover(TODAY - timedelta(days=1))}, "insurance_is_active"),
    ({"work_permit": Cover(None)}, "work_permit_is_valid"),
    ({"work_permit": Cover(TODAY - timedelta(days=1))}, "work_permit_is_valid"),
    ({"whereabouts": Whereabouts(inside=False, left_at=None)}, "person_is_inside_the_kingdom"),
    ({"person": worker(absent=True)}, "person_is_not_absent"),
    ({"person": worker(biometrics=False)}, "biometrics_are_on_file"),
    ({"period_months": 3}, "period_is_offered"),
    ({"earlier_late": 2}, "lateness_is_forgivable"),
]


@pytest.mark.parametrize(("changed", "name"), RENEWAL_FAULTS)
def test_one_fault_fails_one_requirement_of_a_renewal(changed, name):
    assert failing(renewal_requirements.ENTITLED, replace(RENEWAL, **changed)) == [name]


@pytest.mark.parametrize(("days", "is_enough"), [(89, False), (90, True), (91, True)])
def test_the_passport_is_valid_ninety_days_from_the_day_of_issue(days, is_enough):
    facts = replace(VISA, person=worker(passport_expires_on=TODAY + timedelta(days=days)))
    assert (failing(visa_requirements.ENTITLED, facts) == []) is is_enough


@pytest.mark.parametrize(("days", "is_enough"), [(149, False), (150, True)])
def test_the_iqama_outlasts_a_stay_counted_from_travel_by_ninety_days(days, is_enough):
    facts = replace(VISA, person=worker(iqama_expires_on=TODAY + timedelta(days=days)))
    assert (failing(visa_requirements.ENTITLED, facts) == []) is is_enough


@pytest.mark.parametrize(("days", "is_enough"), [(59, False), (60, True)])
def test_the_iqama_reaches_the_day_of_return(days, is_enough):
    stay = Stay(return_by=TODAY + timedelta(days=60))
    facts = replace(VISA, stay=stay, person=worker(iqama_expires_on=TODAY + timedelta(days=days)))
    assert (failing(visa_requirements.ENTITLED, facts) == []) is is_enough


@pytest.mark.parametrize(("last", "is_open"), [(TODAY - timedelta(days=1), False), (TODAY, True)])
def test_a_visa_is_cancelled_on_its_last_day_and_not_after(last, is_open):
    found = failing(visa_requirements.CANCELLABLE, replace(VISA, cancel_by=last))
    assert found == ([] if is_open else ["cancelling_is_open"])


def test_whoever_changed_their_mobile_lately_issues_and_cancels_nothing_while_the_rule_counts_it():
    assert failing([visa_requirements.issuing_is_open], FROZEN) == ["account_is_not_frozen"]
    finding, *rest = (each for each in examine(visa_requirements.CANCELLABLE, FROZEN) if each.is_failed)
    assert rest == []
    view = requirement_view(finding, TEXTS, RULES)
    assert {language: "2026-11-23 12:00" in text for language, text in view.texts.items()} == {"ar": True, "en": True}
    rule = RULES.rules[visa_requirements.FREEZE]
    entry = replace(rule.entries[0], value={"cancel_exit_reentry": False})
    off = Rulebook({**RULES.rules, rule.id: replace(rule, entries=(entry,))}).on(TODAY)
    assert failing(visa_requirements.CANCELLABLE, replace(FROZEN, rules=off)) == []
    assert failing([visa_requirements.issuing_is_open], replace(FROZEN, rules=off)) == []


def test_traffic_fines_stop_nothing_while_the_rule_does_not_say_so():
    before = Rulebook.of("residency").on(date(2016, 6, 1))
    assert (
        requirements.fines_are_paid_by(renewal_requirements.TRAFFIC_FINES)(
            replace(RENEWAL, rules=before, owed=Owed(500, 0))
        ).state
        is State.FAILED
    )
    switched = {**before.rules}
    rule = switched[renewal_requirements.TRAFFIC_FINES]
    switched[rule.id] = replace(rule, entries=(replace(rule.entries[0], value=False),))
    off = Rulebook(switched).on(TODAY)
    assert failing(renewal_requirements.ENTITLED, replace(RENEWAL, rules=off, owed=Owed(500, 0))) == []


@pytest.mark.parametrize(
    ("sponsor", "household_head", "category", "months"),
    [
        ("1000000008", None, Category.DOMESTIC, 14),
        ("7000100100", None, Category.COMMERCIAL, 6),
        ("2000000006", "2000000006", Category.DEPENDANT, 6),
    ],
)
def test_renewal_opens_when_less_than_the_months_of_the_category_are_left(sponsor, household_head, category, months):
    person = worker(sponsor=sponsor, household_head=household_head, marital="married")
    assert person.category is category
    at_exactly = date(2026 + (10 + months) // 12, (10 + months) % 12 + 1, 22)
    for expires_on, is_open in ((at_exactly, False), (at_exactly - timedelta(days=1), True)):
        facts = replace(RENEWAL, person=replace(person, iqama_expires_on=expires_on))
        assert ("renewal_is_open" in failing(renewal_requirements.ENTITLED, facts)) is not is_open


@pytest.mark.parametrize(
    ("sex", "marital", "born_on", "found"),
    [
        ("male", "single", date(2005, 11, 23), []),
        ("male", "single", date(2005, 11, 22), ["son_may_stay_on_the_record"]),
        ("female", "single", date(2005, 11, 22), []),
        ("female", "single", date(2001, 11, 23), []),
        ("female", "single", date(2001, 11, 22), ["dependant_may_stay_on_the_record"]),
        ("male", "single", date(2001, 11, 22), ["son_may_stay_on_the_record", "dependant_may_stay_on_the_record"]),
        ("female", "married", date(1980, 1, 1), []),
    ],
)
def test_sons_leave_the_record_at_twenty_one_and_every_child_at_twenty_five(sex, marital, born_on, found):
    person = worker(
        household_head="2000000006", sex=sex, marital=marital, born_on=born_on, iqama_expires_on=date(2027, 1, 1)
    )
    assert failing(renewal_requirements.ENTITLED, replace(RENEWAL, person=person)) == found


def test_fingerprints_are_asked_from_six_for_an_iqama_and_from_fifteen_for_a_visa():
    child = worker(
        biometrics=False, household_head="2000000006", born_on=date(2016, 1, 1), iqama_expires_on=date(2027, 1, 1)
    )
    assert failing(renewal_requirements.ENTITLED, replace(RENEWAL, person=child)) == ["biometrics_are_on_file"]
    child = replace(child, iqama_expires_on=date(2027, 9, 1))
    assert failing(visa_requirements.ENTITLED, replace(VISA, person=child)) == []


def test_only_a_reserved_fee_is_reserved_and_only_an_asked_one_is_under_way():
    for state in FeeState:
        facts = replace(VISA, fee_state=state)
        assert failing([requirements.fee_is_reserved], facts) == (
            [] if state is FeeState.RESERVED else ["fee_is_reserved"]
        )
        assert failing([requirements.fee_is_consumed], facts) == (
            [] if state is FeeState.CONSUMED else ["fee_is_consumed"]
        )
        under_way = failing([requirements.payment_is_not_under_way], facts)
        assert under_way == (["payment_is_not_under_way"] if state is FeeState.ASKED else [])


@pytest.mark.parametrize("need", ALL.values(), ids=ALL)
def test_every_requirement_speaks_both_languages_and_leaves_no_word_out(need):
    faulty = [replace(VISA, **changed) for changed, _ in VISA_FAULTS]
    faulty += [replace(RENEWAL, **changed) for changed, _ in RENEWAL_FAULTS]
    faulty += [replace(VISA, fee_state=state) for state in FeeState]
    son = worker(household_head="2000000006", born_on=date(1995, 1, 1), iqama_expires_on=date(2030, 1, 1))
    faulty += [replace(VISA, cancel_by=TODAY - timedelta(days=1)), replace(RENEWAL, person=son), FROZEN]
    states = set()
    for facts in (VISA, RENEWAL, NOTHING_KNOWN, RenewalFacts(rules=RULES, period_months=12), *faulty):
        try:
            findings = examine([need], facts)
        except AttributeError:
            continue  # a statement about the other kind of case
        view = requirement_view(findings[0], TEXTS, RULES)
        states.add(view.state)
        for text in (*view.texts.values(), *view.remedy_texts.values()):
            assert text
            assert "{" not in text, (need.name, view.state, text)
        assert need.rule is None or view.rule_from
    assert len(states) > 1, states


def test_every_rule_a_requirement_names_exists():
    for need in ALL.values():
        assert need.rule is None or need.rule in RULES.rules, need.name
