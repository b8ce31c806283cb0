"""Who may pass: a good token where one is needed, and no more requests than the caller's class allows."""

import math
from ipaddress import ip_network

from gateway.buckets import Buckets
from gateway.hygiene import Head
from gateway.keys import KeysUnavailable
from gateway.limits import Cost
from gateway.problems import Refusal
from gateway.routes import Route
from gateway.tokens import Caller, TokenRefused, Tokens
from gateway.upstream import unavailable
from gateway.visit import Visit

_HOUSEHOLD = 64  # bits
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)
_BAD_TOKEN = ((b"www-authenticate", b'Bearer error="invalid_token"'),)


class Gate:
    """Token check, then the bucket of the subject, or of the peer's address where no token came."""

    def __init__(self, tokens: Tokens, buckets: Buckets, token_check: Cost, retry_after: float) -> None:
        self._tokens = tokens
        self._buckets = buckets
        self._token_check = token_check
        self._retry_after = retry_after

    def bearer(self, route: Route, head: Head) -> bytes | None:
        """The token a request brings; None where none came and none is needed. Raises Refusal: token-missing."""
        if route.judges:
            return None
        authorization = head.authorization
        if authorization is not None and authorization[:7].lower() == b"bearer ":
            return authorization[7:]
        if not route.public:
            raise Refusal("token-missing", headers=_CHALLENGE)
        return None

    async def subject(self, token: bytes, visit: Visit, now: float) -> str:
        """Whose token it is. Raises Refusal: token-refused, too-many-requests, service-unavailable."""
        return (await self._verify(token, visit, now)).subject

    def known(self, token: bytes, visit: Visit) -> str | None:
        """Whose token it is, when it was verified before: the common case, answered without waiting."""
        caller = self._tokens.known(token, visit.began)
        return None if caller is None else caller.subject

    def peer(self, address: str) -> str:
        """Who an address without a token is: a household of IPv6 owns 2^64 addresses and counts as one."""
        return address if ":" not in address else str(ip_network((address.partition("%")[0], _HOUSEHOLD), strict=False))

    def charge(self, cost: Cost, caller: str, now: float) -> None:
        """Take one from a bucket. Raises the 429 refusal with when to come back."""
        wait = self._buckets.take(cost, caller, now)
        if wait:
            raise _too_many(cost, wait)

    async def _verify(self, token: bytes, visit: Visit, now: float) -> Caller:
        self.charge(self._token_check, self.peer(visit.address), now)
        try:
            return await self._tokens.verify(token, visit.began)
        except TokenRefused:
            raise Refusal("token-refused", headers=_BAD_TOKEN) from None
        except KeysUnavailable:
            raise unavailable("identity", self._retry_after, outcome="not_sent") from None


def _too_many(cost: Cost, wait: float) -> Refusal:
    seconds = max(math.ceil(wait), 1)
    window = math.ceil(cost.burst / cost.rate)
    return Refusal(
        "too-many-requests",
        headers=(
            (b"retry-after", str(seconds).encode()),
            (b"ratelimit-policy", f'"{cost.name}";q={cost.burst};w={window}'.encode()),
            (b"ratelimit", f'"{cost.name}";r=0;t={seconds}'.encode()),
        ),
        retry_after=seconds,
    )
