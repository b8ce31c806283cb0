"""The keys tokens are signed with: one file of a current, a next and retired ones, made at the first start, rotated by command.

The next key is published before it signs, and a retired one until nothing it signed is believed any more, so that nobody
who remembers the published set for some minutes meets a token he cannot check.
"""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from chassis.clock import machine_now

ALGORITHM = "RS256"
FILE = "identity-signing-keys.json"
BITS = 2048
_RETIRED_AT = "retired_at"


class SigningKeys:
    """Reads the file on first use and again when it was changed by `rotate-keys`: a running process goes on with the new."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._read_at = (0, 0)
        self._current: RSAKey
        self._next: RSAKey
        self._retired: list[tuple[RSAKey, float]] = []

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A compact token signed by the current key; `alg` and `kid` are set here."""
        self._refresh()
        key = self._current
        return jwt.encode({**header, "alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """The key set anyone may read: public halves only."""
        return {"keys": [key.as_dict(private=False) for key in self._all()]}

    def key_set(self) -> KeySet:
        """The same set for checking what we signed ourselves."""
        return KeySet(list(self._all()))

    def rotate(self, kept: timedelta) -> None:
        """Next becomes current, current is retired, a new next is made. What retired longer ago than `kept` goes."""
        self._refresh()
        now = machine_now().timestamp()
        retired = [(self._current, now), *self._retired]
        live = [(key, at) for key, at in retired if at > now - kept.total_seconds()]
        self._write(self._next, _made(), live, replace=True)

    def _all(self) -> list[RSAKey]:
        self._refresh()
        return [self._current, self._next, *(key for key, _ in self._retired)]

    def _refresh(self) -> None:
        if not self._path.is_file():
            self._write(_made(), _made(), [], replace=False)
        found = self._path.stat()
        if (stamp := (found.st_mtime_ns, found.st_ino)) != self._read_at:
            kept = json.loads(self._path.read_text())
            self._current, self._next = RSAKey.import_key(kept["current"]), RSAKey.import_key(kept["next"])
            self._retired = [
                (RSAKey.import_key({name: v for name, v in key.items() if name != _RETIRED_AT}), key[_RETIRED_AT])
                for key in kept.get("retired", [])
            ]
            self._read_at = stamp

    def _write(self, current: RSAKey, next_: RSAKey, retired: list[tuple[RSAKey, float]], *, replace: bool) -> None:
        """Whole or not at all; of two first starts the earlier one's keys stand."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_name(f"{FILE}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        content = {
            "current": current.as_dict(private=True),
            "next": next_.as_dict(private=True),
            # Nothing is signed by a retired key: its public half is all that is kept.
            "retired": [key.as_dict(private=False) | {_RETIRED_AT: at} for key, at in retired],
        }
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
        if replace:
            draft.replace(self._path)
            return
        try:
            os.link(draft, self._path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


def _made() -> RSAKey:
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, private=True)
    key.ensure_kid()
    return key
