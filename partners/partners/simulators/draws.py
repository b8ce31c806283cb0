"""Drawing from a number: the same number and field give the same draw for ever, on every machine."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def draw(number: str, field: str, below: int) -> int:
    """A whole number from 0 to below-1, fixed by number and field."""
    digest = hashlib.blake2b(f"{number}/{field}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % below


def draw_between(number: str, field: str, bounds: Sequence[int]) -> int:
    """A whole number within [least, most], both included."""
    least, most = bounds
    return least + draw(number, field, most - least + 1)


def pick(number: str, field: str, choices: Sequence[T]) -> T:
    return choices[draw(number, field, len(choices))]


def is_drawn(number: str, field: str, percent: int) -> bool:
    """True for that share of all numbers."""
    return draw(number, field, 100) < percent


def digits(number: str, field: str, count: int) -> str:
    return f"{draw(number, field, 10**count):0{count}d}"
