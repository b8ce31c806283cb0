"""The doors beside the token endpoint: revocation, introspection, RP-initiated sign-out."""

from typing import Any

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint

from chassis.clock import machine_now
from identity.domain.clients import ANY_METHOD, CONFIDENTIAL
from identity.keys import ALGORITHM
from identity.models import RefreshToken, TokenFamily
from identity.oauth.families import end_family, grantee_of
from identity.oauth.presented import Presented, presented
from identity.oauth.rows import KnownClient, Leaf, digest

_TOLD = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "acr", "amr", "auth_time", "act")
# By these our own services serve somebody; a client learns no more of its token than what it is good for.
_TOLD_TO_RESOURCES = ("person", "kind", "channel", "on_behalf_of")


class Bearer(TokenMixin):  # type: ignore[misc]
    """A live access token as authlib wants to see it."""

    def __init__(self, found: Presented) -> None:
        self.found = found

    def check_client(self, client: KnownClient) -> bool:
        return self.found.client.id == client.get_client_id()

    def get_scope(self) -> str:
        return str(self.found.claims.get("scope", ""))

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False


Token = Bearer | Leaf


class _OfEither:
    """Finds a token of either kind by its text; the hint decides nothing, as RFC 7009 allows."""

    server: Any

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        session = self.server.session
        row = session.scalar(
            sa.select(RefreshToken).where(RefreshToken.digest == digest(token_string)).with_for_update()
        )
        if row is not None:
            return Leaf(row, token_string)
        found = presented(self.server.service, session, token_string)
        return None if found is None else Bearer(found)


class Revocation(_OfEither, RevocationEndpoint):  # type: ignore[misc]
    """Ends the whole family of a token: what was given with it is refused as well, at the front door within seconds."""

    CLIENT_AUTH_METHODS = ANY_METHOD

    def revoke_token(self, token: Token, request: Any) -> None:
        family = token.row.family if isinstance(token, Leaf) else token.found.family.id
        end_family(self.server.session, family, "revoked by its client")


class Introspection(_OfEither, IntrospectionEndpoint):  # type: ignore[misc]
    """Says whether a token is good now: to the client it was given to, and to resource servers. Public clients may not ask."""

    CLIENT_AUTH_METHODS = CONFIDENTIAL

    def check_permission(self, token: Token, client: KnownClient, request: Any) -> bool:
        return client.row.introspects_all or token.check_client(client)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        if isinstance(token, Leaf):
            return self._of_leaf(token)
        of_resource = self.server.asking.row.introspects_all
        names = (*_TOLD, *_TOLD_TO_RESOURCES) if of_resource else _TOLD
        claims = token.found.claims
        return {"active": True, "token_type": "Bearer", **{name: claims[name] for name in names if name in claims}}

    def authenticate_endpoint_client(self, request: Any) -> KnownClient:
        self.server.asking = super().authenticate_endpoint_client(request)
        return self.server.asking  # type: ignore[no-any-return]

    def _of_leaf(self, token: Leaf) -> dict[str, Any]:
        row, session = token.row, self.server.session
        family = session.get(TokenFamily, row.family)
        alive = (
            row.used_at is None
            and row.expires_at > machine_now()
            and family is not None
            and family.ended_at is None
            and grantee_of(session, row.session_id, lock=False) is not None
        )
        if not alive:
            return {"active": False}
        return {
            "active": True,
            "iss": self.server.service.settings.public_url,
            "client_id": row.client_id,
            "scope": row.scope,
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
        }


class SignOut(EndSessionEndpoint):  # type: ignore[misc]
    """RP-initiated sign-out: ends the session an ID token of ours names."""

    def get_server_jwks(self) -> Any:
        return self.server.service.keys.key_set()

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def end_session(self, end_session_request: Any) -> None:
        """Ended by the route, which knows the browser's cookie as well."""
