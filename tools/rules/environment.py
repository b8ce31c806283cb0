"""No environment variable is read outside `settings.py`.

Settings are read once, checked, and passed down. A variable read deep inside is a setting nobody finds, nobody checks at the
start, and no second instance in the same process can have differently.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.rules.source import Source, Violation

_READERS = ("os.environ", "os.environb", "os.getenv", "os.putenv")


def check(source: Source) -> Iterator[Violation]:
    """`os.environ` and its kin outside settings.py; tools, launchers and tests stand before settings and are free."""
    if not source.is_python or source.is_test or source.is_tooling or source.path.name == "settings.py":
        return
    for node, name in source.references():
        if name in _READERS:
            yield source.at(
                node.lineno, f"{name}: only settings.py reads the environment; take a setting as a parameter"
            )
