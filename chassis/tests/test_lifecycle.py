"""The engine over a list of moves, the rulebook over dates, catalogues in two languages: no server needed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.crypto import Cipher, Undecipherable
from chassis.identifiers import is_reference, new_reference, uuid7
from chassis.lifecycle import Lifecycle, MoveNotOpen, NotYourMove, RequirementsMissing, move
from chassis.requirements import Verdict, being_checked, failed, met, requirement
from chassis.rulebook import Entry, Rule, Rulebook, RuleMissing


class Status(StrEnum):
    OPEN = "open"
    SENT = "sent"
    DONE = "done"


class Action(StrEnum):
    SEND = "send"
    FINISH = "finish"


@dataclass(frozen=True)
class Facts:
    paid: bool = True
    signed: bool = True
    known: bool = True


@requirement(remedy="pay")
def is_paid(facts: Facts) -> Verdict:
    return met() if facts.paid else failed()


@requirement(remedy="sign")
def is_signed(facts: Facts) -> Verdict:
    return met() if facts.signed else failed()


@requirement(remedy="wait")
def is_known(facts: Facts) -> Verdict:
    return met() if facts.known else being_checked()


MOVES = [
    move(Action.SEND, Status.OPEN, Status.SENT, by="holder", needs=[is_paid, is_signed, is_known], waits=True),
    move(Action.FINISH, Status.SENT, Status.DONE, by=["clerk", "system"], needs=[is_known]),
]
MACHINE: Lifecycle[Status, Action, Facts] = Lifecycle("errand", Status, Status.OPEN, MOVES)


def test_a_refusal_names_everything_that_is_missing() -> None:
    with pytest.raises(RequirementsMissing) as refused:
        MACHINE.advance(Status.OPEN, Action.SEND, "holder", Facts(paid=False, signed=False))
    assert refused.value.details["missing"] == ["is_paid", "is_signed"]


def test_a_move_that_waits_goes_on_while_a_body_is_being_asked_and_others_do_not() -> None:
    unknown = Facts(known=False)
    assert MACHINE.advance(Status.OPEN, Action.SEND, "holder", unknown).target is Status.SENT
    with pytest.raises(RequirementsMissing):
        MACHINE.advance(Status.SENT, Action.FINISH, "clerk", unknown)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("by", ["holder", "clerk", "system", "stranger"])
def test_every_arrow_and_its_complement(status: Status, action: Action, by: str) -> None:
    mine = [each for each in MOVES if each.action is action and status in each.origins and by in each.by]
    if mine:
        assert MACHINE.advance(status, action, by, Facts()) is mine[0]
        return
    open_to_others = any(each.action is action and status in each.origins for each in MOVES)
    with pytest.raises(NotYourMove if open_to_others else MoveNotOpen):
        MACHINE.advance(status, action, by, Facts())


def test_what_can_be_done_next_comes_from_the_same_list() -> None:
    [send] = MACHINE.open_actions(Status.OPEN, "holder", Facts(paid=False))
    assert (send.action, send.is_possible) == (Action.SEND, False)
    assert MACHINE.open_actions(Status.DONE, "holder", Facts()) == []
    assert MACHINE.final == {Status.DONE}


def test_the_diagram_draws_every_arrow() -> None:
    assert "open --> sent: send (holder)" in MACHINE.diagram()
    assert "sent --> done: finish (clerk, system)" in MACHINE.diagram()


def test_a_list_that_contradicts_itself_is_refused_at_start() -> None:
    twice = [*MOVES, move(Action.SEND, Status.OPEN, Status.DONE, by="holder")]
    with pytest.raises(ValueError, match="listed twice"):
        Lifecycle("errand", Status, Status.OPEN, twice)
    with pytest.raises(ValueError, match="no move reaches"):
        Lifecycle("errand", Status, Status.OPEN, MOVES[:1])


def test_a_rule_is_the_newest_entry_not_after_the_day_and_remembers_its_use() -> None:
    entries = (Entry(date(2020, 1, 1), 300), Entry(date(2025, 6, 1), 400))
    book = Rulebook({"x.fee": Rule("x.fee", {}, "minor", "a source", None, entries)})
    assert [book.on(day).number("x.fee") for day in (date(2025, 5, 31), date(2025, 6, 1))] == [300, 400]
    asked = book.on(date(2026, 1, 1))
    asked.number("x.fee")
    assert asked.used == {"x.fee": "2025-06-01"}
    with pytest.raises(RuleMissing):
        book.on(date(2019, 12, 31)).value("x.fee")
    with pytest.raises(RuleMissing):
        asked.value("x.nothing")


@given(st.integers(0, 10), st.sampled_from("23456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_reference_with_one_wrong_character_is_noticed(place: int, wrong: str) -> None:
    reference = new_reference("TWS")
    assert is_reference(reference)
    at = [index for index, letter in enumerate(reference) if index > 3 and letter != "-"][place]
    if reference[at] != wrong:
        assert not is_reference(reference[:at] + wrong + reference[at + 1 :])


def test_identifiers_are_time_ordered_and_of_version_7() -> None:
    made = [uuid7() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(each.version == 7 for each in made)
    assert [each.int >> 80 for each in made] == sorted(each.int >> 80 for each in made)


def test_encrypted_values_differ_each_time_and_altered_ones_are_refused() -> None:
    old = Cipher({"a": "first"}, "a", "index")
    new = Cipher({"a": "first", "b": "second"}, "b", "index")
    sealed = old.encrypt("+966501234567")
    assert sealed != old.encrypt("+966501234567")
    assert new.decrypt(sealed) == "+966501234567"
    assert new.encrypt("x").startswith("b:")
    assert new.index("x") == old.index("x")
    for bad in (sealed[:-2] + "AA", "c:" + sealed[2:], "", "a:"):
        with pytest.raises(Undecipherable):
            new.decrypt(bad)
