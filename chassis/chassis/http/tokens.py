"""Verifying access tokens: every service is a resource server of its own and believes no header of the gateway's.

Fixed algorithm, keys from identity's published set only, `at+jwt`, issuer and audience exact. A verified token is
remembered by its digest until it expires.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.authority import Principal
from chassis.clock import machine_now
from chassis.http.client import HttpClient, Unreachable
from chassis.refusals import Unauthenticated, Unavailable
from chassis.settings import AUDIENCE

ALGORITHM = "RS256"
SKEW_S = 60
REMEMBERED = 10_000
KEYS_FRESH_S = 300.0
KEYS_ASK_AGAIN_S = 5.0

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class TokenVerifier:
    """Turns a bearer token into a Principal. Raises Unauthenticated, or Unavailable when no keys can be had."""

    def __init__(self, issuer: str, fetch_keys: FetchKeys) -> None:
        self._issuer = issuer
        self._fetch = fetch_keys
        self._keys: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._fetched_at = -KEYS_FRESH_S
        self._fetching = asyncio.Lock()
        self._remembered: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    @classmethod
    def from_identity(cls, issuer: str, identity_url: str) -> "TokenVerifier":
        """A verifier that reads identity's key set over HTTP and goes on with the last one when it cannot."""
        client = HttpClient("identity", identity_url, total_s=2.0)

        async def fetch() -> dict[str, Any]:
            response = await client.request("GET", "/oauth/jwks", repeatable=True)
            keys: dict[str, Any] = response.json()
            return keys

        return cls(issuer, fetch)

    async def principal(self, token: str) -> Principal:
        """Who the token speaks for."""
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._remembered.get(digest)) is not None:
            if known[0] > machine_now().timestamp():
                return known[1]
            del self._remembered[digest]
        claims = await self._verified(token)
        principal = _principal(claims)
        self._remembered[digest] = (float(claims["exp"]), principal)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return principal

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            await self._have_key(_header(token))
            if self._keys is None:
                raise Unavailable("try-again-soon", retry_after=2)
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError, KeyError, TypeError) as bad:
            raise Unauthenticated("token-refused") from bad
        return self._checked(decoded.header, decoded.claims)

    async def _have_key(self, header: dict[str, Any]) -> None:
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise ValueError("not a token of ours")
        age = time.monotonic() - self._fetched_at
        unknown = header["kid"] not in self._kids
        if (unknown and age > KEYS_ASK_AGAIN_S) or age > KEYS_FRESH_S:
            async with self._fetching:
                if time.monotonic() - self._fetched_at >= min(age, KEYS_ASK_AGAIN_S):
                    await self._refresh()

    async def _refresh(self) -> None:
        try:
            published = await self._fetch()
        except (Unreachable, ValueError):
            return  # the last set stays good: keys are rotated with overlap
        self._keys = KeySet.import_key_set({"keys": [key for key in published["keys"] if key.get("kty") == "RSA"]})
        self._kids = frozenset(str(key["kid"]) for key in published["keys"])
        self._fetched_at = time.monotonic()

    def _checked(self, header: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        now = machine_now().timestamp()
        audience = claims.get("aud")
        ok = (
            str(header.get("typ", "")).lower() == "at+jwt"
            and "crit" not in header
            and claims.get("iss") == self._issuer
            and (audience == AUDIENCE or (isinstance(audience, list) and AUDIENCE in audience))
            and _is_number(claims.get("exp"))
            and claims["exp"] > now
            and (claims.get("nbf") is None or (_is_number(claims["nbf"]) and claims["nbf"] <= now + SKEW_S))
            and isinstance(claims.get("person"), str)
            and isinstance(claims.get("sid"), str)
        )
        if not ok:
            raise Unauthenticated("token-refused")
        return claims


def _header(token: str) -> dict[str, Any]:
    part = token.split(".", 1)[0]
    header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise TypeError("a token's header is an object")
    return header


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        subject=claims["person"],
        kind=str(claims.get("kind", "")),
        session_id=claims["sid"],
        client=str(claims.get("client_id", "")),
        language=str(claims.get("locale", "ar")),
        channel=str(claims.get("channel", "portal")),
    )
