"""The keys tokens are signed with: a file of three (previous, current, next), made at the first start, rotated by command.

The next key is published before it signs, and the previous one after it has stopped, so that nobody who remembers the
published set for some minutes meets a token he cannot check.
"""

import json
import os
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ALGORITHM = "RS256"
FILE = "identity-signing-keys.json"
BITS = 2048
_AGES = ("previous", "current", "next")


class SigningKeys:
    """Reads the file on first use and again when it was changed by `rotate-keys`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._read_at = 0
        self._keys: dict[str, RSAKey] = {}

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A compact token signed by the current key; `alg` and `kid` are set here."""
        key = self._fresh()["current"]
        return jwt.encode({**header, "alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """The key set anyone may read: public halves only."""
        return {"keys": [key.as_dict(private=False) for key in self._fresh().values()]}

    def key_set(self) -> KeySet:
        """The same set for checking what we signed ourselves."""
        return KeySet(list(self._fresh().values()))

    def rotate(self) -> None:
        """Next becomes current, current previous, and a new next is made."""
        keys = self._fresh()
        self._write({"previous": keys["current"], "current": keys["next"], "next": _made()}, replace=True)

    def _fresh(self) -> dict[str, RSAKey]:
        if not self._path.is_file():
            self._write({"current": _made(), "next": _made()}, replace=False)
        if (changed_at := self._path.stat().st_mtime_ns) != self._read_at:
            kept = json.loads(self._path.read_text())
            self._keys = {age: RSAKey.import_key(kept[age]) for age in _AGES if age in kept}
            self._read_at = changed_at
        return self._keys

    def _write(self, keys: dict[str, RSAKey], *, replace: bool) -> None:
        """Whole or not at all; of two first starts the earlier one's keys stand."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_name(f"{FILE}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({age: key.as_dict(private=True) for age, key in keys.items()}, file)
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
