"""Everything people read is there in two languages: requirements, remedies, reasons, states, pledges, booklets, flaws."""

from pathlib import Path

import pytest

from chassis.catalogue import Texts
from chassis.refusals import Refusal
from chassis.rulebook import Rulebook
from passport import refusals
from passport.domain import photo, reasons
from passport.domain.booklet import BookletStatus
from passport.domain.pledges import IN_FORCE, Pledge
from passport.domain.renewal import RENEWAL
from passport.domain.requirements import ELIGIBLE
from passport.domain.states import RequestState, Turn

TEXTS = Texts("chassis", "contracts", "passport")
ASKED = sorted({need for move in RENEWAL.moves for need in move.needs} | set(ELIGIBLE), key=lambda need: need.name)


@pytest.mark.parametrize("need", ASKED, ids=lambda need: need.name)
def test_a_requirement_has_words_for_all_it_can_say(need):
    for part in ("met", "failed", "being_checked"):
        assert all(TEXTS.both(f"requirement.{need.name}", part).values())
    assert all(TEXTS.both(f"remedy.{need.remedy}").values())


def test_no_requirement_or_remedy_has_words_and_is_never_asked():
    names, remedies = {f"requirement.{n.name}" for n in ASKED}, {f"remedy.{n.remedy}" for n in ASKED}
    assert {key for key in TEXTS.keys() if key.startswith("requirement.")} == names  # noqa: SIM118
    assert {key for key in TEXTS.keys() if key.startswith("remedy.")} == remedies  # noqa: SIM118


def test_states_turns_booklets_reasons_and_flaws_have_words():
    keys = [f"state.{each}" for each in RequestState] + [f"turn.{each}" for each in Turn]
    keys += [f"booklet.{each}" for each in BookletStatus] + [str(each) for each in photo.Flaw]
    for kind in (reasons.ReturnReason, reasons.RefusalReason, reasons.SystemReason):
        keys += [f"reason.{each}" for each in kind]
    assert all(all(TEXTS.both(key).values()) for key in keys)


def test_every_version_of_every_pledge_has_its_text():
    for entry in Rulebook.of("passport").rules[IN_FORCE].entries:
        for name, version in entry.value.items():
            for each in range(1, version + 1):
                assert all(TEXTS.both(Pledge(name, each).text_key).values())


def test_every_refusal_has_words_of_its_own():
    own = [each for each in vars(refusals).values() if isinstance(each, type) and issubclass(each, Refusal)]
    slugs = {each.slug for each in own if each.__module__ == refusals.__name__}
    assert len(slugs) > 8
    assert all(f"problem.{slug}" in TEXTS for slug in slugs)


def test_the_readme_shows_the_diagrams_of_the_code():
    from passport.domain.booklet import BOOKLET

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert RENEWAL.diagram() in readme
    assert BOOKLET.diagram() in readme
