"""Every module begins by saying what it is.

A reader who opens a file cold must not have to read it to learn whether it is the file he wants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.rules.source import Source, Violation


def check(source: Source) -> Iterator[Violation]:
    """Python files without a module docstring; an empty `__init__.py` in a test folder is free."""
    if not source.is_python or (source.is_test and not source.text.strip()):
        return
    if not ast.get_docstring(source.tree):
        yield source.at(1, "no module docstring: say in a sentence what this is")
