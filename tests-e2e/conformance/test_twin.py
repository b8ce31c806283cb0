"""The calibration is whole: every module of the plans is there, each sees a defect, and every defect is told of and planted."""

import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from conformance import twin
from conformance.pack.play import chosen

# Basic OP, FAPI negatives, Logout (RP-initiated and back-channel), RFC 9700, Config with key rotation.
PLANS = {"basic": 38, "fapi": 18, "logout": 11, "rfc9700": 9, "config": 2}


def test_the_pack_has_every_module_of_the_plans() -> None:
    assert Counter(module.plan for module in chosen()) == PLANS


def test_every_module_sees_a_defect_and_every_defect_is_planted() -> None:
    caught = set().union(*(defect.caught_by for defect in twin.DEFECTS))
    assert caught == {module.name for module in chosen()}
    assert twin.planted_names() == {defect.name for defect in twin.DEFECTS}
    assert len(twin.DEFECTS) == len({defect.name for defect in twin.DEFECTS})


def test_defects_planted_together_are_told_apart() -> None:
    twins = twin.twins()
    assert sum(len(broken.defects) for broken in twins) == len(twin.DEFECTS)
    for broken in twins:
        assert len(broken.expected) == sum(len(defect.caught_by) for defect in broken.defects)
        assert broken.expected <= set(broken.played)
