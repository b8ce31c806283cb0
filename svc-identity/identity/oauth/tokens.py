"""Tokens: access tokens every service can check by itself, and ID tokens for the client that asked."""

import uuid
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash

from chassis.catalogue import LANGUAGES
from chassis.clock import machine_now
from identity.domain.clients import audience
from identity.domain.proofs import acr_of, amr_of
from identity.keys import ALGORITHM
from identity.models import TokenFamily
from identity.oauth.claims import ID_TOKEN, allowed_names, claims_about
from identity.oauth.rows import Grantee, KnownClient
from identity.oauth.subjects import subject_of
from identity.wiring import Identity

if TYPE_CHECKING:
    from identity.oauth.provider import Provider

CLIENT_KIND = "client"


class AccessTokens(BearerTokenGenerator):  # type: ignore[misc]
    """Makes the token answer: a signed access token of the request's family, and the refresh token the provider names."""

    def __init__(self, provider: "Provider") -> None:
        self._lifetime = provider.rules.table("identity.token.lifetime")["access"]
        super().__init__(self._access_token, provider.next_refresh_token, lambda client, grant_type: self._lifetime)
        self._provider = provider

    @staticmethod
    def get_allowed_scope(client: KnownClient, scope: str | None) -> str:
        """Decided when the family was opened, by the rule of its grant."""
        return scope or ""

    def _access_token(self, client: KnownClient, grant_type: str, user: Grantee | None, scope: str) -> str:
        service, family = self._provider.service, self._provider.family
        assert family is not None
        now = int(machine_now().timestamp())
        claims = {
            "iss": service.settings.public_url,
            "aud": audience(client.row.sector, service.settings.public_url),
            "client_id": client.get_client_id(),
            "iat": now,
            "exp": now + self._lifetime,
            "jti": uuid.uuid4().hex,
            "scope": scope,
            "sid": family.sid,
            "family": str(family.id),
            "channel": client.row.channel,
        }
        about = _of_client(family) if user is None else _of_person(service, client, user, family)
        return service.keys.sign({"typ": "at+jwt"}, claims | about | self._provider.acting)


def _of_client(family: TokenFamily) -> dict[str, Any]:
    return {"sub": family.person, "person": family.person, "kind": CLIENT_KIND, "locale": LANGUAGES[0]}


def _of_person(service: Identity, client: KnownClient, user: Grantee, family: TokenFamily) -> dict[str, Any]:
    """Another's client gets a name for the person and nothing by which our services would serve it."""
    account, session = user.account, user.session
    told = {"sub": subject_of(service, client.row, account.id)} | _proof_of(family, user)
    if client.row.sector is not None:
        return told
    if session.device_new_since is not None:
        told["device_new_since"] = int(session.device_new_since.timestamp())
    return told | {"person": account.person, "kind": account.kind, "locale": account.language}


def _proof_of(family: TokenFamily, user: Grantee) -> dict[str, Any]:
    """The sign-in the grant was given in, also after the session has seen a later one (OpenID Connect Core, section 12.2)."""
    second = family.second or user.session.second
    at = family.signed_in_at or user.session.signed_in_at
    return {"auth_time": int(at.timestamp()), "acr": acr_of(second), "amr": amr_of(second)}


class IdTokens(OpenIDCode):  # type: ignore[misc]
    """Adds an ID token to an answer for a person who signed in, signed like everything else here."""

    def __init__(self, provider: "Provider") -> None:
        super().__init__(require_nonce=False)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """The client checks its nonce; the code is single use here."""
        return False

    def follow(self, grant: Any) -> None:
        """For grants that begin at the token endpoint: there is no request to look at first."""
        grant.register_hook("after_create_token_response", self.process_token)

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        service, family, client = self._provider.service, self._provider.family, request.client
        assert family is not None
        account = request.user.account
        now = int(machine_now().timestamp())
        lifetime = service.rules().table("identity.token.lifetime")["access"]
        names = allowed_names(family.claims, ID_TOKEN, client.row.scopes)
        claims = {
            **claims_about(account, token["scope"], names),
            "iss": service.settings.public_url,
            "aud": client.get_client_id(),
            "sub": subject_of(service, client.row, account.id),
            "iat": now,
            "exp": now + lifetime,
            **_proof_of(family, request.user),
            "sid": family.sid,
            "at_hash": create_half_hash(token["access_token"], ALGORITHM).decode(),
        }
        # Said once, in the answer to the request it came with.
        if request.authorization_code and (nonce := request.authorization_code.get_nonce()):
            claims["nonce"] = nonce
        return service.keys.sign({"typ": "JWT"}, claims)
