"""The pivot is whole and can refuse: an unlisted route, a line without a route, a profile nobody wrote."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from matrix import pivot as pivots
from matrix.cast import BY_NAME, CAST
from matrix.furniture import SERVICES
from matrix.pivot import PivotWrong
from matrix.planted import all_of_them
from matrix.telling import Shown, profile_of, told


def test_every_published_route_is_listed() -> None:
    pivots.compare(pivots.read(), pivots.published(), SERVICES)


def test_a_route_nobody_listed_fails_the_build_by_its_name() -> None:
    there = pivots.published() | {("passport", "GET /v1/passport-applications/{application_id}/everything")}
    with pytest.raises(PivotWrong, match=r"not in the pivot: passport: GET .*/everything"):
        pivots.compare(pivots.read(), there, SERVICES)


def test_a_line_whose_route_is_gone_fails_the_build_by_its_name() -> None:
    there = pivots.published() - {("notify", "GET /v1/notices")}
    with pytest.raises(PivotWrong, match=r"nowhere else: notify: GET /v1/notices"):
        pivots.compare(pivots.read(), there, SERVICES)


@pytest.mark.parametrize(
    "line",
    [
        '[[passport]]\nroute = "GET /v1/passports"\ndoes = "guess"',
        '[[passport]]\nroute = "GET /v1/passports"\ndoes = "list"\nshows = "a profile nobody wrote"',
        '[[passport]]\nroute = "GET /v1/passports"\ndoes = "list"\nby = ["scope:nobody-was-given-it"]',
    ],
)
def test_a_line_that_means_nothing_is_refused(line: str) -> None:
    with pytest.raises(PivotWrong):
        pivots.read(f"[door.own]\nperson = 404\n{line}\n")


def test_every_route_that_answers_with_a_record_says_which_fields_it_may_show() -> None:
    answering = pivots.answering_with_fields()
    without = [
        f"{route.service}: {route.name}"
        for route in pivots.read().routes
        if (route.service, route.name) in answering
        and route.does not in ("public", "signed")
        and min(route.answers) < 300
        and not route.shows
    ]
    assert without == []


def test_what_is_told_is_every_field_with_a_value() -> None:
    line = {"id": "1", "note": None, "state": {"word": "open", "texts": {"ar": "x", "en": "y"}}, "day": {"date": "d"}}
    answer = {"items": [line, {"fee": {"amount": 0, "items": [{"what": "visa"}, {"rule": "r"}]}}], "next": None}
    fields = {
        "items.id",
        "items.state",
        "items.day",
        "items.fee.amount",
        "items.fee.items.what",
        "items.fee.items.rule",
    }
    assert told(answer) == fields
    assert told([]) == told({}) == told({"note": None, "more": {}, "items": []}) == frozenset()


def test_a_profile_takes_what_it_names_and_names_nothing_in_vain() -> None:
    shown = Shown(replace(pivots.read(), profiles={"line": frozenset({"id", "mobile"})}))
    assert shown.too_much("line", frozenset({"id"})) == set()
    assert shown.never() == ["the profile line names what nobody is shown: mobile"]
    assert shown.too_much("line", frozenset({"id", "mobile", "email"})) == {"email"}
    assert shown.never() == []


def test_a_weaker_standing_has_a_profile_of_its_own() -> None:
    route = next(each for each in pivots.read().routes if each.name == "GET /v1/exit-reentry-visas/{visa_id}")
    holder, sponsor = BY_NAME["holder.self"], BY_NAME["sponsor.active"]
    assert profile_of(route, holder, holder.number) != profile_of(route, sponsor, holder.number)


def test_the_cast_has_every_state_once_and_no_number_twice() -> None:
    assert len(BY_NAME) == len(CAST)
    numbers = [member.number for member in CAST if member.number and (member.actor == "holder" or not member.is_owner)]
    assert len(numbers) == len(set(numbers))


def test_only_what_holds_now_counts_as_a_role() -> None:
    assert BY_NAME["officer.begins_now"].roles == {"officer"}
    for state in ("pending", "ends_now", "ended_a_second_ago", "role_without_staff_token"):
        assert not BY_NAME[f"officer.{state}"].roles


def test_twelve_leaks_and_more_are_planted_on_routes_that_are_listed() -> None:
    listed = {(route.service, route.name) for route in pivots.read().routes}
    leaks = all_of_them()
    assert len(leaks) >= 12
    for leak in leaks:
        assert {(leak.SERVICE, name) for name in leak.ROUTES} <= listed, leak.__name__
