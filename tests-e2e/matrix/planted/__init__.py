"""Leaks put into a running service from outside, one a module: each must be caught by the checks of the routes it names.

A module says `SERVICE`, `ROUTES` and `plant(patch, stage)`; its docstring is the leak. Nothing of them is in the product.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class Patch:
    """Sets attributes and puts them back."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def set(self, where: Any, name: str, value: Any) -> Any:
        """Replace an attribute; returns what was there."""
        before = getattr(where, name)
        self._undo.append((where, name, before))
        setattr(where, name, value)
        return before

    def back(self) -> None:
        for where, name, before in reversed(self._undo):
            setattr(where, name, before)


@contextmanager
def planted(module: ModuleType, stage: Any) -> Iterator[None]:
    """The leak is there inside the block."""
    patch = Patch()
    try:
        module.plant(patch, stage)
        yield
    finally:
        patch.back()


def all_of_them() -> list[ModuleType]:
    """Every leak."""
    return [import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
