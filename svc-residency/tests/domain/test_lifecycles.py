"""Every arrow of both lifecycles, and everything that is no arrow: status by action by actor."""

from dataclasses import replace
from datetime import date
from importlib import resources

import pytest
from residency_facts import RENEWAL, VISA, WORKER

from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from contracts.authority import Actor
from residency.domain import exit_reentry_visa, iqama_renewal
from residency.domain.exit_reentry_visa import EXIT_REENTRY_VISA
from residency.domain.facts import Cover, FeeState, Owed
from residency.domain.iqama_renewal import IQAMA_RENEWAL

V, VA = exit_reentry_visa.Status, exit_reentry_visa.Action
R, RA = iqama_renewal.Status, iqama_renewal.Action
FEE_NEEDED = {
    VA.CONFIRM_RESERVE: FeeState.RESERVED,
    VA.ISSUE: FeeState.RESERVED,
    VA.VERIFY: FeeState.RESERVED,
    VA.CONFIRM_ISSUE: FeeState.CONSUMED,
    RA.SUBMIT: FeeState.RESERVED,
    RA.CONFIRM_RENEWAL: FeeState.CONSUMED,
}


def expected(lifecycle, status, action, actor):
    found = [move for move in lifecycle.moves if status in move.origins and move.action == action]
    mine = [move for move in found if actor in move.by]
    return mine[0].target if mine else (NotYourMove if found else MoveNotOpen)


def advanced(lifecycle, facts, status, action, actor):
    """Where the engine goes when everything holds."""
    ready = replace(facts, fee_state=FEE_NEEDED.get(action, FeeState.DECLINED))
    try:
        return lifecycle.advance(status, action, actor, ready).target
    except (MoveNotOpen, NotYourMove) as refusal:
        return type(refusal)


@pytest.mark.parametrize(
    ("lifecycle", "facts", "actions", "status"),
    [(EXIT_REENTRY_VISA, VISA, VA, status) for status in V] + [(IQAMA_RENEWAL, RENEWAL, RA, status) for status in R],
)
def test_a_case_moves_along_its_arrows_and_nowhere_else(lifecycle, facts, actions, status):
    for action in actions:
        for actor in Actor:
            found = advanced(lifecycle, facts, status, action, actor)
            assert found == expected(lifecycle, status, action, actor), (action, actor)


def test_the_ways_of_a_visa_are_those_that_were_designed():
    ways = {
        (str(origin), str(move.action), str(move.target)) for move in EXIT_REENTRY_VISA.moves for origin in move.origins
    }
    assert ways == {
        ("requested", "reserve", "awaiting_payment"),
        ("awaiting_payment", "reserve", "awaiting_payment"),
        ("awaiting_payment", "confirm_reserve", "fee_reserved"),
        ("awaiting_payment", "decline_reserve", "awaiting_payment"),
        ("awaiting_payment", "stop_waiting", "requested"),
        ("fee_reserved", "issue", "verifying"),
        ("verifying", "verify", "issuing"),
        ("verifying", "return", "fee_reserved"),
        ("issuing", "confirm_issue", "issued"),
        ("issued", "use", "used"),
        ("issued", "cancel", "cancelled"),
        ("issued", "lapse", "lapsed"),
        ("requested", "withdraw", "withdrawn"),
        ("awaiting_payment", "withdraw", "withdrawn"),
        ("fee_reserved", "withdraw", "withdrawn"),
        ("requested", "expire", "expired"),
        ("fee_reserved", "expire", "expired"),
    }
    assert EXIT_REENTRY_VISA.final == {V.USED, V.CANCELLED, V.LAPSED, V.WITHDRAWN, V.EXPIRED}


def test_only_the_system_and_who_answers_for_the_holder_move_anything():
    for lifecycle in (EXIT_REENTRY_VISA, IQAMA_RENEWAL):
        for move in lifecycle.moves:
            assert move.by <= {Actor.SYSTEM, Actor.SPONSOR, Actor.HOUSEHOLD_HEAD, Actor.GRANTEE}
            assert (Actor.GRANTEE in move.by) == ({Actor.SPONSOR, Actor.HOUSEHOLD_HEAD} <= move.by)


def test_a_renewal_is_submitted_only_with_its_fee_reserved():
    for status in (R.DRAFT, R.BLOCKED, R.READY, R.AWAITING_PAYMENT, R.FEE_RESERVED):
        with pytest.raises(RequirementsMissing) as missing:
            IQAMA_RENEWAL.advance(status, RA.SUBMIT, Actor.SPONSOR, RENEWAL)
        assert [finding.requirement.name for finding in missing.value.findings] == ["fee_is_reserved"]


def test_a_blocked_renewal_is_refused_with_everything_that_is_missing():
    worker = replace(WORKER, passport_expires_on=date(2026, 10, 1), absent=True)
    facts = replace(RENEWAL, person=worker, owed=Owed(30000, 0), insurance=Cover(None))
    with pytest.raises(RequirementsMissing) as missing:
        IQAMA_RENEWAL.advance(R.BLOCKED, RA.SUBMIT, Actor.SPONSOR, facts)
    assert missing.value.details["missing"] == [
        "person_is_not_absent",
        "fines_are_paid",
        "passport_is_valid",
        "insurance_is_active",
        "fee_is_reserved",
    ]


def test_what_is_being_checked_stops_nobody_from_issuing_but_the_system_from_verifying():
    waiting = replace(VISA, owed=None, fee_state=FeeState.RESERVED)
    assert EXIT_REENTRY_VISA.advance(V.FEE_RESERVED, VA.ISSUE, Actor.SPONSOR, waiting).target is V.VERIFYING
    with pytest.raises(RequirementsMissing):
        EXIT_REENTRY_VISA.advance(V.VERIFYING, VA.VERIFY, Actor.SYSTEM, waiting)


def test_the_invariant_lists_exactly_the_arrows():
    text = resources.files("residency").joinpath("invariants").joinpath("I-43_moves_are_listed.sql").read_text()
    listed = {
        tuple(part.strip("' ") for part in line.strip("(), ").split(","))
        for line in text.splitlines()
        if line.startswith("    ('")
    }
    assert listed == {
        (lifecycle.name, str(origin), str(move.action), str(move.target), actor)
        for lifecycle in (EXIT_REENTRY_VISA, IQAMA_RENEWAL)
        for move in lifecycle.moves
        for origin in move.origins
        for actor in move.by
    }
