"""Only the chassis' database module commits.

One request or message is one transaction. A commit anywhere else splits it: the change would stand without its event, its
history row or its idempotency record when the process dies between the two.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.rules.source import Source, Violation

# The migration runner has its own connection, before any session exists.
_ALLOWED = ("chassis/chassis/database", "chassis/chassis/migrations/")
# Leaving the block of a session's or connection's `begin()` commits; other things begin, too, and are free.
_BEGINNERS = re.compile(r"session|engine|database|conn(ection)?$|^db$|transaction", re.IGNORECASE)


def check(source: Source) -> Iterator[Violation]:
    """Calls of `.commit()` and `.begin()`, and COMMIT as SQL, outside the chassis' database module."""
    if not source.is_python or source.is_test or source.is_tooling or str(source.path).startswith(_ALLOWED):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _commits(source, node.func):
            yield source.at(node.lineno, f".{node.func.attr}() commits: only chassis/database.py may")
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.strip(" ;\n").upper() == "COMMIT"
        ):
            yield source.at(node.lineno, "COMMIT as SQL: only chassis/database.py may commit")


def _commits(source: Source, call: ast.Attribute) -> bool:
    if call.attr == "commit":
        return True
    talks_sql = any(name.split(".")[0] == "sqlalchemy" for _line, name in source.imports())
    return call.attr == "begin" and talks_sql and bool(_BEGINNERS.search(source.dotted(call.value).rpartition(".")[2]))
