"""Every arrow of an authorisation's life and the complement; what is granted, to whom and how long; the 21 services."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import product

import pytest

from chassis.catalogue import Texts
from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from chassis.rulebook import Rulebook
from contracts.authority import Actor, AuthorisedService
from identity.domain.authorisation import AUTHORISATION, LIVE, OPEN, UNDER_WAY, Action, AuthorisationFacts, Status
from identity.domain.authorised_services import authorisable

TODAY = date(2026, 11, 22)
FREE_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
GOOD = AuthorisationFacts(
    rules=Rulebook.of("identity").on(TODAY),
    grantor="2000000006",
    grantee="1000000008",
    high_harm=False,
    starts_on=TODAY,
    ends_on=TODAY + timedelta(days=30),
    code_is_right=True,
)
ARROWS = """
approve: requested > draft : grantor
decline: requested > declined : grantor
confirm: draft > issued : grantor
accept: issued > accepted : grantee
reject: issued accepted > rejected : grantee
use: accepted > accepted : system
use_up: accepted > used : system
withdraw: requested > withdrawn : grantee
withdraw: draft issued accepted used > withdrawn : grantor
expire: requested draft issued accepted used > expired : system
end: requested draft issued accepted used > ended : system
"""


def _arrows():
    found = {}
    for line in ARROWS.strip().splitlines():
        action, ways, by = (part.strip() for part in line.split(":"))
        origins, target = ways.split(">")
        found |= {(origin, action, by): target.strip() for origin in origins.split()}
    return found


EXPECTED = _arrows()


@pytest.mark.parametrize("status", list(Status))
def test_an_authorisation_moves_along_its_arrows_and_nowhere_else(status):
    for action, actor in product(Action, Actor):
        facts = replace(GOOD, uses_allowed=1, uses=1) if action is Action.USE_UP else GOOD
        target = EXPECTED.get((str(status), str(action), str(actor)))
        if target is None:
            with pytest.raises((MoveNotOpen, NotYourMove)):
                AUTHORISATION.advance(status, action, actor, facts)
        else:
            assert AUTHORISATION.advance(status, action, actor, facts).target == target


def test_what_is_live_open_and_under_way():
    assert LIVE < UNDER_WAY
    assert OPEN < UNDER_WAY
    assert AUTHORISATION.final == {
        Status.DECLINED,
        Status.REJECTED,
        Status.WITHDRAWN,
        Status.EXPIRED,
        Status.ENDED,
    }


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, []),
        ({"grantor_is_active": False}, ["grantor_is_active"]),
        ({"grantor_frozen_until": FREE_AT}, []),
        ({"grantor_frozen_until": FREE_AT, "high_harm": True}, ["grantor_is_not_frozen"]),
        ({"grantee": "2000000014"}, ["grantee_is_a_citizen"]),
        ({"grantor": "1000000008"}, ["grantee_is_another"]),
        ({"grantee_is_known": False}, ["grantee_is_known"]),
        ({"grantee_is_active": False}, ["grantee_is_known"]),
        ({"grantee_is_known": None}, ["grantee_is_known"]),
        ({"another_is_live": True}, ["no_other_is_live"]),
        ({"code_is_right": False}, ["code_is_right"]),
        ({"uses_allowed": 0}, ["uses_are_within_the_limit"]),
        ({"uses_allowed": 100}, []),
        ({"uses_allowed": 101}, ["uses_are_within_the_limit"]),
        ({"ends_on": TODAY}, []),
        ({"ends_on": TODAY + timedelta(days=364)}, []),
        ({"ends_on": TODAY + timedelta(days=365)}, ["days_are_within_the_limit"]),
        ({"high_harm": True, "ends_on": TODAY + timedelta(days=89)}, []),
        ({"high_harm": True, "ends_on": TODAY + timedelta(days=90)}, ["days_are_within_the_limit"]),
        ({"starts_on": TODAY + timedelta(days=90), "ends_on": TODAY + timedelta(days=91)}, []),
        (
            {"starts_on": TODAY + timedelta(days=91), "ends_on": TODAY + timedelta(days=92)},
            ["days_are_within_the_limit"],
        ),
        ({"starts_on": TODAY + timedelta(days=5), "ends_on": TODAY + timedelta(days=4)}, ["days_are_within_the_limit"]),
        (
            {"starts_on": TODAY - timedelta(days=5), "ends_on": TODAY - timedelta(days=1)},
            ["days_are_within_the_limit"],
        ),
    ],
)
def test_only_what_holds_is_confirmed(changed, missing):
    facts = replace(GOOD, **changed)
    if not missing:
        assert AUTHORISATION.advance(Status.DRAFT, Action.CONFIRM, Actor.GRANTOR, facts).target is Status.ISSUED
        return
    with pytest.raises(RequirementsMissing) as refused:
        AUTHORISATION.advance(Status.DRAFT, Action.CONFIRM, Actor.GRANTOR, facts)
    assert refused.value.details["missing"] == missing


@pytest.mark.parametrize("changed", ["grantor_is_active", "grantee_is_active"])
def test_both_accounts_are_active_when_it_is_accepted(changed):
    with pytest.raises(RequirementsMissing) as refused:
        AUTHORISATION.advance(Status.ISSUED, Action.ACCEPT, Actor.GRANTEE, replace(GOOD, **{changed: False}))
    assert refused.value.details["missing"] == [changed]


def test_it_is_used_as_often_as_it_allows_and_used_up_then():
    single = replace(GOOD, uses_allowed=1)
    spent = replace(single, uses=1)
    assert AUTHORISATION.advance(Status.ACCEPTED, Action.USE, Actor.SYSTEM, single).target is Status.ACCEPTED
    for action, facts in ((Action.USE, spent), (Action.USE_UP, single), (Action.USE_UP, GOOD)):
        with pytest.raises(RequirementsMissing):
            AUTHORISATION.advance(Status.ACCEPTED, action, Actor.SYSTEM, facts)


def test_nobody_but_both_sides_and_the_house_moves_an_authorisation():
    assert {actor for each in AUTHORISATION.moves for actor in each.by} == {"grantor", "grantee", "system"}


def test_the_twenty_one_services_are_listed_named_and_carried_by_whom_we_have():
    listed = authorisable()
    assert list(AuthorisedService) == sorted(listed, key=list(AuthorisedService).index)
    assert len(listed) == 21
    assert {each.carrier for each in listed.values()} == {None, "passport", "residency"}
    texts = Texts("chassis", "contracts", "identity")
    for code in listed:
        assert texts.both(f"word.service.{code}")


def test_everything_has_its_words():
    texts = Texts("chassis", "contracts", "identity")
    for status in Status:
        assert texts.both(f"authorisation.state.{status}")
    for need in {need for each in AUTHORISATION.moves for need in each.needs}:
        for part in ("met", "failed", "being_checked"):
            assert texts.both(f"requirement.{need.name}", part, longest=1, most=1)
        assert texts.both(f"remedy.{need.remedy}")


def test_the_invariant_lists_exactly_the_arrows():
    text = resources.files("identity").joinpath("invariants", "i43_authorisation_moves_are_listed.sql").read_text()
    listed = {
        tuple(part.strip("' ") for part in line.strip("(), ").split(","))
        for line in text.splitlines()
        if line.startswith("    ('")
    }
    assert listed == {
        (str(origin), str(each.action), str(each.target), actor)
        for each in AUTHORISATION.moves
        for origin in each.origins
        for actor in each.by
    }
