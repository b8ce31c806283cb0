"""The provider of one request: authlib's server over this request's transaction."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from chassis.clock import machine_now
from identity.keys import ALGORITHM
from identity.models import Client, RefreshToken
from identity.oauth.grants import AUTH_METHODS, CodeGrant, Pkce, RefreshGrant, revoke_family
from identity.oauth.rows import KnownClient, Leaf, digest
from identity.oauth.tokens import AccessTokens, IdTokens
from identity.wiring import Identity

NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Pairs = Iterable[tuple[str, str]]


class Given(OAuth2Payload):  # type: ignore[misc]
    """Parameters of a request, doubles kept."""

    def __init__(self, pairs: Pairs) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):  # type: ignore[misc]
    """An HTTP request as authlib wants to see it."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], pairs: Pairs) -> None:
        # The library insists on https; the public address decides that, not the hop from the gateway to here.
        super().__init__(method, f"https://identity{path}", headers={name.title(): v for name, v in headers.items()})
        self.payload = Given(pairs)

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class Provider(AuthorizationServer):  # type: ignore[misc]
    """Made anew for every request, because it carries the request's transaction."""

    def __init__(self, service: Identity, session: Session) -> None:
        super().__init__()
        self.service = service
        self.session = session
        self.rules = service.rules()
        self.presented: Leaf | None = None
        self.register_token_generator("default", AccessTokens(service, self._next_refresh_token))
        self.register_grant(CodeGrant, [IdTokens(service), Pkce(required=True)])
        self.register_grant(RefreshGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(SignOut)

    def query_client(self, client_id: str) -> KnownClient | None:
        row = self.session.get(Client, client_id)
        if row is None or (row.development_only and not self.service.settings.in_development):
            return None
        return KnownClient(row, self.service.settings.public_url)

    def authenticate_client(self, request: Asked, methods: Sequence[str], endpoint: str = "token") -> Any:
        try:
            return super().authenticate_client(request, methods, endpoint)
        except UnicodeDecodeError as error:  # credentials that are base64 of no text
            raise InvalidClientError(status_code=401) from error

    def validate_requested_scope(self, scope: str | None) -> None:
        """Unknown scopes are passed over, as OpenID Connect asks; a client's own list decides what is left."""

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        now = machine_now()
        leaf: Leaf | None = request.refresh_token
        if leaf is not None:
            if leaf.row.used_at is not None:
                return  # a repeat within the grace: its successor exists
            leaf.row.used_at = now
            self.session.flush()
        grantee = request.user
        grantee.session.seen_at = now
        self.session.add(
            RefreshToken(
                digest=digest(token["refresh_token"]),
                family=leaf.row.family if leaf else request.authorization_code.row.family,
                client_id=request.client.get_client_id(),
                account_id=grantee.account.id,
                person=grantee.account.person,
                session_id=grantee.session.id,
                scope=token["scope"],
                issued_at=now,
                expires_at=min(
                    grantee.session.expires_at,
                    now + timedelta(seconds=self.rules.table("identity.token.lifetime")["refresh"]),
                ),
            )
        )
        self.session.flush()

    def _next_refresh_token(self, client: KnownClient, grant_type: str, user: Any, scope: str) -> str:
        """Random for a code; for a refresh derived from the token presented, so that a repeat gets the same one."""
        if self.presented is None:
            return secrets.token_urlsafe(32)
        return self.service.cipher.index(f"refresh:{self.presented.presented}")

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Pairs) -> Response:
        location = dict(headers).get("Location")
        if location is not None:
            return Response(status_code=303, headers={"Location": self._with_issuer(location), **NOT_KEPT})
        challenge = {"WWW-Authenticate": 'Basic realm="oauth"'} if status == 401 else {}
        return JSONResponse(body or {}, status, headers=NOT_KEPT | challenge)

    def _with_issuer(self, location: str) -> str:
        """RFC 9207: who answers is said in errors as well."""
        mark = "&" if "?" in location else "?"
        return f"{location}{mark}{urlencode({'iss': self.service.settings.public_url})}"


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Ends the family of a refresh token. An access token lives its five minutes; ending the session ends the rest."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> Leaf | None:
        row = self.server.session.scalar(
            sa.select(RefreshToken).where(RefreshToken.digest == digest(token_string)).with_for_update()
        )
        return None if row is None else Leaf(row, token_string)

    def revoke_token(self, token: Leaf, request: Any) -> None:
        revoke_family(self.server.session, token.row.family, "revoked by its client")


class SignOut(EndSessionEndpoint):  # type: ignore[misc]
    """RP-initiated sign-out: ends the session an ID token of ours names."""

    def get_server_jwks(self) -> Any:
        return self.server.service.keys.key_set()

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def end_session(self, end_session_request: Any) -> None:
        """Ended by the route, which knows the browser's cookie as well."""
