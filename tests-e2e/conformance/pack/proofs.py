"""What a relying party checks and proves: ID tokens, PKCE, client authentication."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from conformance.pack.compact import header_of
from conformance.pack.modules import Failed, check
from conformance.pack.target import ALGORITHM, Client

SKEW_S = 10
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def challenge_of(verifier: str) -> str:
    """PKCE's S256 (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def verified(token: str, keys: dict[str, Any], *, alg: str = "RS256") -> dict[str, Any]:
    """The claims of a token whose signature holds: this algorithm, a key of the set, named by kid."""
    header = header_of(token)
    check(header.get("alg") == alg, f"alg is {header.get('alg')}, not {alg}")
    check(header.get("kid") in {key.get("kid") for key in keys["keys"]}, f"kid {header.get('kid')} is not in the set")
    check(all("d" not in key for key in keys["keys"]), "the set holds a private key")
    try:
        return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=[alg]).claims)
    except (JoseError, ValueError) as error:
        raise Failed(f"the signature does not hold: {error}") from error


def check_id_token(claims: dict[str, Any], issuer: str, client: Client, access_token: str | None) -> None:
    """The claims every ID token has to have (OpenID Connect Core, 2 and 3.1.3.7)."""
    now = time.time()
    audience = claims.get("aud")
    check(claims.get("iss") == issuer, f"iss is {claims.get('iss')!r}, not the issuer")
    check(audience in (client.id, [client.id]), f"aud is {audience!r}, not {client.id!r}")
    check(claims.get("azp", client.id) == client.id, f"azp is {claims.get('azp')!r}")
    check(isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255, "sub is not a text of up to 255")
    for name in ("iat", "exp"):
        check(isinstance(claims.get(name), int), f"{name} is not a number")
    check(now - 300 < claims["iat"] <= now + SKEW_S, "iat is not now")
    check(claims["exp"] > now - SKEW_S, "exp is past")
    if "auth_time" in claims:
        check(
            isinstance(claims["auth_time"], int) and claims["auth_time"] <= now + SKEW_S, "auth_time is not a past time"
        )
    if "at_hash" in claims and access_token:
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        check(claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("="), "at_hash does not fit")


def assertion(client: Client, audience: str, **changed: int | str) -> str:
    """A client's proof by its own key (RFC 7523), good for a minute."""
    assert client.key is not None
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": client.id,
        "sub": client.id,
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "nbf": now,
        "exp": now + 60,
    }
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": client.key.kid}
    return jwt.encode(header, claims | changed, client.key, algorithms=[ALGORITHM])


def proof_of(client: Client, audience: str) -> tuple[dict[str, str], httpx2.BasicAuth | None]:
    """Form fields and header that prove a client at an endpoint."""
    if client.auth == "client_secret_basic":
        return {}, httpx2.BasicAuth(client.id, client.secret)
    if client.auth == "client_secret_post":
        return {"client_id": client.id, "client_secret": client.secret}, None
    if client.auth == "private_key_jwt":
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(client, audience)}
        return {"client_id": client.id, **proof}, None
    return {"client_id": client.id}, None
