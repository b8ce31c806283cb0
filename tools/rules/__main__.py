"""python -m tools.rules [file…]: every house rule over the tree, or over some files of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from tools.project import ROOT
from tools.rules import (
    amounts,
    clocks,
    commits,
    docstrings,
    domain_words,
    drivers,
    environment,
    length,
    names,
    places,
    statuses,
    texts,
)
from tools.rules.source import Source, Violation, read_tree

RULES: dict[str, Callable[[Source], Iterator[Violation]]] = {
    module.__name__.rpartition(".")[2]: module.check
    for module in (
        amounts,
        clocks,
        commits,
        docstrings,
        domain_words,
        drivers,
        environment,
        length,
        names,
        places,
        statuses,
        texts,
    )
}


def broken(sources: Iterable[Source]) -> Iterator[tuple[str, Violation]]:
    """Every violation in `sources`, with the name of its rule; a file that is no Python breaks the rule "syntax"."""
    for source in sources:
        try:
            for name, check in RULES.items():
                for violation in check(source):
                    yield name, violation
        except SyntaxError as trouble:
            yield "syntax", source.at(trouble.lineno or 1, str(trouble.msg))


def main(words: list[str]) -> int:
    """Print every violation; 0 when there is none."""
    wanted = {PurePosixPath(word) for word in words}
    sources = [source for source in read_tree(ROOT) if not wanted or source.path in wanted]
    found = list(broken(sources))
    for name, violation in found:
        print(f"{violation} [{name}]")
    print(f"house rules: {len(RULES)} rules, {len(sources)} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
