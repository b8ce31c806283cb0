"""Values that cross a border: numbers of people, addresses, labels and telephones, each folded and checked once.

Every refusal is a slug (``person-number-not-valid``), never a sentence and never the offending input; the words for
people stand in ``texts/values.toml``.
"""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = [
    "S10",
    "AdditionalNumber",
    "ArabicName",
    "BorderNumber",
    "BuildingNumber",
    "Email",
    "EnglishName",
    "HolderNumber",
    "Mobile",
    "Nationality",
    "PassportNumber",
    "PersonKind",
    "PersonNumber",
    "Postcode",
    "ShortAddress",
    "fold_digits",
    "is_border_number",
    "is_person_number",
    "is_s10",
    "kind_of",
    "make_s10",
    "person_check_digit",
    "s10_check_digit",
    "to_mobile",
]

PersonKind = Literal["citizen", "resident", "visitor"]

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def fold_digits(text: str) -> str:
    """The same text with Arabic-Indic and Eastern (Persian) digits as Western ones; nothing else changes."""
    return text.translate(_DIGITS)


def _refuse(slug: str) -> PydanticCustomError:
    return PydanticCustomError(slug, slug)


# ── People ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PERSON: Final = re.compile(r"[12][0-9]{9}", re.ASCII)
# The leading 3 that people describe is only a hint; 1 and 2 are taken by the numbers that carry a check digit.
_BORDER: Final = re.compile(r"[03-9][0-9]{9}", re.ASCII)
_KINDS: Final[dict[str, PersonKind]] = {"1": "citizen", "2": "resident"}
_LARGEST_DIGIT: Final = 9


def person_check_digit(first_nine: str) -> str:
    """The tenth digit that completes nine: odd places doubled, nines cast out, sum to a multiple of ten."""
    doubled = (int(digit) * 2 for digit in first_nine[0::2])
    total = sum(value - _LARGEST_DIGIT if value > _LARGEST_DIGIT else value for value in doubled)
    total += sum(int(digit) for digit in first_nine[1::2])
    return str(-total % 10)


def is_person_number(number: str) -> bool:
    """Whether this is a national ID (1…) or resident number (2…): ten Western digits, the last one right."""
    return _PERSON.fullmatch(number) is not None and person_check_digit(number[:9]) == number[9]


def is_border_number(number: str) -> bool:
    """Whether this has the shape of a visitor's border number: ten Western digits; no check digit is published."""
    return _BORDER.fullmatch(number) is not None


def kind_of(number: str) -> PersonKind:
    """Whose number this is, by its first digit. Raises ValueError for a number that is no person's."""
    if is_border_number(number):
        return "visitor"
    if not is_person_number(number):
        raise ValueError("person-number-not-valid")
    return _KINDS[number[0]]


def _schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


def _shape(slug: str, pattern: str, *, upper: bool = False) -> Callable[[str], str]:
    """A validator that folds digits, trims, and refuses what does not match, with the slug."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        folded = fold_digits(text).strip()
        if upper:
            folded = folded.upper()
        if compiled.fullmatch(folded) is None:
            raise _refuse(slug)
        return folded

    return check


def _number(*kinds: Callable[[str], bool]) -> Callable[[str], str]:
    def check(text: str) -> str:
        number = fold_digits(text).strip()
        if not any(is_one(number) for is_one in kinds):
            raise _refuse("person-number-not-valid")
        return number

    return check


PersonNumber = Annotated[
    str, AfterValidator(_number(is_person_number)), _schema("^[12][0-9]{9}$", "1000000008", "2000000006")
]
"""A national ID or resident (iqama) number."""

BorderNumber = Annotated[
    str, AfterValidator(_shape("border-number-not-valid", _BORDER.pattern)), _schema("^[03-9][0-9]{9}$", "3000000000")
]
"""A border number: ten digits and no checksum, because none is published; the usual leading 3 is only a hint."""


HolderNumber = Annotated[
    str, AfterValidator(_number(is_person_number, is_border_number)), _schema("^[0-9]{10}$", "1000000008", "3000000000")
]
"""The number an account is known by: a national ID, a resident number, or a visitor's border number."""

Nationality = Annotated[
    str, AfterValidator(_shape("nationality-not-valid", r"[A-Z]{3}", upper=True)), _schema("^[A-Z]{3}$", "EGY")
]
"""A nationality as a passport's machine-readable zone has it: ISO 3166-1 alpha-3."""


# ── Names and ways to reach somebody ──────────────────────────────────────────────────────────────────────────────────

_TELEPHONE: Final = re.compile(r"\+?[0-9 ().-]{7,24}", re.ASCII)
_HOME_REGION: Final = "SA"


