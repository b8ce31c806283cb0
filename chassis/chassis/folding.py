"""Folding of written forms, so that what a person types finds what another person wrote."""

import re
import unicodedata
from typing import Final

from contracts.values import fold_digits

__all__ = ["fold_digits", "sort_key"]

_LETTERS: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه"}
    | {"ء": "", "ـ": "", "ی": "ي", "ک": "ك", "گ": "ك", "ڤ": "ف", "پ": "ب"}
)


def sort_key(text: str) -> str:
    """One form for ORDER BY, LIKE and trigram search, the same on every PostgreSQL build: store it COLLATE "C".

    Letters that readers take for one another fall together (أ إ آ ا, ى ي, ة ه), marks, tatweel and invisible
    characters go, digits become Western, Latin letters lose accents and case.
    """
    # Composed first: an alef written apart from its hamza must meet the table above.
    folded = fold_digits(unicodedata.normalize("NFC", text).translate(_LETTERS))
    kept = (
        char
        for char in unicodedata.normalize("NFKD", folded)
        if not unicodedata.combining(char) and unicodedata.category(char) != "Cf"
    )
    return re.sub(r"\s+", " ", "".join(kept)).strip().casefold()
