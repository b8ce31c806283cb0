"""The provider of one request: authlib's server over this request's transaction."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from chassis.clock import machine_now
from identity.domain.clients import AuthMethod
from identity.models import Client, RefreshToken, TokenFamily
from identity.oauth.asked import Asked, Pairs
from identity.oauth.assertions import Assertions
from identity.oauth.devices import DeviceDoor, DeviceGrant
from identity.oauth.endpoints import Introspection, Revocation, SignOut
from identity.oauth.exchange import ActedFor, ExchangeGrant
from identity.oauth.grants import ClientGrant, CodeGrant, Pkce, RefreshGrant
from identity.oauth.rows import KnownClient, Leaf, digest
from identity.oauth.tokens import AccessTokens, IdTokens
from identity.wiring import Identity

NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Provider(AuthorizationServer):  # type: ignore[misc]
    """Made anew for every request, because it carries the request's transaction.

    Its grants set `family` before a token is made, and `acting` when it is for acting on somebody's behalf.
    """

    def __init__(self, service: Identity, session: Session, acted_for: ActedFor | None = None) -> None:
        super().__init__()
        self.service = service
        self.session = session
        self.rules = service.rules()
        self.acted_for = acted_for
        self.family: TokenFamily | None = None
        self.presented: Leaf | None = None
        self.asking: KnownClient | None = None
        self.acting: dict[str, Any] = {}
        self.register_client_auth_method(AuthMethod.PRIVATE_KEY_JWT, Assertions(service, session))
        self.register_token_generator("default", AccessTokens(self))
        self.register_grant(CodeGrant, [IdTokens(self), Pkce(required=True)])
        self.register_grant(RefreshGrant, [IdTokens(self).follow])
        self.register_grant(DeviceGrant, [IdTokens(self).follow])
        self.register_grant(ClientGrant)
        self.register_grant(ExchangeGrant)
        for endpoint in (Revocation, Introspection, SignOut, DeviceDoor):
            self.register_endpoint(endpoint)

    def query_client(self, client_id: str) -> KnownClient | None:
        row = self.session.get(Client, client_id)
        if row is None or row.ended_at is not None:
            return None
        if row.development_only and not self.service.settings.in_development:
            return None
        return KnownClient(row, self.service.settings.public_url)

    def authenticate_client(self, request: Asked, methods: Sequence[str], endpoint: str = "token") -> Any:
        named = [str(each) for each in methods]
        try:
            return super().authenticate_client(request, named, endpoint)
        except UnicodeDecodeError as error:  # credentials that are base64 of no text
            raise InvalidClientError(status_code=401) from error
        except InvalidClientError as error:
            if str(named) in (error.description or ""):  # the library shows its list as Python writes one
                error.description = f"the client did not prove itself by any of: {', '.join(named)}"
            raise

    def validate_requested_scope(self, scope: str | None) -> None:
        """Unknown scopes are passed over, as OpenID Connect asks; a client's own list decides what is left."""

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Keep the refresh token, if there is one: as a leaf of its family, in the place of the one presented."""
        now = machine_now()
        if request.user is not None:
            request.user.session.seen_at = now
        leaf: Leaf | None = request.refresh_token
        if leaf is not None:
            if leaf.row.used_at is not None:
                return  # a repeat within the grace: its successor exists
            leaf.row.used_at = now
            self.session.flush()
        if "refresh_token" in token:
            self._keep(token, request.user)

    def next_refresh_token(self, client: KnownClient, grant_type: str, user: Any, scope: str) -> str:
        """Random for a new family; for a refresh derived from the token presented, so that a repeat gets the same one."""
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

    def _keep(self, token: dict[str, Any], grantee: Any) -> None:
        family, now = self.family, machine_now()
        assert family is not None
        lifetime = timedelta(seconds=self.rules.table("identity.token.lifetime")["refresh"])
        self.session.add(
            RefreshToken(
                digest=digest(token["refresh_token"]),
                family=family.id,
                client_id=family.client_id,
                account_id=grantee.account.id,
                person=grantee.account.person,
                session_id=grantee.session.id,
                scope=token["scope"],
                issued_at=now,
                expires_at=min(grantee.session.expires_at, now + lifetime),
            )
        )
        self.session.flush()

    def _with_issuer(self, location: str) -> str:
        """RFC 9207: who answers is said in errors as well."""
        mark = "&" if "?" in location else "?"
        return f"{location}{mark}{urlencode({'iss': self.service.settings.public_url})}"
