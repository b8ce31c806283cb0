"""One file of the tree as the rules see it: its place in the house, its text, its syntax tree, its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

_SKIPPED_FOLDERS = {"node_modules", "__pycache__", "build", "dist"}
_DOT_FOLDERS_OF_OURS = {".ci"}


@dataclass(frozen=True)
class Violation:
    """A rule broken: where, and what to do instead."""

    path: PurePosixPath
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """A file by its path from the repository's root, and its text."""

    path: PurePosixPath
    text: str

    @property
    def is_python(self) -> bool:
        """Whether the rules for code apply."""
        return self.path.suffix == ".py"

    @property
    def is_test(self) -> bool:
        """Tests, their fixtures and the harnesses over HTTP: they may move clocks, name amounts and read variables."""
        return bool({"tests", "testing", "tests-e2e"} & set(self.path.parts)) or self.path.name == "conftest.py"

    @property
    def is_tooling(self) -> bool:
        """What builds, starts and checks the platform, and is no part of it."""
        return self.path.parts[0] in {"tools", "deploy", ".ci"}

    @property
    def is_migration(self) -> bool:
        """A step of a database's history: it says what was true then, and is never edited."""
        return "migrations" in self.path.parts

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree. Raises SyntaxError with the file's name."""
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def _imported(self) -> dict[str, str]:
        """What each imported name stands for: `from time import time as t` gives {"t": "time.time"}."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    def dotted(self, node: ast.expr) -> str:
        """What a name or attribute stands for, with imports resolved: `dt.now` after `from datetime import datetime as dt`."""
        if isinstance(node, ast.Attribute):
            return f"{self.dotted(node.value)}.{node.attr}"
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, node.id)
        return "?"

    def references(self) -> Iterator[tuple[ast.expr, str]]:
        """Every use of a name or attribute that is read, with what it stands for."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
                yield node, self.dotted(node)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every absolute import as (line, dotted name), names of `from` imports included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def at(self, line: int, message: str) -> Violation:
        """A violation in this file."""
        return Violation(self.path, line, message)


def read_tree(root: Path) -> Iterator[Source]:
    """Every text file of the repository that is not built, installed or cached; files that are no text are passed over."""
    for path in sorted(_files(root)):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        yield Source(PurePosixPath(path.relative_to(root)), text)


def _files(folder: Path) -> Iterable[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if not _is_made(entry.name):
                yield from _files(entry)
        elif entry.is_file():
            yield entry


def _is_made(folder: str) -> bool:
    """Whether a folder holds what tools made: caches, environments, data, builds."""
    if folder.startswith("."):
        return folder not in _DOT_FOLDERS_OF_OURS
    return folder in _SKIPPED_FOLDERS or folder.endswith(".egg-info")
