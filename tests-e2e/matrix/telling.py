"""Which fields an answer tells: the names of everything in it that has a value, and what a standing may be shown of them.

A value that goes out of every service alike is one field: words in both languages, a day, an instant, a state. A field
without a value tells nothing. Of a list inside an answer every item counts under the list's own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matrix.cast import Member
from matrix.pivot import Pivot, Route

_WHOLE = (
    {"ar", "en"}, {"date", "hijri"}, {"at", "day"}, {"at", "hijri"}, {"word", "texts"}, {"state", "texts"},
    {"code", "texts", "turn", "turn_texts"},
)  # fmt: skip


def told(value: Any) -> frozenset[str]:
    """Every field with a value, as dotted names."""
    return frozenset(_names(value, ""))


def _names(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _names(each, name)
    elif isinstance(value, dict) and not any(value.keys() <= whole for whole in _WHOLE):
        for key, each in value.items():
            yield from _names(each, f"{name}.{key}" if name else key)
    elif name and value not in (None, "", {}):
        yield name


class Shown:
    """What each standing may be shown by a route, from the pivot; and afterwards, what was shown to none of them."""

    def __init__(self, pivot: Pivot) -> None:
        self._pivot = pivot
        self._seen: dict[str, set[str]] = {}

    def too_much(self, profile: str, fields: frozenset[str]) -> set[str]:
        """The fields that are none of this profile."""
        self._seen.setdefault(profile, set()).update(fields)
        return set(fields - self._pivot.profiles[profile])

    def never(self) -> list[str]:
        """Profiles that promise what nobody was shown: they would let a leak through."""
        return [
            f"the profile {name} names what nobody is shown: {', '.join(sorted(idle))}"
            for name, seen in sorted(self._seen.items())
            if (idle := self._pivot.profiles[name] - seen)
        ]


def profile_of(route: Route, member: Member, owner: str) -> str | None:
    """The name of the profile for this member and whoever's record it is: by cell, by actor, their own, everybody's."""
    words = ["own"] if owner == member.number else [member.name, member.actor]
    return next((route.shows[word] for word in (*words, "anyone") if word in route.shows), None)
