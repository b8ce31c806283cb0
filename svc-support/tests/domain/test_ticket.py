"""Every arrow of a ticket's life, and that there is no other: status × action × actor."""

from itertools import product

import pytest

from chassis.catalogue import Texts
from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from chassis.refusals import Refusal
from contracts.authority import Actor
from support.actions import attach, open, read_file, track, work
from support.domain.states import TURN_OF, Turn
from support.domain.ticket import MINE, OPEN, OURS, TICKET, Action, Category, Status, TicketFacts
from support.files import FileNotAccepted
from support.scanner import ScannerAway

HELD = TicketFacts(assigned_to_actor=True)

# Written by hand from d19: origin, action, actor, target.
ARROWS = """
under_processing         return   officer  returned_to_applicant
returned_from_applicant  return   officer  returned_to_applicant
returned_to_applicant    answer   holder   returned_from_applicant
returned_from_applicant  resume   officer  under_processing
under_processing         process  officer  processed
returned_from_applicant  process  officer  processed
under_processing         reject   officer  closed
returned_from_applicant  reject   officer  closed
processed                confirm  holder   closed
processed                close    system   closed
returned_to_applicant    close    system   closed
"""
EXPECTED = {
    (origin, action, actor): target
    for origin, action, actor, target in (line.split() for line in ARROWS.strip().splitlines())
}
ACTED_ON = {(origin, action) for origin, action, _ in EXPECTED}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_actor_may_make_exactly_the_listed_moves(status, action):
    for actor in Actor:
        target = EXPECTED.get((status, action, actor))
        if target is not None:
            assert TICKET.advance(status, action, actor, HELD).target == target
        elif (status, action) in ACTED_ON:
            with pytest.raises(NotYourMove):
                TICKET.advance(status, action, actor, HELD)
        else:
            with pytest.raises(MoveNotOpen):
                TICKET.advance(status, action, actor, HELD)


def test_closed_stays_closed():
    assert TICKET.final == {Status.CLOSED}


@pytest.mark.parametrize(("status", "action", "actor"), [key for key in EXPECTED if key[2] == "officer"])
def test_a_specialist_moves_only_what_they_hold(status, action, actor):
    with pytest.raises(RequirementsMissing) as refused:
        TICKET.advance(Status(status), Action(action), actor, TicketFacts())
    assert refused.value.details["missing"] == ["ticket_is_assigned_to_you"]


def test_every_status_has_its_turn_and_the_open_ones_are_those_with_work():
    assert set(TURN_OF) == set(Status)
    assert set(TURN_OF.values()) == set(Turn)
    assert {status for status in Status if TURN_OF[status] is Turn.US} == OURS
    assert {origin for origin, action, _ in EXPECTED if action in ("process", "answer")} == OPEN


def test_every_word_of_the_domain_has_its_texts():
    texts = Texts("chassis", "contracts", "support")
    for status in Status:
        assert texts.both(f"status.{status}")
    for turn in Turn:
        assert texts.both(f"turn.{turn}")
    for category in Category:
        assert texts.both(f"ops.support.category.{category}")
    for need in MINE:
        for part in ("met", "failed", "being_checked"):
            assert texts.both(f"requirement.{need.name}", part)
        assert texts.both(f"remedy.{need.remedy}")


def test_every_refusal_says_in_two_languages_what_happened_and_what_to_do():
    texts = Texts("chassis", "contracts", "support")
    raised = {
        value.slug
        for module in (attach, open, read_file, track, work)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Refusal) and value.__module__.startswith("support.")
    }
    for slug in raised | {FileNotAccepted.slug, ScannerAway.slug, "text-too-long", "pair-unknown"}:
        for part in ("title", "detail"):
            said = texts.both(f"problem.{slug}", part, reason="size", longest=1)
            assert said["ar"], slug
            assert said["en"] != said["ar"], slug
