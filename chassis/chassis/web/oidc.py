"""An OpenID Connect client: code with PKCE, the exchange and the refresh on the server, the ID token checked.

The browser goes to the public address; the exchange goes over the inner one, which answers for the same issuer.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.clock import machine_now
from chassis.http.client import HttpClient
from chassis.http.tokens import ALGORITHM

SCOPE = "openid offline_access"
"""No profile: the ID token then names nobody, and may stand in the address that ends a session."""


class SignInRefused(Exception):
    """The provider gave no tokens: the code or refresh token is spent, the session ended, or the answer is not sound."""


@dataclass(frozen=True)
class Attempt:
    """What a sign-in under way must remember: against forged answers, replayed ID tokens and stolen codes."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Attempt":
        return cls(secrets.token_urlsafe(16), secrets.token_urlsafe(16), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """The verifier's digest (RFC 7636, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class Tokens:
    """One answer of the token endpoint. `access_until` in seconds since the epoch; `identity` only from a code."""

    access: str
    access_until: int
    refresh: str
    identity: str | None


class OidcClient:
    """A public client of the provider at `issuer`, spoken to through `http`."""

    def __init__(self, client_id: str, issuer: str, http: HttpClient) -> None:
        self.client_id = client_id
        self.issuer = issuer
        self._http = http

    def authorize_url(self, attempt: Attempt, redirect_uri: str, language: str) -> str:
        """Where the browser is sent to sign in."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{self.issuer}/oauth/authorize?{urlencode(asked)}"

    def end_session_url(self, id_token: str, back_to: str) -> str:
        """Where the browser is sent to end the provider's own session; it comes back to `back_to`."""
        asked = {"client_id": self.client_id, "id_token_hint": id_token, "post_logout_redirect_uri": back_to}
        return f"{self.issuer}/oauth/end-session?{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt, redirect_uri: str) -> Tokens:
        """The tokens for a code. Raises SignInRefused, Unreachable."""
        tokens = await self._ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": attempt.verifier,
            }
        )
        await self._check_identity(tokens.identity, attempt.nonce)
        return tokens

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token. Raises SignInRefused, Unreachable."""
        return await self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, refresh_token: str) -> None:
        """End the family of a refresh token. Raises Unreachable."""
        given = {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": self.client_id}
        await self._http.request("POST", "/oauth/revoke", data=given)

    async def _ask(self, given: dict[str, str]) -> Tokens:
        answer = await self._http.request("POST", "/oauth/token", data={**given, "client_id": self.client_id})
        try:
            told = answer.json()
            if answer.status_code != 200:
                raise SignInRefused(str(told.get("error", answer.status_code)))
            return Tokens(
                access=str(told["access_token"]),
                access_until=int(machine_now().timestamp()) + int(told["expires_in"]),
                refresh=str(told["refresh_token"]),
                identity=told.get("id_token"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as odd:
            raise SignInRefused("an answer that cannot be read") from odd

    async def _check_identity(self, id_token: str | None, nonce: str) -> None:
        keys = (await self._http.request("GET", "/oauth/jwks", repeatable=True)).json()
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token or "", KeySet.import_key_set(keys), algorithms=[ALGORITHM]
            ).claims
        except (JoseError, ValueError, KeyError, TypeError) as bad:
            raise SignInRefused("an ID token that is not the provider's") from bad
        sound = (
            claims.get("iss") == self.issuer
            and claims.get("aud") == self.client_id
            and secrets.compare_digest(str(claims.get("nonce", "")), nonce)
            and isinstance(claims.get("exp"), int)
            and claims["exp"] > machine_now().timestamp()
        )
        if not sound:
            raise SignInRefused("an ID token for another")
