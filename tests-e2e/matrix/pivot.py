"""Reading the pivot, and holding it against every route the contracts publish."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matrix.cast import RELATIONS, ROLES, SCOPES, Member
from tools.project import ROOT

PIVOT = Path(__file__).with_name("pivot.toml")
OPENAPI = ROOT / "contracts" / "contracts" / "openapi"
SCOPE = "scope:"
DOES = frozenset({"get", "list", "act", "create", "mine", "public", "signed", "own_door"})


class PivotWrong(Exception):
    """The pivot and the product do not agree; says where."""


@dataclass(frozen=True)
class Route:
    """One line of the pivot: a route, what it is about, who may, and how everybody else is answered."""

    service: str
    method: str
    path: str
    does: str
    object: str = ""
    by: tuple[str, ...] = ()
    door: str = "own"
    refuses: dict[str, int] = field(default_factory=dict)
    answers: tuple[int, ...] = (200,)
    body: Any = None
    upload: str = ""
    shows: dict[str, str] = field(default_factory=dict)
    tells: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    seen_by: dict[str, list[str]] = field(default_factory=dict)
    why: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names in the path, in order."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def allows(self, member: Member) -> bool:
        """Whether the table lets this member of the cast, if the object is theirs to see through it."""
        return any(_is(member, word) for word in self.by)


@dataclass(frozen=True)
class Pivot:
    """The whole table."""

    routes: tuple[Route, ...]
    doors: dict[str, dict[str, int]]
    groups: dict[str, tuple[str, ...]]
    profiles: dict[str, frozenset[str]]

    def of(self, service: str) -> list[Route]:
        return [route for route in self.routes if route.service == service]

    def refusal(self, route: Route, member: Member) -> int:
        """The status a member who may not is answered with: by cell, by group, by actor, by kind, by door."""
        for word in (member.name, *self._groups_of(member), member.actor, member.kind):
            if word in route.refuses:
                return route.refuses[word]
        return self.doors[route.door][member.kind]

    def is_by_door(self, route: Route, member: Member) -> bool:
        """Whether the refusal is the door's own: then what is not theirs and what never was are answered alike."""
        words = {member.name, *self._groups_of(member), member.actor, member.kind}
        return not words & set(route.refuses)

    def _groups_of(self, member: Member) -> Iterable[str]:
        return (name for name, members in self.groups.items() if member.name in members or _in_role(member, members))


def _in_role(member: Member, words: tuple[str, ...]) -> bool:
    return any(word.startswith("role:") and word[5:] in member.roles for word in words)


def _is(member: Member, word: str) -> bool:
    if word in ("person", "staff"):
        return member.kind == word
    if word == "anyone":
        return True
    if word in ROLES:
        return word in member.roles
    if word.startswith(SCOPE):
        return member.kind == "integrator" and word.removeprefix(SCOPE) in member.scope.split()
    if word in RELATIONS:
        return member.actor == word and member.holds
    return word in (member.name, member.actor) if word == "holder" else word == member.name


def read(text: str | None = None) -> Pivot:
    """The pivot as it stands in its file, or in `text`. Raises PivotWrong."""
    told = tomllib.loads(PIVOT.read_text("utf-8") if text is None else text)
    routes = tuple(
        _route(service, line) for service, lines in told.items() if isinstance(lines, list) for line in lines
    )
    profiles = {name: frozenset(keys) for name, keys in told.get("profile", {}).items()}
    for route in routes:
        if unknown := set(route.shows.values()) - set(profiles):
            raise PivotWrong(f"{route.name}: no such profile: {', '.join(sorted(unknown))}")
    groups = {name: tuple(words) for name, words in told.get("group", {}).items()}
    return Pivot(routes, told["door"], groups, profiles)


def _route(service: str, line: dict[str, Any]) -> Route:
    method, _, path = line.pop("route").partition(" ")
    answers = line.pop("answers", 200)
    shows = line.pop("shows", {})
    lists = {name: tuple(line.pop(name)) for name in ("by", "tells", "lists") if name in line}
    route = Route(
        service, method, path, answers=tuple(answers) if isinstance(answers, list) else (answers,),
        shows={"anyone": shows} if isinstance(shows, str) else shows, **lists, **line,
    )  # fmt: skip
    if route.does not in DOES:
        raise PivotWrong(f"{route.name}: nobody knows how to {route.does}")
    if unknown := {word for word in route.by if word.startswith(SCOPE)} - {SCOPE + each for each in SCOPES}:
        raise PivotWrong(f"{route.name}: nobody of the cast has {', '.join(sorted(unknown))}")
    return route


def published(folder: Path = OPENAPI) -> set[tuple[str, str]]:
    """Every route of every OpenAPI document, as (service, `METHOD path`)."""
    found = set()
    for file in folder.glob("*.json"):
        for path, operations in json.loads(file.read_text("utf-8"))["paths"].items():
            found |= {(file.stem, f"{method.upper()} {path}") for method in operations}
    return found


def answering_with_fields(folder: Path = OPENAPI) -> set[tuple[str, str]]:
    """Every route that may answer with a JSON document, as (service, `METHOD path`)."""
    found = set()
    for file in folder.glob("*.json"):
        for path, operations in json.loads(file.read_text("utf-8"))["paths"].items():
            for method, operation in operations.items():
                good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
                if any("application/json" in answer.get("content", {}) for answer in good):
                    found.add((file.stem, f"{method.upper()} {path}"))
    return found


def compare(pivot: Pivot, there: set[tuple[str, str]], services: Iterable[str]) -> None:
    """Raises PivotWrong naming every route of these services the pivot does not list, and every line whose route is gone."""
    chosen = set(services)
    there = {(service, name) for service, name in there if service in chosen}
    lines = [route for route in pivot.routes if route.service in chosen]
    listed = {(route.service, route.name) for route in lines}
    told = [f"not in the pivot: {service}: {name}" for service, name in sorted(there - listed)]
    told += [f"in the pivot and nowhere else: {service}: {name}" for service, name in sorted(listed - there)]
    if doubled := len(lines) - len(listed):
        told.append(f"{doubled} routes stand in the pivot twice")
    if told:
        raise PivotWrong("\n".join(told))
