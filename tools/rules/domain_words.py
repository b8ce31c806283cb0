"""The chassis knows no word of the domain.

It is what every service needs and none owns. A chassis that says "passport" has begun to decide for one service, and the other
five inherit it. The words are listed in `tools/domain_words.txt`; they count in names, texts and comments alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from tools.rules.source import Source, Violation

_LIST = Path(__file__).resolve().parents[1] / "domain_words.txt"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z]+")


def check(source: Source) -> Iterator[Violation]:
    """Domain words, singular or plural, anywhere in a file below `chassis/chassis`."""
    if source.path.parts[:2] != ("chassis", "chassis"):
        return
    words, pairs = _listed()
    for number, line in enumerate(source.text.splitlines(), 1):
        said = _WORD.findall(_CAMEL.sub(" ", line).lower())
        found = {word for word in said if word in words} | {f"{a}_{b}" for a, b in pairwise(said) if (a, b) in pairs}
        for word in sorted(found):
            yield source.at(
                number, f'"{word}" is a word of the domain: the chassis knows none (tools/domain_words.txt)'
            )


@cache
def _listed() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Single words with their plurals, and words of two parts such as `worker_id`."""
    lines = (line.partition("#")[0].strip() for line in _LIST.read_text("utf-8").splitlines())
    listed = [line for line in lines if line]
    singles = {
        form for word in listed if "_" not in word for form in (word, f"{word}s", f"{word.removesuffix('y')}ies")
    }
    pairs = {(word.split("_")[0], word.split("_")[1]) for word in listed if "_" in word}
    return frozenset(singles), frozenset(pairs)
