"""Plays modules against a target: side by side, those that disturb others at the end and alone."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.pack import basic_answers, basic_codes, basic_sessions, basic_wishes, config, fapi, logout, rfc9700
from conformance.pack.modules import MODULES, Failed, Module
from conformance.pack.target import Target
from conformance.pack.walk import Run
from conformance.pack.web import open_web

BOOKS = (basic_answers, basic_codes, basic_sessions, basic_wishes, config, fapi, logout, rfc9700)
_SIDE_BY_SIDE = 6


@dataclass(frozen=True)
class Result:
    """How a module ended: `fault` is empty when it passed. One that `broke` off has judged nothing."""

    module: Module
    fault: str
    broke: bool
    warnings: tuple[str, ...]
    seconds: float


def chosen(*, longest_wait_s: float = 1e9, names: Iterable[str] = ()) -> list[Module]:
    """Modules that wait no longer than this; only those named, where any is."""
    wanted = set(names)
    if unknown := wanted - set(MODULES):
        raise ValueError(f"no such module: {sorted(unknown)}")
    return [m for m in MODULES.values() if m.waits_s <= longest_wait_s and (not wanted or m.name in wanted)]


async def play(target: Target, modules: Iterable[Module], tell: Callable[[Result], None] | None = None) -> list[Result]:
    """Every module once; the order of the results is that of the modules."""
    metadata = await metadata_of(target)
    hands = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(module: Module) -> Result:
        if module.waits_s:
            return await _played(module, target, metadata, tell)
        async with hands:
            return await _played(module, target, metadata, tell)

    modules = list(modules)
    together = [each for each in modules if not each.alone]
    results = await asyncio.gather(*(one(each) for each in together))
    results += [await one(each) for each in modules if each.alone]
    return sorted(results, key=lambda result: modules.index(result.module))


async def metadata_of(target: Target) -> dict[str, object]:
    """The target's discovery document."""
    async with open_web(target.headers()) as web:
        answer = await web.get(f"{target.issuer}/.well-known/openid-configuration")
        return dict(answer.raise_for_status().json())


async def _played(
    module: Module, target: Target, metadata: dict[str, object], tell: Callable[[Result], None] | None
) -> Result:
    run, began, fault, broke = Run(target, metadata), time.monotonic(), "", False
    try:
        await module.play(run)
    except Failed as failure:
        fault = str(failure)
    except Exception as error:  # edge: a module that breaks off has not passed, and the others go on
        at = traceback.extract_tb(error.__traceback__)[-1]
        broke, fault = True, f"broke off: {error!r} ({Path(at.filename).name}:{at.lineno})"
    finally:
        await run.close()
    result = Result(module, fault, broke, tuple(run.warnings), time.monotonic() - began)
    if tell is not None:
        tell(result)
    return result
