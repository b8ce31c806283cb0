"""Whether a package's dated rules are sound, and whether its code names only rules that exist."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from chassis.calendar import CALENDARS
from chassis.rulebook import Rule, Rulebook

UNITS: Final = frozenset(
    ("minor", "days", "months", "years", "hours", "seconds", "count", "percent", "flag", "text", "table")
)
WITH_CALENDAR: Final = frozenset({"months", "years"})
_ID: Final = re.compile(r"[a-z]+(\.[a-z][a-z0-9_]*){1,2}")
_WHOLE: Final = UNITS - {"flag", "text", "table"}


def faults_of(package: str) -> list[str]:
    """Everything wrong with the rules of a package, one line a fault; each line names the rule."""
    rules = Rulebook.of(package).rules
    found = [f"{rule.id}: {fault}" for rule in rules.values() for fault in faults_of_rule(rule)]
    prefix = "calendar." if package == "chassis" else f"{package}."
    found += [
        f"{rule_id}: its name does not begin with {prefix}" for rule_id in rules if not rule_id.startswith(prefix)
    ]
    return found + [
        f"{place} names {name}, which is no rule" for place, name in _names_in_code(package) if name not in rules
    ]


def faults_of_rule(rule: Rule) -> Iterator[str]:
    """What is wrong with one rule."""
    if not _ID.fullmatch(rule.id):
        yield "its name is not of the form service.subject.what"
    if not all(rule.title.get(language, "").strip() for language in ("ar", "en")):
        yield "its title is not in two languages"
    if rule.unit not in UNITS:
        yield f"no such unit: {rule.unit}"
    if not rule.source.strip():
        yield "nobody says so: no source"
    if rule.calendar not in (None, *CALENDARS):
        yield f"no such calendar: {rule.calendar}"
    if rule.unit in WITH_CALENDAR and rule.calendar is None:
        yield "months and years differ by calendar, and it names none"
    if not rule.entries:
        yield "it has no entry"
    for entry in rule.entries:
        # A TOML date-time is a date too, and would compare wrongly.
        if not isinstance(entry.effective_from, date) or isinstance(entry.effective_from, datetime):
            yield "an entry does not begin on a day"
        yield from _faults_of_value(rule.unit, entry.value)


def _faults_of_value(unit: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if not value:
            yield "an empty table"
        for part in value.values():
            yield from () if unit == "table" else _faults_of_value(unit, part)
    elif isinstance(value, list):
        for part in value:
            yield from _faults_of_value(unit, part)
    elif unit == "table":
        yield "a table is expected"
    elif unit in _WHOLE and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        yield f"{value!r} is no whole number of {unit}"
    elif unit == "flag" and not isinstance(value, bool):
        yield f"{value!r} is neither true nor false"
    elif unit == "text" and not isinstance(value, str):
        yield f"{value!r} is no text"


def _names_in_code(package: str) -> Iterator[tuple[str, str]]:
    """Every string in the package's code that has the form of one of its rule ids and is no module's name."""
    form = re.compile(rf"{package}\.[a-z0-9_]+\.[a-z0-9_]+")
    root = resources.files(package)
    for file in _python_files(root):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and form.fullmatch(text) and not _is_module(root, text):
                yield file.name, text


def _python_files(folder: Traversable) -> Iterator[Traversable]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _python_files(each)
        elif each.name.endswith(".py"):
            yield each


def _is_module(root: Traversable, dotted: str) -> bool:
    _, *parts = dotted.split(".")
    path = root.joinpath(*parts)
    return path.is_dir() or root.joinpath(*parts[:-1], f"{parts[-1]}.py").is_file()