def to_mobile(text: str) -> str:
    """A Saudi mobile as people write it (05…, 5…, 9665…, 009665…, +9665…), in E.164. Raises ValueError."""
    folded = fold_digits(text).strip()
    if _TELEPHONE.fullmatch(folded) is None:
        raise ValueError("mobile-not-valid")
    # 23 MB of tables that a process which never sees a telephone need not hold.
    import phonenumbers

    try:
        number = phonenumbers.parse(folded, _HOME_REGION)
    except phonenumbers.NumberParseException:
        raise ValueError("mobile-not-valid") from None
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if not mobile or phonenumbers.region_code_for_number(number) != _HOME_REGION:
        raise ValueError("mobile-not-valid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mobile(text: str) -> str:
    try:
        return to_mobile(text)
    except ValueError:
        raise _refuse("mobile-not-valid") from None


Mobile = Annotated[str, AfterValidator(_mobile), _schema(r"^\+9665[0-9]{8}$", "+966501234567")]
"""A Saudi mobile number in E.164, whatever way it was typed."""

Email = Annotated[
    str,
    AfterValidator(
        _shape(
            "email-not-valid",
            r"(?=.{3,254}$)(?!\.)(?!.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)"
            r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
        )
    ),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254, "examples": ["person@example.com"]}),
]
"""An e-mail address that can stand in a header: one at-sign, a dotted host, no space and no control character."""

EnglishName = Annotated[
    str,
    AfterValidator(_shape("english-name-not-valid", r"(?=.{2,60}$)[A-Z]+(?:[ '-][A-Z]+)*", upper=True)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Z]+(?:[ '-][A-Z]+)*$",
            "minLength": 2,
            "maxLength": 60,
            "examples": ["KHALID"],
        }
    ),
]
"""A name in Latin capitals as it is printed: letters, single spaces, hyphens and apostrophes."""

ArabicName = Annotated[
    str,
    AfterValidator(
        _shape(
            "arabic-name-not-valid",
            "(?=.{2,60}$)[\u0621-\u063a\u0640-\u0652\u0670\u0671\u067e\u0686\u0698\u06a9\u06af]+"
            "(?:[ -][\u0621-\u063a\u0640-\u0652\u0670\u0671\u067e\u0686\u0698\u06a9\u06af]+)*",
        )
    ),
    WithJsonSchema({"type": "string", "minLength": 2, "maxLength": 60, "examples": ["خالد"]}),
]
"""A name in Arabic letters, marks allowed: words parted by one space or hyphen."""


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PassportNumber = Annotated[
    str,
    AfterValidator(_shape("passport-number-not-valid", r"[A-Z0-9]{6,9}", upper=True)),
    _schema("^[A-Z0-9]{6,9}$", "A12345678"),
]
"""A booklet's number: what fits the machine-readable zone. The stricter national pattern is a dated rule
(``passport.booklet.number_pattern``), because no published source confirms one."""


# ── Post ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

_S10: Final = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})", re.ASCII)
_S10_SERIAL: Final = re.compile(r"[0-9]{8}", re.ASCII)
_S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
_S10_RESERVED: Final = frozenset("JKSTW")


def s10_check_digit(serial: str) -> str:
    """The check digit of an eight-digit serial (UPU standard S10): 11 less the weighted sum modulo 11; 10→0, 11→5."""
    if _S10_SERIAL.fullmatch(serial) is None:
        raise ValueError("tracking-number-not-valid")
    left = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(left, str(left))


def make_s10(indicator: str, serial: int, country: str = _HOME_REGION) -> str:
    """An S10 item identifier, as ``make_s10("EA", 12345678) == "EA123456785SA"``. Raises ValueError if reserved."""
    digits = f"{serial:08d}"
    identifier = f"{indicator}{digits}{s10_check_digit(digits)}{country}"
    if not is_s10(identifier):
        raise ValueError("tracking-number-not-valid")
    return identifier


def is_s10(identifier: str) -> bool:
    """Whether this is an S10 identifier with its check digit right and no reserved service indicator."""
    parts = _S10.fullmatch(identifier)
    if parts is None or parts[1][0] in _S10_RESERVED:
        return False
    return s10_check_digit(parts[2]) == parts[3]


def _s10(text: str) -> str:
    identifier = fold_digits(text).replace(" ", "").upper()
    if not is_s10(identifier):
        raise _refuse("tracking-number-not-valid")
    return identifier


S10 = Annotated[str, AfterValidator(_s10), _schema("^[A-Z]{2}[0-9]{9}[A-Z]{2}$", "EA123456785SA")]
"""The postal identifier on an envelope."""

ShortAddress = Annotated[
    str,
    AfterValidator(_shape("short-address-not-valid", r"[A-Z]{4}[0-9]{4}", upper=True)),
    _schema("^[A-Z]{4}[0-9]{4}$", "RAAA2919"),
]
"""A short national address: four letters, and the four digits of the building."""

BuildingNumber = Annotated[
    str, AfterValidator(_shape("building-number-not-valid", r"[0-9]{4}")), _schema("^[0-9]{4}$", "2919")
]

AdditionalNumber = Annotated[
    str, AfterValidator(_shape("additional-number-not-valid", r"[0-9]{4}")), _schema("^[0-9]{4}$", "3618")
]

Postcode = Annotated[str, AfterValidator(_shape("postcode-not-valid", r"[0-9]{5}")), _schema("^[0-9]{5}$", "34412")]
