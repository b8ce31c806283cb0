"""A code with PKCE, its refresh, and a client in its own name. Every grant to a person asks `may_issue` before it gives anything: through `grantee_of`."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc7636 import CodeChallenge

from chassis.clock import machine_now
from chassis.identifiers import uuid7
from identity.domain.clients import ANY_METHOD, AuthMethod
from identity.models import AuthorisationCode, RefreshToken, TokenFamily
from identity.oauth.claims import wished
from identity.oauth.families import end_family, grantee_of, open_family, open_own_family
from identity.oauth.rows import Grantee, KnownClient, Leaf, SpentCode, digest


class Pkce(CodeChallenge):  # type: ignore[misc]
    """S256 and nothing else, for every client: the library lets `plain`, and requests without a challenge, pass."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    CODE_CHALLENGE_METHODS = {"S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]}  # noqa: RUF012 - the library's own

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(rfc6749.AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorisation code: kept as a digest, spent by the first request that presents it, whatever comes of that."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: KnownClient) -> str:
        """The library would echo the address, and fail on characters that cannot be echoed."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise InvalidRequestError("redirect_uri is missing or not registered for this client")
        return str(uri)

    def save_authorization_code(self, code: str, request: Any) -> None:
        given, now = request.payload.data, machine_now()
        lifetime = self.server.rules.table("identity.token.lifetime")["authorisation_code"]
        self.server.session.add(
            AuthorisationCode(
                digest=digest(code),
                client_id=request.client.get_client_id(),
                account_id=request.user.account.id,
                person=request.user.account.person,
                session_id=request.user.session.id,
                family=uuid7(),
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=given.get("nonce"),
                code_challenge=given["code_challenge"],
                claims=wished(given.get("claims")),
                signed_in_at=request.user.session.signed_in_at,
                expires_at=now + timedelta(seconds=lifetime),
            )
        )
        self.server.session.flush()

    def query_authorization_code(self, code: str, client: KnownClient) -> SpentCode | None:
        session, now = self.server.session, machine_now()
        theirs = (AuthorisationCode.digest == digest(code), AuthorisationCode.client_id == client.get_client_id())
        spent = session.scalar(
            sa.update(AuthorisationCode)
            .where(*theirs, AuthorisationCode.used_at.is_(None), AuthorisationCode.expires_at > now)
            .values(used_at=now)
            .returning(AuthorisationCode)
        )
        if spent is None:
            known = session.scalar(sa.select(AuthorisationCode).where(*theirs))
            if known is not None and known.used_at is not None:
                end_family(session, known.family, "code used twice")
            return None
        return SpentCode(spent)

    def delete_authorization_code(self, authorization_code: SpentCode) -> None:
        """It stays, marked as used: a second use has to be recognised."""

    def authenticate_user(self, authorization_code: SpentCode) -> Grantee | None:
        server, row = self.server, authorization_code.row
        grantee = grantee_of(server.session, row.session_id)
        if grantee is not None:
            server.family = open_family(
                server.service,
                server.session,
                self.request.client.row,
                grantee,
                self.GRANT_TYPE,
                row.scope,
                family_id=row.family,
                claims=row.claims,
            )
        return grantee


class RefreshGrant(rfc6749.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh with rotation. Within the grace a repeat gets the same successor; after it, the family ends."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Leaf | None:
        session, now = self.server.session, machine_now()
        row = session.scalar(
            sa.select(RefreshToken).where(RefreshToken.digest == digest(refresh_token)).with_for_update()
        )
        if row is None or row.client_id != self.request.client.get_client_id():
            return None
        if row.revoked_at is not None or row.expires_at <= now or self._is_replayed(row):
            return None
        self.grantee = grantee_of(session, row.session_id)
        self.server.family = session.get(TokenFamily, row.family)
        if self.grantee is None or self.server.family is None or self.server.family.ended_at is not None:
            return None
        self.server.presented = Leaf(row, refresh_token)
        return self.server.presented  # type: ignore[no-any-return]

    def authenticate_user(self, refresh_token: Leaf) -> Grantee | None:
        return self.grantee

    def revoke_old_credential(self, refresh_token: Leaf) -> None:
        """Done with the successor's row, in `Provider.save_token`: at most one leaf is unused at any time."""

    def _is_replayed(self, row: RefreshToken) -> bool:
        if row.used_at is None:
            return False
        grace = self.server.rules.table("identity.token.lifetime")["refresh_grace"]
        if machine_now() - row.used_at <= timedelta(seconds=grace):
            return False
        end_family(self.server.session, row.family, "refresh token used again")
        return True


class ClientGrant(rfc6749.ClientCredentialsGrant):  # type: ignore[misc]
    """A client in its own name: an integrator, proved by a key and never by a secret that can be copied."""

    TOKEN_ENDPOINT_AUTH_METHODS = [AuthMethod.PRIVATE_KEY_JWT]  # noqa: RUF012 - the library's own

    def create_token_response(self) -> Any:
        server, client = self.server, self.request.client
        scope = client.own_scope(self.request.payload.scope)
        if scope is None:
            raise InvalidScopeError
        server.family = open_own_family(server.service, server.session, client.row, self.GRANT_TYPE, scope)
        token = self.generate_token(scope=scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER
