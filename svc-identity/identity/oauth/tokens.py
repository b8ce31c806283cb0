"""Tokens: access tokens every service can check by itself, and ID tokens for the client that asked."""

import uuid
from typing import Any

from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash

from chassis.clock import machine_now
from chassis.settings import AUDIENCE
from identity.keys import ALGORITHM
from identity.models import Account
from identity.oauth.rows import Grantee, KnownClient
from identity.wiring import Identity


def claims_about(account: Account, scope: str) -> dict[str, Any]:
    """What a client learns of a person, by scope. Never the national ID."""
    scopes = scope.split()
    claims: dict[str, Any] = {"sub": str(account.id)}
    if "profile" in scopes:
        claims["locale"] = account.language
        if account.name_ar and account.name_en:
            claims |= {"name": account.name_ar if account.language == "ar" else account.name_en}
            claims |= {"name#ar": account.name_ar, "name#en": account.name_en}
    if "email" in scopes and account.email:
        claims |= {"email": account.email, "email_verified": False}
    if "phone" in scopes and account.mobile:
        claims |= {"phone_number": account.mobile, "phone_number_verified": True}
    return claims


class AccessTokens(BearerTokenGenerator):  # type: ignore[misc]
    """Makes the token answer: a signed access token, and the refresh token the provider names."""

    def __init__(self, service: Identity, next_refresh_token: Any) -> None:
        lifetime = service.rules().table("identity.token.lifetime")["access"]
        super().__init__(self._access_token, next_refresh_token, lambda client, grant_type: lifetime)
        self._service = service
        self._lifetime = lifetime

    def _access_token(self, client: KnownClient, grant_type: str, user: Grantee, scope: str) -> str:
        now = int(machine_now().timestamp())
        account = user.account
        claims = {
            "iss": self._service.settings.public_url,
            "aud": AUDIENCE,
            "sub": user.get_user_id(),
            "client_id": client.get_client_id(),
            "iat": now,
            "exp": now + self._lifetime,
            "jti": uuid.uuid4().hex,
            "scope": scope,
            "person": account.person,
            "kind": account.kind,
            "sid": str(user.session.id),
            "locale": account.language,
            "channel": client.row.channel,
        }
        return self._service.keys.sign({"typ": "at+jwt"}, claims)


class IdTokens(OpenIDCode):  # type: ignore[misc]
    """Adds an ID token to the answer of a code exchange, signed like everything else here."""

    def __init__(self, service: Identity) -> None:
        super().__init__(require_nonce=False)
        self._service = service

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """The client checks its nonce; the code is single use here."""
        return False

    def generate_user_info(self, user: Grantee, scope: str) -> UserInfo:
        return UserInfo(claims_about(user.account, scope))

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        now = int(machine_now().timestamp())
        lifetime = self._service.rules().table("identity.token.lifetime")["access"]
        half = create_half_hash(token["access_token"], ALGORITHM)
        claims = {
            **claims_about(request.user.account, token["scope"]),
            **self.get_authorization_code_claims(request.authorization_code),
            "iss": self._service.settings.public_url,
            "aud": request.client.get_client_id(),
            "iat": now,
            "exp": now + lifetime,
            "sid": str(request.user.session.id),
            "at_hash": half.decode(),
        }
        return self._service.keys.sign({"typ": "JWT"}, claims)
