"""How a route is asked for: its path, body and headers for a thing on the stage, or for one that never was."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from contracts.values import make_s10
from matrix.asking import Asked
from matrix.cast import NOBODY_KNOWN, Member
from matrix.pivot import Route
from matrix.stage import Stage, Thing

ABSENT = str(uuid.UUID(int=0x0190F0A07A617A778A00000000000001))
OWNERS_KEY, OWN_KEY = "the-owners-key", "a-key-of-my-own"
_KEYS = iter(range(1, 1 << 62))


class Requests:
    """Writes the requests of one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def request(
        self, route: Route, member: Member, thing: Thing, *, absent: bool = False, key: str = "", body: Any = None
    ) -> Asked:
        """The route's own request for this thing; `absent` asks for one that never was, in the same words."""
        names = {name: ABSENT if absent else thing.names.get(name, ABSENT) for name in route.parameters}
        if absent:
            names |= {name: value for name, value in _ABSENT_PARTS.items() if name in names}
        path = route.path
        for name, value in names.items():
            path = path.replace("{" + name + "}", value)
        headers = list(self._stage.bearer(member))
        if route.method == "POST":
            headers.append(("Idempotency-Key", key or f"k{next(_KEYS)}"))
        content, media_type = self._content(route, thing if not absent or route.parameters else _absent(thing), body)
        if content:
            headers.append(("Content-Type", media_type))
        return Asked(route.method, path, body=content, headers=tuple(headers))

    def _content(self, route: Route, thing: Thing, body: Any) -> tuple[bytes, str]:
        if route.upload == "image/jpeg":
            return b"\xff\xd8\xff\xe0 no picture", "image/jpeg"
        if route.upload == "text/csv":
            return f"{NOBODY_KNOWN},+966551234567,ar\n".encode(), route.upload
        if route.upload:
            part = 'Content-Disposition: form-data; name="files"; filename="a.pdf"\r\nContent-Type: application/pdf'
            return f"--b\r\n{part}\r\n\r\nno document\r\n--b--\r\n".encode(), f"{route.upload}; boundary=b"
        given = self.body(route, thing) if body is None else body
        return (b"", "") if given is None else (json.dumps(given).encode(), "application/json")

    @staticmethod
    def body(route: Route, thing: Thing) -> Any:
        return None if route.body is None else _filled(route.body, thing.names)


def _filled(body: Any, names: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {key: _filled(value, names) for key, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, names) for value in body]
    return names.get(body[1:], body) if isinstance(body, str) and body.startswith("$") else body


# A word of the rules stays what it is; a firm's number has a shape.
_ABSENT_PARTS = {"pledge": "data_is_true", "number": "7999999999"}
_ABSENT_NAMES = {
    "reference": "JWZ-ZZZZ-ZZZZ-ZZZZ", "old_number": "B99999999", "number": NOBODY_KNOWN, "envelope": make_s10("RR", 99_999_999),
    "message_id": "msg_none",
}  # fmt: skip


def _absent(thing: Thing) -> Thing:
    """The same thing under names nobody has."""
    return replace(thing, names={name: _ABSENT_NAMES.get(name, value) for name, value in thing.names.items()})


def with_headers(asked: Asked, *headers: tuple[str, str]) -> Asked:
    return replace(asked, headers=(*asked.headers, *headers))
