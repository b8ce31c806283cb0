"""Which routes open themselves to programs, held against the pivot: a scope no line names would be asked for by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chassis.http.unit import OpenToClients
from matrix.judging import Tally
from matrix.pivot import SCOPE, Pivot
from matrix.stage import Stage


def opened(api: Any) -> Iterator[tuple[str, str]]:
    """Every route of an application that is open to a scope, as (`METHOD path`, scope)."""
    for route in _routes(api):
        for each in getattr(route, "dependencies", ()):
            if isinstance(each.dependency, OpenToClients):
                yield from ((f"{method} {route.path}", each.dependency.scope) for method in route.methods)


def _routes(router: Any) -> Iterator[Any]:
    for route in router.routes:
        if hasattr(route, "original_router"):  # what was included stays a router of its own
            yield from _routes(route.original_router)
        else:
            yield route


def try_scopes(pivot: Pivot, stage: Stage) -> Tally:
    """What the application opens and what the pivot says are the same."""
    tally = Tally()
    there = set(opened(stage.api))
    said = {
        (route.name, word.removeprefix(SCOPE))
        for route in pivot.of(stage.name)
        for word in route.by
        if word.startswith(SCOPE)
    }
    tally.wrong += [
        f"{stage.name}: {name} is open to the scope {scope}, which the pivot does not say"
        for name, scope in sorted(there - said)
    ]
    tally.wrong += [f"{stage.name}: {name} is not open to the scope {scope}" for name, scope in sorted(said - there)]
    return tally
