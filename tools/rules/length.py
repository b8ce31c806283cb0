"""No source file is longer than 300 lines.

A file one screenful of scrolling long is read; a longer one is searched, and grows. Split by verb or by case.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.rules.source import Source, Violation

LONGEST = 300


def check(source: Source) -> Iterator[Violation]:
    """Python files over the limit; tests and migrations may be long, since they are lists."""
    if not source.is_python or source.is_test or source.is_migration:
        return
    lines = len(source.text.splitlines())
    if lines > LONGEST:
        yield source.at(LONGEST + 1, f"{lines} lines; {LONGEST} at most: split it by verb or by case")
