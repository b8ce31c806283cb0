"""A status changes only in `models.py`.

There the one method asks the list of moves and writes the history row. A status assigned elsewhere is a move nobody allowed,
recorded nowhere, that no diagram shows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.rules.source import Source, Violation

_MESSAGE = "a status is assigned only in models.py, by the method that asks the list of moves"


def check(source: Source) -> Iterator[Violation]:
    """`x.status = …`, `setattr`, UPDATEs and upserts that set one, outside models; what is being made is free."""
    if not source.is_python or source.is_test or source.is_migration or _is_models(source) or not _keeps_cases(source):
        return
    building = _constructors(source.tree)
    for node in ast.walk(source.tree):
        if any(_is_status(target) and id(target) not in building for target in _targets(node)) or _sets_by_call(node):
            yield source.at(getattr(node, "lineno", 1), _MESSAGE)


def _keeps_cases(source: Source) -> bool:
    """Services and outside bodies have cases that move; elsewhere a status is HTTP's."""
    return source.path.parts[0].startswith("svc-") or source.path.parts[0] == "partners"


def _is_models(source: Source) -> bool:
    return source.path.name == "models.py" or source.path.parent.name == "models"


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [
            part
            for target in node.targets
            for part in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
        ]
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def _is_status(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "status"


def _sets_by_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name) and node.func.id == "setattr" and len(node.args) > 1:
        return isinstance(node.args[1], ast.Constant) and node.args[1].value == "status"
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "values":
        return any(word.arg == "status" for word in node.keywords) and not _is_birth(node.func)
    return node.func.attr.startswith("on_conflict") and any(_has_status(word.value) for word in node.keywords)


def _is_birth(call: ast.Attribute) -> bool:
    """Whether `.values` belongs to an INSERT: a row may be born with a status, it may not be moved to one."""
    return any(
        isinstance(part, ast.Call) and ast.unparse(part.func).rpartition(".")[2] == "insert"
        for part in ast.walk(call.value)
    )


def _has_status(value: ast.expr) -> bool:
    return isinstance(value, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "status" for key in value.keys
    )


def _constructors(tree: ast.Module) -> set[int]:
    """Targets `self.status` inside `__init__`: an exception or a response that carries a status, not a row that moves."""
    return {
        id(part)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "__init__"
        for node in ast.walk(function)
        for part in _targets(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
    }
