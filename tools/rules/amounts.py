"""No amount, age or day count stands in code.

Fees, ages, windows and validities change by decree and contradict each other across years. They are dated rules with an id and
a source in `rules/*.toml`; a number in code has no date, no source, and is wrong for yesterday's cases.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.rules.source import Source, Violation

_NAMED = re.compile(r"(^|_)(minor|days|years|months|age|fee)$", re.IGNORECASE)
_HTTP_WORDS = {"max_age"}  # seconds a browser keeps something
_SPANS = {"days", "weeks", "hours"}
_CALENDARS = "chassis/chassis/calendar.py"  # how many months a year has is no decree
_MESSAGE = "{} is a number in code: make it a dated rule in rules/*.toml"


def check(source: Source) -> Iterator[Violation]:
    """Literal spans of hours and longer, and names of amounts, ages and day counts that meet a literal other than -1, 0 and 1."""
    if (
        not source.is_python
        or source.is_test
        or source.is_tooling
        or source.is_migration
        or str(source.path) == _CALENDARS
    ):
        return
    for node in ast.walk(source.tree):
        for name, value in _meetings(source, node):
            if _is_number(value):
                yield source.at(value.lineno, _MESSAGE.format(f"{name} {ast.unparse(value)}"))


def _meetings(source: Source, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Pairs of a telling name and the expression that is given to it or compared with it."""
    if isinstance(node, ast.Call):
        is_span = source.dotted(node.func) == "datetime.timedelta"
        if is_span and node.args:
            yield "timedelta", node.args[0]
        for word in node.keywords:
            if word.arg and (_tells(word.arg) or (is_span and word.arg in _SPANS)):
                yield word.arg, word.value
    elif isinstance(node, ast.Assign):
        yield from ((_name(target), node.value) for target in node.targets if _tells(_name(target)))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None and _tells(_name(node.target)):
        yield _name(node.target), node.value
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for name in (_name(side) for side in sides if _tells(_name(side))):
            yield from ((name, side) for side in sides)
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        pairs = [
            *zip(positional[::-1], node.defaults[::-1], strict=False),
            *zip(node.kwonlyargs, node.kw_defaults, strict=True),
        ]
        yield from (
            (argument.arg, default) for argument, default in pairs if default is not None and _tells(argument.arg)
        )


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _tells(name: str) -> bool:
    return bool(_NAMED.search(name)) and name.lower().lstrip("_") not in _HTTP_WORDS


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value not in (0, 1)
    )
