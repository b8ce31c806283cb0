"""One spelling for a path: what two readers could read differently is refused before anyone decides on it."""

import re

_PLAIN = bytes(sorted(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@/"))
_QUERY = _PLAIN + b"?%;[]"
_DOTS = re.compile(rb"/\.\.?(?:/|\Z)")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")
# An escaped one of these would mean something else to the next reader.
_FORBIDDEN_ESCAPED = frozenset(b"/\\.;%?#")


class PathRefused(ValueError):
    """The path, or the query, has more than one reading."""


def normalised(raw: bytes) -> bytes:
    """The one spelling of a raw request path. Raises PathRefused for dot segments, `//`, `;`, escaped separators,
    control bytes and everything that is not ASCII."""
    if b"%" in raw:
        raw = _ESCAPE.sub(_unescape, raw)
        rest = raw.translate(None, _PLAIN + b"%")
    else:
        rest = raw.translate(None, _PLAIN)
    if rest or raw[:1] != b"/" or b"//" in raw or (b"/." in raw and _DOTS.search(raw)):
        raise PathRefused
    return raw


def _unescape(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        raise PathRefused
    byte = int(match[1], 16)
    if byte in _UNRESERVED:
        return bytes((byte,))
    if byte in _FORBIDDEN_ESCAPED or not 0x20 <= byte < 0x7F:
        raise PathRefused
    return match[0].upper()


def check_query(query: bytes) -> None:
    """Raises PathRefused when a query holds a byte that has no place in one."""
    if query.translate(None, _QUERY):
        raise PathRefused
