"""What a module is: a named function over a Run. It says what is wrong by Failed, and what is only poor by `run.warn`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.pack.walk import Run

Play = Callable[["Run"], Awaitable[None]]


class Failed(AssertionError):
    """The provider did not do what the module asks; the message says what, and what it did instead."""


@dataclass(frozen=True)
class Module:
    """One module: its name in the plan it comes from, and what it does."""

    name: str
    plan: str
    play: Play
    waits_s: float = 0.0
    alone: bool = False


MODULES: dict[str, Module] = {}


def module(name: str, plan: str, *, waits_s: float = 0.0, alone: bool = False) -> Callable[[Play], Play]:
    """Register a function as a module. `waits_s`: seconds it sleeps by itself. `alone`: it disturbs others."""

    def registered(play: Play) -> Play:
        if name in MODULES:
            raise ValueError(f"two modules are called {name}")
        MODULES[name] = Module(name, plan, play, waits_s, alone)
        return play

    return registered


def check(holds: object, what: str) -> None:
    """Raise Failed unless it holds."""
    if not holds:
        raise Failed(what)
