"""State diagrams of every lifecycle, drawn from the one list of moves, between markers in the READMEs."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from pathlib import Path

from chassis.lifecycle import Lifecycle

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")
BLOCK = re.compile(r"<!-- diagrams -->.*?<!-- /diagrams -->", re.DOTALL)


def lifecycles_of(service: str) -> list[Lifecycle]:  # type: ignore[type-arg]
    """Every lifecycle a service's domain declares, by name."""
    package = importlib.import_module(f"{service}.domain")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        for value in vars(importlib.import_module(f"{service}.domain.{module.name}")).values():
            if isinstance(value, Lifecycle):
                found[value.name] = value
    return [found[name] for name in sorted(found)]


def drawn(service: str) -> str:
    """The diagrams of a service as Markdown."""
    parts = [f"### {each.name}\n\n```mermaid\n{each.diagram()}\n```" for each in lifecycles_of(service)]
    return "<!-- diagrams -->\n" + "\n\n".join(parts) + "\n<!-- /diagrams -->"


def main() -> int:
    """Write the diagrams into the READMEs, or with --check fail when they differ."""
    parser = argparse.ArgumentParser(prog="python -m tools.diagram", description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = []
    for service in SERVICES:
        readme = ROOT / f"svc-{service}" / "README.md"
        old = readme.read_text(encoding="utf-8")
        if not BLOCK.search(old):
            raise SystemExit(f"{readme.relative_to(ROOT)} has no <!-- diagrams --> block")
        before, after = BLOCK.split(old, maxsplit=1)
        new = before + drawn(service) + after
        if new != old:
            stale.append(readme.relative_to(ROOT))
            if not arguments.check:
                readme.write_text(new, encoding="utf-8")
    if arguments.check and stale:
        print("\n".join(f"diagram is old: {path} (run `make diagram`)" for path in stale))
        return 1
    print(f"{len(stale)} READMEs redrawn" if stale else "every diagram is what the code says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
