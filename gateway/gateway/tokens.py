"""Whose access token this is: RFC 9068 tokens verified against identity's keys, remembered until they expire."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from chassis.ended import Ended
from gateway.keys import Keys
from gateway.limits import TokenBounds

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# A token does not bring its own key, nor extensions we would have to understand.
_NEVER_IN_HEADER = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"})


class TokenRefused(Exception):
    """The token is not one of ours, or not any more."""


class Caller(NamedTuple):
    """Who calls, as far as the gateway needs to know: who is charged, on what the token rests, its times (epoch seconds).

    `rests_on` are ids: the session, the family of tokens, the accounts. When one of them ends, so does the token.
    """

    subject: str
    rests_on: frozenset[str]
    issued: float
    until: float


class Tokens:
    """Verified callers by the digest of their token, bounded; the tokens themselves are not kept.

    `now` is everywhere in seconds since the epoch, on the system's clock, by which identity dates its tokens (a sandbox never moves it).
    """

    def __init__(self, keys: Keys, issuer: str, audience: str, bounds: TokenBounds) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._bounds = bounds
        self._callers: dict[bytes, Caller] = {}
        self._ended = Ended(bounds.longest_life + bounds.skew)

    def __len__(self) -> int:
        return len(self._callers)

    def known(self, token: bytes, now: float) -> Caller | None:
        """The caller of a token verified before and still good."""
        caller = self._callers.get(hashlib.sha256(token).digest())
        if caller is not None and caller.until > now:
            return caller
        return None

    async def verify(self, token: bytes, now: float) -> Caller:
        """Check a token in full and remember it. Raises TokenRefused; KeysUnavailable when there are no keys to check by."""
        if len(token) > self._bounds.longest:
            raise TokenRefused
        header = _header(token)
        if header.get("alg") not in self._bounds.algorithms or str(header.get("typ")).lower() not in _TYPES:
            raise TokenRefused
        key_id = header.get("kid")
        if not isinstance(key_id, str) or _NEVER_IN_HEADER & header.keys():
            raise TokenRefused
        key = await self._keys.find(key_id)
        if key is None:
            raise TokenRefused
        try:
            signed = jws.deserialize_compact(token, key, list(self._bounds.algorithms))
            claims = orjson.loads(signed.payload or b"")
        except (JoseError, ValueError) as error:
            raise TokenRefused from error
        caller = self._judge(claims, now)
        self._remember(token, caller, now)
        return caller

    def _judge(self, claims: Any, now: float) -> Caller:
        """The claims, each in its exact type. Raises TokenRefused."""
        if not isinstance(claims, dict):
            raise TokenRefused
        skew = self._bounds.skew
        expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
        if expires <= now - skew or issued > now + skew or expires - issued > self._bounds.longest_life:
            raise TokenRefused
        if "nbf" in claims and _instant(claims, "nbf") > now + skew:
            raise TokenRefused
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer or self._audience not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise TokenRefused
        caller = Caller(_charged(claims), _rests_on(claims), issued, expires + skew)
        if self._is_over(caller):
            raise TokenRefused
        return caller

    def _remember(self, token: bytes, caller: Caller, now: float) -> None:
        if len(self._callers) >= self._bounds.cached:
            self._forget(now)
        self._callers[hashlib.sha256(token).digest()] = caller

    def _forget(self, now: float) -> None:
        """Make room: what has expired, else the oldest tenth."""
        self._callers = {digest: caller for digest, caller in self._callers.items() if caller.until > now}
        if len(self._callers) >= self._bounds.cached:
            for digest in list(self._callers)[: max(self._bounds.cached // 10, 1)]:
                del self._callers[digest]

    def drop(self, ended: Iterable[str], stopped: Mapping[str, float], now: float) -> None:
        """Ids of what has ended, and accounts with the instant up to which their tokens are bad: those tokens are refused
        from now on, remembered or not. What was stopped may be opened again, and then has new tokens."""
        if self._ended.take(ended, stopped, now):
            self._callers = {digest: caller for digest, caller in self._callers.items() if not self._is_over(caller)}

    def _is_over(self, caller: Caller) -> bool:
        return self._ended.is_over(caller.rests_on, caller.issued)


def _charged(claims: dict[str, Any]) -> str:
    """Whoever calls is charged, not the person they act for. Raises TokenRefused."""
    actor = claims.get("act", claims)
    subject = actor.get("sub") if isinstance(actor, dict) else None
    if not isinstance(subject, str) or not subject:
        raise TokenRefused
    return subject


def _rests_on(claims: dict[str, Any]) -> frozenset[str]:
    named = [claims.get("sub"), _charged(claims), claims.get("sid", ""), claims.get("family", "")]
    if not named[0] or not all(isinstance(each, str) for each in named):
        raise TokenRefused
    return frozenset(each for each in named if each)


def _header(token: bytes) -> dict[str, Any]:
    first, dot, rest = token.partition(b".")
    if not dot or rest.count(b".") != 1:
        raise TokenRefused
    try:
        header = orjson.loads(base64.b64decode(first + b"=" * (-len(first) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise TokenRefused from error
    if not isinstance(header, dict):
        raise TokenRefused
    return header


def _instant(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise TokenRefused
    return value
