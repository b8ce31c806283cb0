"""The machine-readable zone of a booklet: two lines of 44 characters (ICAO Doc 9303 part 4, format TD3).

Dates in the zone are Gregorian and two-digit; the full dates live in the record, and nothing here guesses a century.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import cycle
from typing import Final, Literal

LINE_LENGTH: Final = 44
NAME_LENGTH: Final = 39
FILLER: Final = "<"
STATE: Final = "SAU"

Sex = Literal["M", "F", "<"]

_WEIGHTS: Final = (7, 3, 1)
_LINE: Final = re.compile(r"[A-Z0-9<]{44}", re.ASCII)
_LETTER_ZERO: Final = ord("A") - 10
_NUMBER_LENGTH: Final = 9
_OPTIONAL_LENGTH: Final = 14


class Flaw(StrEnum):
    """What can be wrong with two lines."""

    LINE_MALFORMED = "line-malformed"
    NOT_A_PASSPORT = "not-a-passport"
    NAME_MALFORMED = "name-malformed"
    NUMBER_CHECK_DIGIT_WRONG = "number-check-digit-wrong"
    BIRTH_MALFORMED = "birth-malformed"
    BIRTH_CHECK_DIGIT_WRONG = "birth-check-digit-wrong"
    SEX_MALFORMED = "sex-malformed"
    EXPIRY_MALFORMED = "expiry-malformed"
    EXPIRY_CHECK_DIGIT_WRONG = "expiry-check-digit-wrong"
    OPTIONAL_CHECK_DIGIT_WRONG = "optional-check-digit-wrong"
    COMPOSITE_CHECK_DIGIT_WRONG = "composite-check-digit-wrong"


class ZoneNotValid(ValueError):
    """Two lines that are no right zone; ``flaws`` says everything that is wrong with them."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        self.flaws = flaws
        super().__init__(", ".join(flaws))


@dataclass(frozen=True)
class Zone:
    """What the two lines say. Names are in the zone's spelling, words parted by one space."""

    number: str
    surname: str
    given_names: str
    born: str
    """YYMMDD"""
    sex: Sex
    expires: str
    """YYMMDD"""
    issuer: str = STATE
    nationality: str = STATE
    optional: str = ""

    def says(self, *, number: str, born_on: date, expires_on: date) -> bool:
        """Whether the zone agrees with a record's number and full dates."""
        return (self.number, self.born, self.expires) == (number, two_digit(born_on), two_digit(expires_on))


def check_digit(text: str) -> str:
    """The check digit of a field: weights 7, 3, 1 from the left, letters from A = 10, fillers nothing, modulo 10."""
    return str(sum(_value(char) * weight for char, weight in zip(text, cycle(_WEIGHTS), strict=False)) % 10)


def two_digit(day: date) -> str:
    """A day as the zone writes it: YYMMDD."""
    return day.strftime("%y%m%d")


def in_zone(name: str) -> str:
    """An accepted English name in the zone's spelling: apostrophes go, spaces and hyphens become one filler."""
    bare = re.sub(r"['’ʼ`]", "", name.upper())
    spelled = re.sub(r"[\s<-]+", FILLER, bare).strip(FILLER)
    if not re.fullmatch(r"[A-Z<]*", spelled):
        raise ZoneNotValid((Flaw.NAME_MALFORMED,))
    return spelled


def make(zone: Zone) -> tuple[str, str]:
    """The two lines of a zone, names shortened if they must be. Raises ZoneNotValid for what cannot be written."""
    names = _fit(in_zone(zone.surname).split(FILLER), in_zone(zone.given_names).split(FILLER))
    first = f"P<{zone.issuer}{names}".ljust(LINE_LENGTH, FILLER)
    number = zone.number.ljust(_NUMBER_LENGTH, FILLER)
    optional = zone.optional.ljust(_OPTIONAL_LENGTH, FILLER)
    second = f"{number}{check_digit(number)}{zone.nationality}{zone.born}{check_digit(zone.born)}{zone.sex}"
    second += f"{zone.expires}{check_digit(zone.expires)}{optional}{check_digit(optional)}"
    second += check_digit(_composite(second))
    if flaws := examine(first, second):
        raise ZoneNotValid(flaws)
    return first, second


