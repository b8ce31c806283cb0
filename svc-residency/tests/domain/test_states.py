"""Every status shows exactly one request state and one turn; every word is there in both languages."""

import pytest

from chassis.catalogue import Texts
from residency.domain import exit_reentry_visa, iqama_renewal
from residency.domain.facts import Category
from residency.domain.reasons import SystemReason
from residency.domain.states import OF_RENEWAL, OF_VISA, RequestState, Turn

TEXTS = Texts("chassis", "contracts", "residency")


@pytest.mark.parametrize(
    ("table", "statuses"), [(OF_VISA, exit_reentry_visa.Status), (OF_RENEWAL, iqama_renewal.Status)]
)
def test_the_table_is_total(table, statuses):
    assert set(table) == set(statuses)


@pytest.mark.parametrize(
    ("table", "lifecycle"),
    [(OF_VISA, exit_reentry_visa.EXIT_REENTRY_VISA), (OF_RENEWAL, iqama_renewal.IQAMA_RENEWAL)],
)
def test_whose_turn_it_is_agrees_with_who_can_move(table, lifecycle):
    for status, (_, turn) in table.items():
        actors = {actor for move in lifecycle.moves if status in move.origins for actor in move.by}
        if status in lifecycle.final:
            assert turn is Turn.NOBODY
        if turn is Turn.APPLICANT:
            assert actors & set(exit_reentry_visa.APPLICANTS)
        if turn in (Turn.US, Turn.ANOTHER_BODY):
            assert "system" in actors


@pytest.mark.parametrize(
    ("kind", "words"), [("state", RequestState), ("turn", Turn), ("category", Category), ("reason", SystemReason)]
)
def test_every_word_is_said_in_both_languages(kind, words):
    for word in words:
        said = TEXTS.both(f"{kind}.{word}")
        assert said["ar"] != said["en"]
