"""Identity's signing keys: asked over the inner network, kept, used on when identity is away."""

import asyncio
import math
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from gateway.limits import TokenBounds
from gateway.upstream import Broken, Late, Lost, Unreachable, Upstream


class KeysUnavailable(Exception):
    """No key set was ever read, so no token can be judged."""


class Keys:
    """The verification keys by key id. Old keys are better than none: they stay until a newer set was read."""

    def __init__(self, upstream: Upstream, path: str, bounds: TokenBounds, seconds: float) -> None:
        self._upstream = upstream
        self._path = path
        self._bounds = bounds
        self._seconds = seconds
        self._keys: dict[str, RSAKey] = {}
        self._read_at = -math.inf
        self._asked_at = -math.inf
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> RSAKey | None:
        """The key of that id, or None when identity does not know it. Raises KeysUnavailable."""
        now = asyncio.get_running_loop().time()
        unknown = key_id not in self._keys
        if (unknown or now - self._read_at > self._bounds.keys_kept) and self._may_ask(now):
            await self._ask()
        if not self._keys:
            raise KeysUnavailable
        return self._keys.get(key_id)

    def _may_ask(self, now: float) -> bool:
        return self._asking is not None or now - self._asked_at > self._bounds.keys_asked_every

    async def _ask(self) -> None:
        """One question at a time, whoever waits for its answer."""
        if self._asking is None:
            self._asked_at = asyncio.get_running_loop().time()
            self._asking = asyncio.create_task(self._read())
            self._asking.add_done_callback(self._asked)
        await asyncio.shield(self._asking)

    def _asked(self, _: asyncio.Task[None]) -> None:
        self._asking = None

    async def _read(self) -> None:
        try:
            status, body = await self._upstream.get(
                self._path, largest=self._bounds.keys_largest, seconds=self._seconds
            )
            keys = _usable(orjson.loads(body)) if status == 200 else {}
        except (Unreachable, Lost, Late, Broken, orjson.JSONDecodeError):
            return
        if keys:
            self._keys = keys
            self._read_at = asyncio.get_running_loop().time()


def _usable(document: Any) -> dict[str, RSAKey]:
    """RSA keys for signatures, by id; anything else in the set is passed over."""
    found: dict[str, RSAKey] = {}
    entries = document.get("keys") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or entry.get("alg", "RS256") != "RS256":
            continue
        try:
            found[key_id] = RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e", "kid")})
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found
