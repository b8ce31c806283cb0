"""Cutting a text into SMS parts: GSM 03.38 where every character fits, UCS-2 otherwise (3GPP 23.038, 23.040).

Septets travel unpacked, one to the octet, as SMPP expects for data coding 0. Long texts get the six-octet
concatenation header (information element 0x00) and are never cut inside a surrogate pair, before a combining mark, or
between an escape and its character.
"""

import unicodedata
from dataclasses import dataclass

__all__ = ["Parts", "TextTooLong", "join", "segment"]

GSM7 = 0x00
UCS2 = 0x08
UDHI = 0x40  # esm_class: the part begins with a header

_ESCAPE = 0x1B
_ALPHABET = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
_BASIC = {character: code for code, character in enumerate(_ALPHABET) if code != _ESCAPE}
_EXTENDED = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_OF_EXTENDED = {code: character for character, code in _EXTENDED.items()}
_ROOM = {GSM7: (160, 153), UCS2: (140, 134)}  # octets of a lone part, and of a part behind a header
_HEADER = 6
_MOST = 255


class TextTooLong(ValueError):
    """More than 255 parts: no header can count them."""


@dataclass(frozen=True)
class Parts:
    """The octets of each part as `short_message`, with the coding and class they are sent with."""

    data_coding: int
    esm_class: int
    octets: tuple[bytes, ...]


def segment(text: str, reference: int = 0) -> Parts:
    """The parts of a text. `reference` (0 to 255) ties the parts of one text together. Raises TextTooLong."""
    coding = GSM7 if all(character in _BASIC or character in _EXTENDED for character in text) else UCS2
    units = _septets(text) if coding == GSM7 else _code_units(text)
    alone, behind_header = _ROOM[coding]
    if sum(map(len, units)) <= alone:
        return Parts(coding, 0, (b"".join(units),))
    bodies = _fill(units, behind_header)
    if len(bodies) > _MOST:
        raise TextTooLong("sms-too-long")
    octets = tuple(
        bytes((5, 0, 3, reference & 0xFF, len(bodies), place)) + body for place, body in enumerate(bodies, start=1)
    )
    return Parts(coding, UDHI, octets)


def join(data_coding: int, parts: dict[int, bytes], *, headed: bool) -> str:
    """The text of parts by their place (1…), as a telephone would show it."""
    body = b"".join(parts[place][_HEADER if headed else 0 :] for place in sorted(parts))
    return body.decode("utf-16-be", "replace") if data_coding == UCS2 else _from_septets(body)


def header_of(octets: bytes) -> tuple[int, int, int]:
    """Reference, count and place out of a part's concatenation header."""
    return octets[3], octets[4], octets[5]


def _septets(text: str) -> list[bytes]:
    return [
        bytes((_BASIC[character],)) if character in _BASIC else bytes((_ESCAPE, _EXTENDED[character]))
        for character in text
    ]


def _code_units(text: str) -> list[bytes]:
    units: list[bytes] = []
    for character in text:
        if units and unicodedata.combining(character):
            units[-1] += character.encode("utf-16-be")
        else:
            units.append(character.encode("utf-16-be"))
    return units


def _fill(units: list[bytes], room: int) -> list[bytes]:
    bodies, body = [], b""
    for unit in units:
        if len(body) + len(unit) > room:
            bodies.append(body)
            body = b""
        body += unit
    return [*bodies, body]


def _from_septets(body: bytes) -> str:
    characters, escaped = [], False
    for code in body:
        if code == _ESCAPE and not escaped:
            escaped = True
            continue
        characters.append(_OF_EXTENDED.get(code, " ") if escaped else _ALPHABET[code & 0x7F])
        escaped = False
    return "".join(characters)
