"""Every arrow of a role change and the complement; what stands in the way of whom; the words of all of it."""

from dataclasses import replace
from importlib import resources
from itertools import product

import pytest

from chassis.catalogue import Texts
from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from chassis.requirements import examine
from contracts.authority import Actor, StaffRole
from identity.domain.role_change import ROLE_CHANGE, Action, Direction, RoleChangeFacts, Status
from identity.domain.role_change_requirements import PROPOSABLE

A, B, CLERK = "S-100005", "S-100006", "S-100001"
GOOD = RoleChangeFacts(
    person=CLERK, role="officer", direction="begin", proposed_by=A, decider=B, administrators=frozenset({A, B})
)
ALONE = replace(GOOD, decider="", administrators=frozenset({A}))
ADMINISTRATOR, SYSTEM = StaffRole.ADMINISTRATOR, Actor.SYSTEM
ARROWS = {
    (Action.APPROVE, ADMINISTRATOR): (Status.APPROVED, GOOD),
    (Action.APPROVE, SYSTEM): (Status.APPROVED, ALONE),
    (Action.REFUSE, ADMINISTRATOR): (Status.REFUSED, GOOD),
    (Action.WITHDRAW, ADMINISTRATOR): (Status.WITHDRAWN, replace(GOOD, decider=A)),
    (Action.EXPIRE, SYSTEM): (Status.EXPIRED, GOOD),
}


def test_a_role_change_moves_along_its_arrows_and_nowhere_else():
    for status, action, actor in product(Status, Action, {*Actor, *StaffRole}):
        target, facts = ARROWS.get((action, actor), (None, GOOD))
        if status is Status.PROPOSED and target is not None:
            assert ROLE_CHANGE.advance(status, action, actor, facts).target is target
        else:
            with pytest.raises((MoveNotOpen, NotYourMove)):
                ROLE_CHANGE.advance(status, action, actor, facts)
    assert ROLE_CHANGE.final == set(Status) - {Status.PROPOSED}


def missing(action, actor, facts):
    try:
        ROLE_CHANGE.advance(Status.PROPOSED, action, actor, facts)
    except RequirementsMissing as refused:
        return refused.details["missing"]
    return []


ENDING = {"role": "administrator", "direction": "end", "holds_role": True}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, []),
        ({"decider": A}, ["decider_is_not_the_proposer"]),
        ({"person": B}, ["decider_is_not_the_one_concerned"]),
        ({"administrators": frozenset({B})}, ["proposer_is_an_administrator"]),
        ({"is_staff": False}, ["member_is_staff"]),
        ({"is_suspended": True}, ["member_is_not_suspended"]),
        ({"is_suspended": True, "direction": "end", "holds_role": True}, []),
        ({"holds_role": True}, ["role_is_still_to_be_changed"]),
        ({"direction": "end"}, ["role_is_still_to_be_changed"]),
        ({**ENDING, "person": A}, []),
        ({**ENDING, "person": B}, ["decider_is_not_the_one_concerned"]),
        ({**ENDING, "person": A, "administrators": frozenset({A})}, ["an_administrator_remains"]),
    ],
)
def test_an_approval_names_everything_that_stands_in_the_way(changed, named):
    assert missing(Action.APPROVE, ADMINISTRATOR, replace(GOOD, **changed)) == named


def test_a_refusal_takes_another_and_a_withdrawal_the_proposer_whatever_has_become_of_the_member():
    gone = replace(GOOD, is_staff=False, holds_role=True)
    assert missing(Action.REFUSE, ADMINISTRATOR, gone) == []
    assert missing(Action.REFUSE, ADMINISTRATOR, replace(gone, decider=A)) == ["decider_is_not_the_proposer"]
    assert missing(Action.REFUSE, ADMINISTRATOR, replace(gone, person=B)) == ["decider_is_not_the_one_concerned"]
    assert missing(Action.WITHDRAW, ADMINISTRATOR, gone) == ["proposal_is_the_deciders_own"]
    assert missing(Action.WITHDRAW, ADMINISTRATOR, replace(gone, decider=A)) == []


def test_the_machine_is_the_second_pair_of_eyes_only_while_there_is_no_other():
    assert missing(Action.APPROVE, SYSTEM, ALONE) == []
    assert missing(Action.APPROVE, SYSTEM, replace(ALONE, person=B, administrators=frozenset({A, B}))) == []
    assert missing(Action.APPROVE, SYSTEM, replace(ALONE, administrators=frozenset({A, B}))) == [
        "no_administrator_could_decide"
    ]
    last = replace(ALONE, **ENDING, person=A)
    assert missing(Action.APPROVE, SYSTEM, last) == ["an_administrator_remains"]


def test_what_could_never_be_approved_is_not_proposed():
    found = examine(PROPOSABLE, replace(GOOD, is_staff=False, is_suspended=True, holds_role=True))
    assert [each.requirement.name for each in found if each.is_failed] == [
        "member_is_staff",
        "member_is_not_suspended",
        "role_is_still_to_be_changed",
    ]


def test_everything_has_its_words():
    texts = Texts("chassis", "contracts", "identity")
    for status in Status:
        assert texts.both(f"role_change.state.{status}")
    for direction in Direction:
        assert texts.both(f"role_change.direction.{direction}")
    for need in {need for each in ROLE_CHANGE.moves for need in each.needs}:
        for part in ("met", "failed", "being_checked"):
            assert texts.both(f"requirement.{need.name}", part)
        assert texts.both(f"remedy.{need.remedy}")


def test_the_invariant_lists_exactly_the_arrows():
    text = resources.files("identity").joinpath("invariants", "i43_role_change_moves_are_listed.sql").read_text()
    listed = {
        tuple(part.strip("' ") for part in line.strip("(), ").split(","))
        for line in text.splitlines()
        if line.startswith("    ('")
    }
    assert listed == {
        (str(origin), str(each.action), str(each.target), actor)
        for each in ROLE_CHANGE.moves
        for origin in each.origins
        for actor in each.by
    }
