"""Arabic letters in the machine-readable zone (ICAO Doc 9303 part 3, section 6.B).

The zone of a booklet carries the English name its holder accepted; this table offers a spelling and checks one.
"""

import unicodedata
from typing import Final

_TABLE: Final[dict[str, str]] = {
    # The Arabic alphabet.
    "ء": "XE",
    "آ": "XAA",
    "أ": "XAE",
    "ؤ": "U",
    "إ": "I",
    "ئ": "XI",
    "ا": "A",
    "ب": "B",
    "ت": "T",
    "ث": "XTH",
    "ج": "J",
    "ح": "XH",
    "خ": "XKH",
    "د": "D",
    "ذ": "XDH",
    "ر": "R",
    "ز": "Z",
    "س": "S",
    "ش": "XSH",
    "ص": "XSS",
    "ض": "XDZ",
    "ط": "XTT",
    "ظ": "XZZ",
    "ع": "E",
    "غ": "G",
    "ف": "F",
    "ق": "Q",
    "ك": "K",
    "ل": "L",
    "م": "M",
    "ن": "N",
    "ه": "H",
    "و": "W",
    "ى": "XAY",
    "ي": "Y",
    # Letters of the languages that write with it.
    "\u0671": "XXA",
    "\u0679": "XXT",
    "\u067c": "XRT",
    "\u067e": "P",
    "\u0681": "XKE",
    "\u0685": "XXH",
    "\u0686": "XC",
    "\u0688": "XXD",
    "\u0689": "XDR",
    "\u0691": "XXR",
    "\u0693": "XRR",
    "\u0696": "XRX",
    "\u0698": "XJ",
    "\u069a": "XXS",
    "\u06a9": "XKK",
    "\u06ab": "XXK",
    "\u06ad": "XNG",
    "\u06af": "XGG",
    "\u06ba": "XNN",
    "\u06bc": "XXN",
    "\u06be": "XDO",
    "\u06c0": "XYH",
    "\u06c1": "XXG",
    "\u06c2": "XGE",
    "\u06c3": "XTG",
    "\u06cc": "XYA",
    "\u06cd": "XXY",
    "\u06d0": "Y",
    "\u06d2": "XYB",
    "\u06d3": "XBE",
}
_TEH_MARBUTA: Final = "\u0629"
_SHADDA: Final = "\u0651"
_NOT_ENCODED: Final = frozenset("\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0652\u0670\u069c\u06a2\u06a7\u06a8")


class LetterUnknown(ValueError):
    """A character the table has no spelling for; ``letter`` is its code point, never the name it stood in."""

    def __init__(self, char: str) -> None:
        self.letter = f"U+{ord(char):04X}"
        super().__init__(self.letter)


def to_mrz(name: str) -> str:
    """An Arabic name in the zone's letters, words parted by one ``<``. Raises LetterUnknown."""
    # Composed, so that a hamza written apart from its alef is the one letter of the table.
    words = unicodedata.normalize("NFC", name).replace("-", " ").split()
    spelled = (_word("".join(char for char in word if char not in _NOT_ENCODED)) for word in words)
    return "<".join(word for word in spelled if word)


def _word(letters: str) -> str:
    """One word without vowel marks: shadda stands after its letter, in whatever order it was typed."""
    last = letters.rstrip(_SHADDA)
    codes: list[str] = []
    for place, char in enumerate(letters):
        if char == _SHADDA:
            codes.extend(codes[-1:])
        elif char == _TEH_MARBUTA:
            codes.append("XAH" if place == len(last) - 1 else "XTA")
        elif char in _TABLE:
            codes.append(_TABLE[char])
        else:
            raise LetterUnknown(char)
    return "".join(codes)
