"""Rules are dated data: fees, windows, ages and limits with the day from which each value holds.

A rulebook is read from a package's `rules/*.toml`. `Rulebook.on(day)` answers for that day and remembers which entries
were used, so that an act can store the rule versions it was decided by.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import Any


class RuleMissing(LookupError):
    """No such rule, or none in force on that day."""


@dataclass(frozen=True)
class Entry:
    """One value of a rule and the day from which it holds."""

    effective_from: date
    value: Any
    note: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule with all its entries, oldest first. `calendar` says how its durations and ages count."""

    id: str
    title: Mapping[str, str]
    unit: str
    source: str
    calendar: str | None
    entries: tuple[Entry, ...]

    def on(self, day: date) -> Entry:
        """The newest entry not after the day. Raises RuleMissing before the first."""
        for entry in reversed(self.entries):
            if entry.effective_from <= day:
                return entry
        raise RuleMissing(f"{self.id} has no value on {day.isoformat()}")


@dataclass
class RulesOnDay:
    """The rules as they stand on one day; `used` collects rule id → effective-from of what was asked."""

    rules: Mapping[str, Rule]
    day: date
    used: dict[str, str] = field(default_factory=dict)

    def rule(self, rule_id: str) -> Rule:
        """The rule itself. Raises RuleMissing."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise RuleMissing(rule_id) from None

    def value(self, rule_id: str) -> Any:
        """What holds on the day, in the rule's own unit. Raises RuleMissing."""
        entry = self.rule(rule_id).on(self.day)
        self.used[rule_id] = entry.effective_from.isoformat()
        return entry.value

    def number(self, rule_id: str) -> int:
        """A whole number: minor units, days, months, years or a count. Raises RuleMissing or TypeError."""
        value = self.value(rule_id)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{rule_id} is not a whole number")
        return value

    def flag(self, rule_id: str) -> bool:
        """Whether a dated switch is on."""
        return bool(self.value(rule_id))

    def table(self, rule_id: str) -> Mapping[str, Any]:
        """A table of values, such as fees by validity."""
        value = self.value(rule_id)
        if not isinstance(value, Mapping):
            raise TypeError(f"{rule_id} is not a table")
        return value

    def calendar(self, rule_id: str) -> str:
        """The calendar this rule counts in: `gregorian` unless it says otherwise."""
        return self.rule(rule_id).calendar or "gregorian"


class Rulebook:
    """All dated rules of one service."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = dict(rules)

    def on(self, day: date) -> RulesOnDay:
        """The rules in force on that day."""
        return RulesOnDay(self.rules, day)

    @classmethod
    def of(cls, package: str) -> "Rulebook":
        """Read every `rules/*.toml` inside the package. Raises ValueError on a doubled id or unordered entries."""
        return cls(_rules_of(package))


@functools.cache
def _rules_of(package: str) -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {}
    for file in sorted(resources.files(package).joinpath("rules").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for raw in tomllib.loads(file.read_text(encoding="utf-8")).get("rule", []):
                rule = _rule(raw)
                if rule.id in rules:
                    raise ValueError(f"two rules are called {rule.id}")
                rules[rule.id] = rule
    return rules


def _rule(raw: Mapping[str, Any]) -> Rule:
    entries = tuple(Entry(e["from"], e["value"], e.get("note", "")) for e in raw["entry"])
    days = [entry.effective_from for entry in entries]
    if days != sorted(set(days)):
        raise ValueError(f"{raw['id']}: entries must be in order, each on its own day")
    return Rule(raw["id"], raw["title"], raw["unit"], raw["source"], raw.get("calendar"), entries)
