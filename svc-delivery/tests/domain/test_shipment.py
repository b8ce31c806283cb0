"""Every arrow of an envelope's way, and that there is no other: status × action × actor."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from chassis.catalogue import Texts
from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from contracts.authority import Actor
from delivery.domain.requirements import REQUIREMENTS, ShipmentFacts
from delivery.domain.scans import Parked
from delivery.domain.shipment import SHIPMENT, Action, Status
from delivery.domain.states import SHOWN, State, Turn

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
GOOD = ShipmentFacts(
    NOW,
    claim_open_from=NOW - timedelta(hours=1),
    order_was_refused=True,
    address_is_registered=True,
    document_matches=True,
    envelope_matches=True,
    code_is_right=True,
    old_document_is_there=True,
)

# Written by hand from the agreement with the post: origin, action, actor, target.
ARROWS = """
ordered          readdress  holder,household_head  ordered
ordered          label      system                 labelled
labelled         pack       clerk                  packed
packed           hand_over  clerk                  handed_over
handed_over      carry      carrier                in_transit
claimed          carry      carrier                in_transit
handed_over      arrive     carrier                at_branch
in_transit       arrive     carrier                at_branch
attempted        arrive     carrier                at_branch
claimed          arrive     carrier                at_branch
handed_over      go_out     carrier                out_for_delivery
in_transit       go_out     carrier                out_for_delivery
at_branch        go_out     carrier                out_for_delivery
attempted        go_out     carrier                out_for_delivery
claimed          go_out     carrier                out_for_delivery
out_for_delivery attempt    carrier                attempted
attempted        hold       system                 held
out_for_delivery deliver    carrier                delivered
attempted        deliver    carrier                delivered
held             deliver    carrier                delivered
claimed          deliver    carrier                delivered
handed_over      claim      holder,household_head,system  claimed
in_transit       claim      holder,household_head,system  claimed
at_branch        claim      holder,household_head,system  claimed
out_for_delivery claim      holder,household_head,system  claimed
attempted        claim      holder,household_head,system  claimed
claimed          find       system                 in_transit
claimed          lose       carrier,system         lost
handed_over      lose       carrier                lost
in_transit       lose       carrier                lost
at_branch        lose       carrier                lost
out_for_delivery lose       carrier                lost
attempted        lose       carrier                lost
held             lose       carrier                lost
returning        lose       carrier                lost
held             expire     system                 returning
returning        return     carrier                returned_to_source
handed_over      return     carrier                returned_to_source
in_transit       return     carrier                returned_to_source
at_branch        return     carrier                returned_to_source
out_for_delivery return     carrier                returned_to_source
attempted        return     carrier                returned_to_source
held             return     carrier                returned_to_source
claimed          return     carrier                returned_to_source
ordered          cancel     operator               cancelled
labelled         cancel     operator               cancelled
packed           cancel     operator               cancelled
returned_to_source order_again holder,household_head ordered_again
"""
EXPECTED = {
    (origin, action, actor): target
    for origin, action, actors, target in (line.split() for line in ARROWS.strip().splitlines())
    for actor in actors.split(",")
}
ACTED_ON = {(origin, action) for origin, action, _ in EXPECTED}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_actor_may_make_exactly_the_listed_moves(status, action):
    for actor in Actor:
        target = EXPECTED.get((status, action, actor))
        if target is not None:
            assert SHIPMENT.advance(status, action, actor, GOOD).target == target
        elif (status, action) in ACTED_ON:
            with pytest.raises(NotYourMove):
                SHIPMENT.advance(status, action, actor, GOOD)
        else:
            with pytest.raises(MoveNotOpen):
                SHIPMENT.advance(status, action, actor, GOOD)


def test_what_has_ended_stays_ended():
    assert SHIPMENT.final == {Status.DELIVERED, Status.ORDERED_AGAIN, Status.LOST, Status.CANCELLED}


def test_packing_names_everything_that_does_not_match():
    with pytest.raises(RequirementsMissing) as refused:
        SHIPMENT.advance(Status.LABELLED, Action.PACK, Actor.CLERK, ShipmentFacts(NOW))
    assert refused.value.details["missing"] == ["document_matches", "envelope_matches"]


def test_nothing_is_delivered_without_code_and_old_document():
    with pytest.raises(RequirementsMissing) as refused:
        SHIPMENT.advance(Status.HELD, Action.DELIVER, Actor.CARRIER, ShipmentFacts(NOW))
    assert refused.value.details["missing"] == ["door_code_is_right", "old_document_is_collected"]


def test_an_unknown_address_list_is_neither_right_nor_wrong():
    with pytest.raises(RequirementsMissing) as refused:
        SHIPMENT.advance(Status.RETURNED_TO_SOURCE, Action.ORDER_AGAIN, Actor.HOLDER, ShipmentFacts(NOW))
    [finding] = refused.value.findings
    assert (finding.requirement.name, finding.verdict.state) == ("address_is_registered", "being_checked")


@pytest.mark.parametrize(("before", "open_now"), [(1, False), (0, True), (-1, True)])
def test_a_claim_opens_at_its_instant_and_not_a_second_before(before, open_now):
    facts = ShipmentFacts(NOW, claim_open_from=NOW + timedelta(seconds=before))
    [claim] = SHIPMENT.open_actions(Status.IN_TRANSIT, Actor.HOLDER, facts)
    assert (claim.action, claim.is_possible) == (Action.CLAIM, open_now)


def test_every_status_shows_one_request_state_and_turn():
    assert set(SHOWN) == set(Status)
    assert {state for state, _ in SHOWN.values()} == set(State)
    assert {turn for _, turn in SHOWN.values()} == set(Turn)


def test_every_word_of_the_domain_has_its_texts():
    texts = Texts("chassis", "contracts", "delivery")
    for status in Status:
        assert texts.both(f"status.{status}")
    for state in State:
        assert texts.both(f"state.{state}")
    for turn in Turn:
        assert texts.both(f"turn.{turn}")
    for reason in Parked:
        assert texts.both(f"scan.{reason}")
    for need in REQUIREMENTS:
        for part in ("met", "failed", "being_checked"):
            assert texts.both(f"requirement.{need.name}", part)
        assert texts.both(f"remedy.{need.remedy}")
