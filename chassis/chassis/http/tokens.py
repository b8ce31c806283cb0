"""Verifying access tokens: every service is a resource server of its own and believes no header of the gateway's.

Fixed algorithm, keys from identity's published set only, `at+jwt`, issuer and audience exact. A verified token is
remembered by its digest until it expires, and refused as soon as what it rests on has ended (`chassis.http.ends`).
"""

import asyncio
import base64
import binascii
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.authority import Principal
from chassis.clock import machine_now
from chassis.http.client import HttpClient, Unreachable
from chassis.http.ends import Ends
from chassis.refusals import Unauthenticated, Unavailable
from chassis.settings import AUDIENCE

ALGORITHM = "RS256"
TYPE = "at+jwt"
SKEW_S = 60
LONGEST_LIFE_S = 900
LONGEST = 8_192
# A token does not bring its own key, nor extensions we would have to understand.
NEVER_IN_HEADER = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"})
REMEMBERED = 10_000
KEYS_FRESH_S = 300.0
KEYS_ASK_AGAIN_S = 5.0

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class Verified(NamedTuple):
    """A token that was found good. `rests_on` are ids: session, family of tokens, accounts; instants are epoch seconds."""

    principal: Principal
    rests_on: frozenset[str]
    issued: float
    until: float


class TokenVerifier:
    """Turns a bearer token into a Principal. Raises Unauthenticated, or Unavailable when no keys can be had.

    `ends` has to be run (`Ends.run`) by whoever serves; without it nothing is known to have ended.
    """

    def __init__(self, issuer: str, fetch_keys: FetchKeys, ends: Ends | None = None) -> None:
        self.ends = ends
        self._issuer = issuer
        self._fetch = fetch_keys
        self._keys: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._fetched_at = -KEYS_FRESH_S
        self._fetching = asyncio.Lock()
        self._remembered: OrderedDict[bytes, Verified] = OrderedDict()

    @classmethod
    def from_identity(cls, issuer: str, identity_url: str) -> "TokenVerifier":
        """A verifier that asks identity over HTTP for its keys and for what has ended, and goes on with the last answers."""
        client = HttpClient("identity", identity_url, total_s=2.0)

        async def fetch() -> dict[str, Any]:
            response = await client.request("GET", "/oauth/jwks", repeatable=True)
            keys: dict[str, Any] = response.json()
            return keys

        return cls(issuer, fetch, Ends.from_identity(identity_url, LONGEST_LIFE_S + SKEW_S))

    async def principal(self, token: str) -> Principal:
        """Who the token speaks for."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is None or known.until <= machine_now().timestamp():
            claims = await self._verified(token)
            known = Verified(_principal(claims), _rests_on(claims), float(claims["iat"]), float(claims["exp"]))
            self._remembered[digest] = known
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        if self.ends is not None and self.ends.is_over(known.rests_on, known.issued):
            raise Unauthenticated("token-refused")
        return known.principal

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            await self._have_key(_header(token))
            if self._keys is None:
                raise Unavailable("try-again-soon", retry_after=2)
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError, KeyError, TypeError) as bad:
            raise Unauthenticated("token-refused") from bad
        if not self._is_good(decoded.claims):
            raise Unauthenticated("token-refused")
        return decoded.claims

    async def _have_key(self, header: dict[str, Any]) -> None:
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

    def _is_good(self, claims: Any) -> bool:
        """Each claim in its exact type: what two readers could read differently is no token."""
        if not isinstance(claims, dict):
            return False
        now, audience = machine_now().timestamp(), claims.get("aud")
        expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        return (
            claims.get("iss") == self._issuer
            and AUDIENCE in (audience if isinstance(audience, list) else [audience])
            and type(expires) is int
            and type(issued) is int
            and type(begins) is int
            and now < expires <= issued + LONGEST_LIFE_S
            and max(issued, begins) <= now + SKEW_S
            and all(_is_named(claims.get(name)) for name in ("sub", "person", "sid"))
            and ("on_behalf_of" not in claims or _is_acting(claims["on_behalf_of"]))
        )


def _header(token: str) -> dict[str, Any]:
    """The header of something shaped like our tokens. Raises ValueError."""
    first, _, rest = token.partition(".")
    if len(token) > LONGEST or rest.count(".") != 1:
        raise ValueError("not a token of ours")
    try:
        header = orjson.loads(base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True))
    except binascii.Error as error:
        raise ValueError("not a token of ours") from error
    if (
        not isinstance(header, dict)
        or header.get("alg") != ALGORITHM
        or not isinstance(header.get("kid"), str)
        or str(header.get("typ")).lower().removeprefix("application/") != TYPE
        or NEVER_IN_HEADER & header.keys()
    ):
        raise ValueError("not a token of ours")
    return header


def _is_named(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_acting(told: Any) -> bool:
    return isinstance(told, dict) and all(_is_named(told.get(name)) for name in ("person", "authorisation"))


def _rests_on(claims: dict[str, Any]) -> frozenset[str]:
    actor = claims.get("act")
    named = (claims["sub"], claims["sid"], claims.get("family"), actor.get("sub") if isinstance(actor, dict) else None)
    return frozenset(each for each in named if isinstance(each, str))


def _principal(claims: dict[str, Any]) -> Principal:
    acting = claims.get("on_behalf_of", {})
    return Principal(
        subject=claims["person"],
        kind=str(claims.get("kind", "")),
        session_id=claims["sid"],
        client=str(claims.get("client_id", "")),
        language=str(claims.get("locale", "ar")),
        channel=str(claims.get("channel", "portal")),
        on_behalf_of=acting.get("person"),
        authorisation=acting.get("authorisation"),
        scopes=frozenset(str(claims.get("scope", "")).split()),
    )