def read(first: str, second: str) -> Zone:
    """What two lines say. Raises ZoneNotValid with every flaw found."""
    if flaws := examine(first, second):
        raise ZoneNotValid(flaws)
    surname, _, given = first[5:].rstrip(FILLER).partition(FILLER * 2)
    sex: Sex = "M" if second[20] == "M" else "F" if second[20] == "F" else "<"
    return Zone(
        number=second[:9].rstrip(FILLER),
        surname=surname.replace(FILLER, " "),
        given_names=given.replace(FILLER, " "),
        born=second[13:19],
        sex=sex,
        expires=second[21:27],
        issuer=first[2:5].rstrip(FILLER),
        nationality=second[10:13].rstrip(FILLER),
        optional=second[28:42].rstrip(FILLER),
    )


def examine(first: str, second: str) -> tuple[Flaw, ...]:
    """Everything that is wrong with two lines; nothing if they are right."""
    if not (_LINE.fullmatch(first) and _LINE.fullmatch(second)):
        return (Flaw.LINE_MALFORMED,)
    statements = {
        Flaw.NOT_A_PASSPORT: first[0] == "P",
        Flaw.NAME_MALFORMED: re.fullmatch(r"[A-Z]+(?:<[A-Z]+)*(?:<<[A-Z]+(?:<[A-Z]+)*)?<*", first[5:]) is not None,
        Flaw.NUMBER_CHECK_DIGIT_WRONG: check_digit(second[:9]) == second[9],
        Flaw.BIRTH_MALFORMED: re.fullmatch(r"[0-9<]{6}", second[13:19]) is not None,
        Flaw.BIRTH_CHECK_DIGIT_WRONG: check_digit(second[13:19]) == second[19],
        Flaw.SEX_MALFORMED: second[20] in "MF<",
        Flaw.EXPIRY_MALFORMED: re.fullmatch(r"[0-9]{6}", second[21:27]) is not None,
        Flaw.EXPIRY_CHECK_DIGIT_WRONG: check_digit(second[21:27]) == second[27],
        Flaw.OPTIONAL_CHECK_DIGIT_WRONG: _optional_is_right(second[28:42], second[42]),
        Flaw.COMPOSITE_CHECK_DIGIT_WRONG: check_digit(_composite(second)) == second[43],
    }
    return tuple(flaw for flaw, holds in statements.items() if not holds)


def _value(char: str) -> int:
    if char == FILLER:
        return 0
    return int(char) if char.isdigit() else ord(char) - _LETTER_ZERO


def _composite(second: str) -> str:
    return second[:10] + second[13:20] + second[21:43]


def _optional_is_right(field: str, digit: str) -> bool:
    # An empty field may carry 0 or a filler: both are in use.
    return digit == check_digit(field) or (digit == FILLER and not field.strip(FILLER))


def _fit(surname: list[str], given: list[str]) -> str:
    """Surname and given names within 39 characters.

    What is too long loses letters one by one: the longest given name first, then the longest part of the surname, so
    that every name stays present and a letter stands in the last place, which is how the standard shows a shortened name.
    """
    surname, given = list(surname), list(given)
    while len(written := _written(surname, given)) > NAME_LENGTH:
        shortened = next((parts for parts in (given, surname) if any(len(part) > 1 for part in parts)), None)
        if shortened is None:
            return written[:NAME_LENGTH]
        longest = max(range(len(shortened)), key=lambda place: len(shortened[place]))
        shortened[longest] = shortened[longest][:-1]
    return written


def _written(surname: list[str], given: list[str]) -> str:
    return (FILLER.join(surname) + FILLER * 2 + FILLER.join(given)).rstrip(FILLER)
