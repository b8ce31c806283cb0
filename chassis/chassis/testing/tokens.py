"""A test's own identity provider: keys, tokens, and a verifier that trusts exactly these keys."""

import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from chassis.http.tokens import ALGORITHM, TokenVerifier
from chassis.settings import AUDIENCE

ISSUER = "http://localhost:8080"


class TokenMint:
    """Signs access tokens with a key of its own. `bearer(person)` is a ready Authorization header."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, private=True)
        self.key.ensure_kid()

    def token(self, person: str, /, *, kind: str = "person", **claims: Any) -> str:
        """An access token as identity issues it; any claim can be overridden, to make a bad one."""
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"account-of-{kind}",
            "person": person,
            "kind": kind,
            "sid": "11111111-1111-7111-8111-111111111111",
            "client_id": "portal",
            "iat": now,
            "exp": now + 300,
        } | claims
        return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": self.key.kid}, body, self.key)

    def signed(self, kind: str, claims: dict[str, Any]) -> str:
        """Any other token of the same issuer, an ID token for one (`kind` is its `typ`)."""
        now = int(time.time())
        body = {"iss": ISSUER, "iat": now, "exp": now + 300} | claims
        return jwt.encode({"alg": ALGORITHM, "typ": kind, "kid": self.key.kid}, body, self.key)

    def bearer(self, person: str, /, *, kind: str = "person", **claims: Any) -> dict[str, str]:
        """Authorization header for a person or a member of staff (`kind="staff"`)."""
        return {"Authorization": f"Bearer {self.token(person, kind=kind, **claims)}"}

    def verifier(self) -> TokenVerifier:
        """A verifier for the service under test."""

        async def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        return TokenVerifier(ISSUER, keys)
