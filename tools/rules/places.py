"""Nothing in the tree names the machine it was written on, or a package registry's host.

A clone must build behind any mirror and in any folder; and where it was written is nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.rules.source import Source, Violation

_PLACE = re.compile(
    r"""(?<![\w.$}])/(?:work|root|tmp|home/\w+)/[\w.]|\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org)\b"""
)


def check(source: Source) -> Iterator[Violation]:
    """Absolute paths of a workplace, and registries' hosts, in any file; this rule and its test have to say them."""
    if source.path.stem in {"places", "test_rules"}:
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := _PLACE.search(line):
            yield source.at(number, f'"{found[0]}" is a place of one machine or one registry')
