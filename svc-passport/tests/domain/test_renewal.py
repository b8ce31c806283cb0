"""The moves of a renewal and their complement: every status, action and actor, against a table written by hand."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from chassis.requirements import Requirement
from chassis.rulebook import Rulebook
from contracts.authority import Actor
from passport.domain import requirements
from passport.domain.facts import FeeState, Holder, RenewalFacts
from passport.domain.pledges import pledges_in_force
from passport.domain.renewal import AMENDABLE, ENDED, RENEWAL, Action, Status
from passport.domain.states import RequestState, Turn, state_of, turn_of

DAY = date(2026, 11, 22)
RULES = Rulebook.of("passport").on(DAY)
HOLDER = Holder(
    kind="citizen",
    alive=True,
    inside_kingdom=True,
    born_on=date(1990, 1, 1),
    sex="male",
    nationality="SAU",
    name_ar="خالد محمد سعد السيخان",
    given_en="KHALID MOHAMMED SAAD",
    family_en="ALSAIKHAN",
    biometrics=True,
    id_expires_on=date(2030, 1, 1),
    old_number="B00000017",
    old_expires_on=date(2027, 1, 1),
)
COMPLETE = RenewalFacts(
    rules=RULES,
    holder=HOLDER,
    traffic_dues_minor=0,
    addresses=("RAAA2919",),
    validity_years=10,
    pledges_accepted=frozenset(each.identity for each in pledges_in_force(RULES)),
    has_photo=True,
    has_english_name=True,
    short_address="RAAA2919",
    reviewed=HOLDER.reviewed_part(),
    old_number="B00000017",
    presented_number="B00000017",
)
HOLDERS, SYSTEM, OFFICER, CLERK = "holder household_head grantee", "system", "officer", "clerk"

# action: origins > target : by
ARROWS = f"""
reserve: draft returned > awaiting_payment : {HOLDERS}
reserve: awaiting_payment > awaiting_payment : {HOLDERS} {SYSTEM}
confirm_reserve: awaiting_payment > fee_reserved : {SYSTEM}
decline_reserve: awaiting_payment > awaiting_payment : {SYSTEM}
stop_waiting: awaiting_payment > draft : {SYSTEM}
submit: fee_reserved returned > submitted : {HOLDERS}
verify: submitted > in_review : {SYSTEM}
return: submitted approved > returned : {SYSTEM}
return: in_review > returned : {OFFICER}
refuse: submitted > refused : {SYSTEM}
refuse: in_review > refused : {OFFICER}
approve: in_review > approved : {OFFICER}
print: approved > printing : {SYSTEM}
reprint: printing > printing : {SYSTEM} operator
record_print: printing > printed : {SYSTEM}
pack: printed returned_to_source > packed : {SYSTEM}
hand_over: packed > with_carrier : {SYSTEM}
deliver: with_carrier > awaiting_activation : {SYSTEM}
return_to_source: with_carrier > returned_to_source : {SYSTEM}
lose: packed with_carrier > lost : {SYSTEM}
reissue: lost > printing : {SYSTEM}
activate: awaiting_activation returned_to_source > completed : {CLERK}
activate: awaiting_activation > completed : {SYSTEM}
cancel: draft awaiting_payment fee_reserved submitted in_review returned > cancelled : {HOLDERS}
expire: draft fee_reserved returned > expired : {SYSTEM}
"""


def _arrows():
    found = {}
    for line in ARROWS.strip().splitlines():
        action, rest = line.split(":", 1)
        ways, by = rest.rsplit(":", 1)
        origins, target = ways.split(">")
        for origin, actor in itertools.product(origins.split(), by.split()):
            assert (origin, action, actor) not in found
            found[origin, action, actor] = target.strip()
    return found


EXPECTED = _arrows()
ALLOWS_ALL = replace(COMPLETE, fee_state=FeeState.NONE)


def _facts_for(action, actor):
    """Facts under which nothing stands in this move's way."""
    state = {
        Action.CONFIRM_RESERVE: FeeState.RESERVED,
        Action.SUBMIT: FeeState.RESERVED,
        Action.APPROVE: FeeState.RESERVED,
        Action.PRINT: FeeState.CONSUMED,
        Action.REISSUE: FeeState.CONSUMED,
    }.get(action, FeeState.NONE)
    facts = replace(COMPLETE, fee_state=state, print_trouble="mrz-not-valid")
    if action is Action.ACTIVATE and actor == Actor.SYSTEM:
        book = Rulebook.of("passport")
        rule = book.rules["passport.activation.is_required"]
        entry = replace(rule.entries[0], value={"issue": False, "renewal": False, "replacement": False})
        book.rules[rule.id] = replace(rule, entries=(entry,))
        return replace(facts, rules=book.on(DAY))
    return facts


@pytest.mark.parametrize("status", Status)
def test_every_arrow_exists_and_no_other(status):
    for action, actor in itertools.product(Action, Actor):
        facts, arrow = _facts_for(action, actor), (str(status), str(action), str(actor))
        if arrow in EXPECTED:
            assert RENEWAL.advance(status, action, actor, facts).target == EXPECTED[arrow], arrow
        elif any((origin, verb) == arrow[:2] for origin, verb, _ in EXPECTED):
            with pytest.raises(NotYourMove):
                RENEWAL.advance(status, action, actor, facts)
        else:
            with pytest.raises(MoveNotOpen):
                RENEWAL.advance(status, action, actor, facts)


def test_what_has_ended_is_left_by_no_move():
    assert {str(each) for each in ENDED} == {"completed", "refused", "cancelled", "expired"}


def test_nothing_on_its_way_can_be_amended():
    assert {str(each) for each in AMENDABLE} == {"draft", "fee_reserved", "returned"}


def test_every_status_is_one_word_people_read_and_somebodys_turn():
    assert {state_of(status) for status in Status} == set(RequestState)
    assert {turn_of(status) for status in Status} == set(Turn)
    assert all(turn_of(status) is Turn.NOBODY for status in ENDED)


def test_a_submission_names_everything_that_is_missing():
    empty = RenewalFacts(rules=RULES, holder=HOLDER, addresses=(), validity_years=10)
    with pytest.raises(RequirementsMissing) as refused:
        RENEWAL.advance(Status.FEE_RESERVED, Action.SUBMIT, Actor.HOLDER, empty)
    assert refused.value.details["missing"] == [
        "national_address_is_registered",
        "pledges_are_accepted",
        "photo_is_accepted",
        "english_name_is_accepted",
        "delivery_address_is_chosen",
        "data_is_reviewed",
        "fee_is_reserved",
    ]


def test_a_submission_waits_for_the_registry_and_a_reservation_does_not():
    waiting = replace(COMPLETE, holder=None, addresses=None, fee_state=FeeState.RESERVED)
    assert RENEWAL.advance(Status.FEE_RESERVED, Action.SUBMIT, Actor.HOLDER, waiting).target is Status.SUBMITTED
    with pytest.raises(RequirementsMissing):
        RENEWAL.advance(Status.DRAFT, Action.RESERVE, Actor.HOLDER, replace(waiting, fee_state=FeeState.NONE))
    with pytest.raises(RequirementsMissing):
        RENEWAL.advance(Status.SUBMITTED, Action.VERIFY, Actor.SYSTEM, waiting)


def test_every_requirement_of_the_file_is_asked_by_a_move_or_by_eligibility():
    written = {each for each in vars(requirements).values() if isinstance(each, Requirement)}
    asked = {need for each in RENEWAL.moves for need in each.needs} | set(requirements.ELIGIBLE)
    assert written == asked
