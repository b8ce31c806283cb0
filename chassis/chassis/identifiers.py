"""Identifiers: time-ordered UUIDs for rows, and random references that can be read over the telephone."""

import os
import secrets
from uuid import UUID

from chassis.clock import machine_now

_SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: nothing that can be confused
_BLOCK = 4
_BLOCKS = 3


def uuid7() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then random bits; later rows sort after earlier ones."""
    value = (int(machine_now().timestamp() * 1000) & (1 << 48) - 1) << 80
    value |= int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def _check_character(body: str) -> str:
    """Luhn mod N: finds every single wrong character and nearly every swap of neighbours."""
    size = len(_SPEAKABLE)
    total, factor = 0, 2
    for character in reversed(body):
        quotient, remainder = divmod(factor * _SPEAKABLE.index(character), size)
        total += quotient + remainder
        factor = 3 - factor
    return _SPEAKABLE[-total % size]


def new_reference(prefix: str) -> str:
    """A random reference such as `JWZ-7K3M-Q9RT-2XWA`; its last character checks the others."""
    body = "".join(secrets.choice(_SPEAKABLE) for _ in range(_BLOCK * _BLOCKS - 1))
    whole = body + _check_character(body)
    blocks = (whole[start : start + _BLOCK] for start in range(0, len(whole), _BLOCK))
    return f"{prefix}-{'-'.join(blocks)}"


def is_reference(text: str) -> bool:
    """Whether the text has a reference's shape and its check character agrees."""
    _, _, rest = text.partition("-")
    whole = rest.replace("-", "")
    if len(whole) != _BLOCK * _BLOCKS or any(character not in _SPEAKABLE for character in whole):
        return False
    return _check_character(whole[:-1]) == whole[-1]
