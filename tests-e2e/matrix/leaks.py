"""Planting every leak and looking whether the checks see it, and that they find nothing without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType

from matrix.checks import Check, Multiplier
from matrix.judging import Tally, judge_in_rehearsal
from matrix.keeping import keep_answers
from matrix.pivot import Pivot
from matrix.planted import all_of_them, planted
from matrix.stage import Stage


@dataclass
class Caught:
    """How many leaks were planted and caught; `missed` and `noisy` (wrong without the leak) are failures."""

    planted: int = 0
    caught: int = 0
    wrong: list[str] = field(default_factory=list)


async def try_leaks(pivot: Pivot, stage: Stage, clean: Tally, caught: Caught) -> None:
    """Every leak of this stage's service. `clean`: what the same checks found before anything was planted."""
    for module in all_of_them():
        if stage.name == module.SERVICE:
            await _try_leak(pivot, stage, module, clean, caught)


async def _try_leak(pivot: Pivot, stage: Stage, module: ModuleType, clean: Tally, caught: Caught) -> None:
    name = module.__name__.rpartition(".")[2]
    caught.planted += 1
    checks = _checks(pivot, stage, module)
    await keep_answers(stage, checks)
    with planted(module, stage):
        seen = await judge_in_rehearsal(stage, pivot, checks)
    if before := [line for line in clean.wrong if any(f": {route} by" in line for route in module.ROUTES)]:
        caught.wrong.append(f"{name}: without the leak there is something wrong, too: {before[0]}")
    elif _seen(seen):
        caught.caught += 1
    else:
        caught.wrong.append(f"{name}: planted, and not one of {seen.checks} checks saw it")


def _seen(tally: Tally) -> bool:
    """A leak is caught by an answer that is wrong, not by a service that falls over."""
    return any(" answered 500 " not in line for line in tally.wrong)


def _checks(pivot: Pivot, stage: Stage, module: ModuleType) -> list[Check]:
    routes = [route for route in pivot.of(stage.name) if route.name in module.ROUTES]
    assert len(routes) == len(module.ROUTES), f"{module.__name__} names a route that is not in the pivot"
    # Who may comes first: a leak may need somebody before it.
    return sorted(Multiplier(pivot, stage).checks(routes), key=lambda check: check.refused)
