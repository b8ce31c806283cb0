"""The printer's own check of a machine-readable zone (ICAO Doc 9303, TD3): it trusts no line it is given.

Written apart from the passport service's maker of these lines on purpose: a mistake there must not be a mistake here.
"""

import re

_LINE = re.compile(r"[A-Z0-9<]{44}", re.ASCII)
_WEIGHTS = (7, 3, 1)
_LINES = 2
# Where each check digit of the second line stands, and the places it covers.
_CHECKS = {
    "number": (9, (slice(0, 9),)),
    "birth": (19, (slice(13, 19),)),
    "expiry": (27, (slice(21, 27),)),
    "optional": (42, (slice(28, 42),)),
    "composite": (43, (slice(0, 10), slice(13, 20), slice(21, 43))),
}


def _value(character: str) -> int:
    if character == "<":
        return 0
    return int(character) if character.isdigit() else ord(character) - ord("A") + 10


def _check_digit(field: str) -> str:
    return str(sum(_value(character) * _WEIGHTS[place % 3] for place, character in enumerate(field)) % 10)


def faults_of(lines: tuple[str, ...], number: str, birth: str, expiry: str) -> list[str]:
    """What is wrong with the two lines, by name; dates are YYMMDD. An empty list is a zone that may be printed."""
    if len(lines) != _LINES or not all(_LINE.fullmatch(line) for line in lines):
        return ["shape"]
    second = lines[1]
    wrong = []
    for name, (place, covered) in _CHECKS.items():
        field = "".join(second[part] for part in covered)
        empty_optional = name == "optional" and set(field) == {"<"} and second[place] == "<"
        if second[place] != _check_digit(field) and not empty_optional:
            wrong.append(f"{name}_check_digit")
    if second[0:9] != number.ljust(9, "<"):
        wrong.append("number")
    if second[13:19] != birth:
        wrong.append("birth")
    if second[21:27] != expiry:
        wrong.append("expiry")
    return wrong
