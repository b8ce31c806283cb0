"""No module or folder is called by a word that means "things".

`utils`, `helpers`, `common` and their kin take in whatever nobody placed, and are imported by everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.rules.source import Source, Violation

_EMPTY_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "managers",
    "base",
    "core",
    "service",
    "services",
}
_NUMBERED = re.compile(r"^(part|file|module)_?\d+$")


def check(source: Source) -> Iterator[Violation]:
    """Python modules and the folders they stand in, by name."""
    if not source.is_python:
        return
    for part in (*source.path.parent.parts, source.path.stem):
        if part.lower() in _EMPTY_WORDS or _NUMBERED.match(part):
            yield source.at(1, f'"{part}" says nothing: name it by the noun or verb it is about')
