"""Every arrow of an account's life, and the complement: whatever is not listed is refused."""

from datetime import date, timedelta
from itertools import product

import pytest

from chassis.catalogue import Texts
from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from contracts.authority import Actor, StaffRole
from identity.domain.account import ACCOUNT, AccountFacts, Action, Document, Status, may_issue
from identity.domain.states import STATE

TODAY = date(2026, 11, 22)
GOOD = {
    "today": TODAY,
    "kind": "citizen",
    "alive": True,
    "registered_number": "1000000008",
    "registered_expiry": TODAY + timedelta(days=100),
    "document": Document("1000000008", TODAY + timedelta(days=100)),
    "mobile_agrees": True,
    "mobile_in_their_name": True,
    "second_factor_proved": True,
}
ACTORS = (*Actor, StaffRole.ADMINISTRATOR)
ALLOWED = {
    (Status.LAPSED, Action.REGISTER, Actor.HOLDER): Status.REGISTERED,
    (Status.REGISTERED, Action.ACTIVATE, Actor.CLERK): Status.ACTIVE,
    (Status.REGISTERED, Action.ACTIVATE, Actor.OFFICER): Status.ACTIVE,
    (Status.REGISTERED, Action.ACTIVATE, Actor.OPERATOR): Status.ACTIVE,
    (Status.REGISTERED, Action.ACTIVATE, Actor.CLIENT): Status.ACTIVE,
    (Status.REGISTERED, Action.ACTIVATE, Actor.HOLDER): Status.ACTIVE,
    (Status.REGISTERED, Action.ENROL, Actor.HOLDER): Status.ACTIVE,
    (Status.REGISTERED, Action.SUSPEND, StaffRole.ADMINISTRATOR): Status.SUSPENDED,
    (Status.REGISTERED, Action.SUSPEND, Actor.SYSTEM): Status.SUSPENDED,
    (Status.ACTIVE, Action.SUSPEND, StaffRole.ADMINISTRATOR): Status.SUSPENDED,
    (Status.ACTIVE, Action.SUSPEND, Actor.SYSTEM): Status.SUSPENDED,
    (Status.SUSPENDED, Action.RESTORE, StaffRole.ADMINISTRATOR): Status.ACTIVE,
    (Status.REGISTERED, Action.LAPSE, Actor.SYSTEM): Status.LAPSED,
}


VISITOR = {"kind": "visitor", "proved_by_passport": True}


def facts(action: Action, **changed: object) -> AccountFacts:
    kind = "staff" if action is Action.ENROL else "citizen"
    return AccountFacts(**{**GOOD, "kind": kind, **changed})


@pytest.mark.parametrize(("status", "action", "actor"), list(product(Status, Action, ACTORS)))
def test_a_move_is_open_exactly_where_it_is_listed(status, action, actor):
    target = ALLOWED.get((status, action, actor))
    if target is None:
        with pytest.raises((MoveNotOpen, NotYourMove)):
            ACCOUNT.advance(status, action, actor, facts(action))
    else:
        given = facts(action, **(VISITOR if (action, actor) == (Action.ACTIVATE, Actor.HOLDER) else {}))
        assert ACCOUNT.advance(status, action, actor, given).target is target


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"kind": "staff"}, ["account_is_a_persons"]),
        ({"alive": None}, ["holder_is_alive", "document_agrees_with_the_registry"]),
        ({"alive": False}, ["holder_is_alive"]),
        (
            {"document": Document("1000000008", TODAY - timedelta(days=1))},
            ["document_is_valid", "document_agrees_with_the_registry"],
        ),
        (
            {"document": Document("1000000016", TODAY + timedelta(days=100))},
            ["document_agrees_with_the_registry"],
        ),
        ({"mobile_agrees": False}, ["mobile_is_the_one_confirmed"]),
        ({"mobile_is_free": False}, ["mobile_has_no_other_owner"]),
        ({"clerk_bound_before": True}, ["clerk_has_not_bound_it_before"]),
    ],
)
def test_an_activation_names_everything_that_is_missing(changed, missing):
    with pytest.raises(RequirementsMissing) as refused:
        ACCOUNT.advance(Status.REGISTERED, Action.ACTIVATE, Actor.CLERK, facts(Action.ACTIVATE, **changed))
    assert refused.value.details["missing"] == missing


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"kind": "citizen"}, ["account_is_a_visitors"]),
        ({"kind": "resident"}, ["account_is_a_visitors"]),
        ({"proved_by_passport": False}, ["passport_is_the_holders"]),
        ({"alive": False}, ["holder_is_alive"]),
        ({"mobile_in_their_name": False}, ["mobile_is_in_the_holders_name"]),
        ({"mobile_in_their_name": None}, ["mobile_is_in_the_holders_name"]),
        ({"mobile_agrees": False}, ["mobile_is_the_one_confirmed"]),
        ({"mobile_is_free": False}, ["mobile_has_no_other_owner"]),
    ],
)
def test_only_a_visitor_with_every_proof_activates_themselves(changed, missing):
    given = facts(Action.ACTIVATE, **{**VISITOR, **changed})
    with pytest.raises(RequirementsMissing) as refused:
        ACCOUNT.advance(Status.REGISTERED, Action.ACTIVATE, Actor.HOLDER, given)
    assert refused.value.details["missing"] == missing


def test_a_clerk_activates_a_visitor_at_an_airport_only():
    with pytest.raises(RequirementsMissing) as refused:
        ACCOUNT.advance(Status.REGISTERED, Action.ACTIVATE, Actor.CLERK, facts(Action.ACTIVATE, **VISITOR))
    assert refused.value.details["missing"] == ["visitor_is_at_an_airport"]
    there = facts(Action.ACTIVATE, **VISITOR, clerk_is_at_an_airport=True)
    assert ACCOUNT.advance(Status.REGISTERED, Action.ACTIVATE, Actor.CLERK, there).target is Status.ACTIVE


def test_only_an_active_account_is_issued_anything():
    assert [status for status in Status if may_issue(status)] == [Status.ACTIVE]


def test_every_status_has_its_word_and_every_requirement_its_texts():
    texts = Texts("chassis", "contracts", "identity")
    assert set(STATE) == set(Status)
    for word in STATE.values():
        assert texts.both(f"state.{word}")
    for need in {need for move in ACCOUNT.moves for need in move.needs}:
        for part in ("met", "failed", "being_checked"):
            assert texts.both(f"requirement.{need.name}", part)
        assert texts.both(f"remedy.{need.remedy}")
