"""A visitor's passport number is their border number in another order, so that either is found from the other at once."""

import re

from partners.simulators.households import VISITOR, is_border_number

_LETTERS = "ABCEFGHKNP"
_PASSPORT = re.compile(f"([{_LETTERS}])([{_LETTERS}])([0-9]{{7}})", re.ASCII)
# Coprime to ten, so that multiplying by it only reorders the numbers of nine digits.
_NUMBERS, _STEP = 10**9, 738_219_463
_BACK = pow(_STEP, -1, _NUMBERS)


def passport_number_of(border_number: str) -> str:
    """Two letters and seven digits, another for every border number."""
    nine = f"{int(border_number[1:]) * _STEP % _NUMBERS:09d}"
    return _LETTERS[int(nine[0])] + _LETTERS[int(nine[1])] + nine[2:]


def border_number_of(passport: str) -> str | None:
    """Whose passport this is; None for a number no visitor's passport has."""
    parts = _PASSPORT.fullmatch(passport)
    if parts is None:
        return None
    nine = f"{_LETTERS.index(parts[1])}{_LETTERS.index(parts[2])}{parts[3]}"
    number = f"{VISITOR}{int(nine) * _BACK % _NUMBERS:09d}"
    return number if is_border_number(number) else None
