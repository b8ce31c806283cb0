"""The two grants there are: a code with PKCE, and its refresh. Every one asks `may_issue` before it gives anything."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc7636 import CodeChallenge
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from chassis.identifiers import uuid7
from identity.domain.account import may_issue
from identity.models import Account, AuthorisationCode, RefreshToken, SignedIn
from identity.oauth.rows import Grantee, KnownClient, Leaf, SpentCode, digest
from identity.queries import live

AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]


def grantee_of(session: Session, session_id: UUID) -> Grantee | None:
    """The account behind a live session, if anything may be issued to it; the session is locked against a parallel end."""
    row = session.execute(
        sa.select(SignedIn, Account)
        .join(Account, Account.id == SignedIn.account_id)
        .where(SignedIn.id == session_id, live(machine_now()))
        .with_for_update(of=SignedIn)
    ).first()
    if row is None or not may_issue(row[1].status):
        return None
    return Grantee(row[1], row[0])


def revoke_family(session: Session, family: UUID, why: str) -> None:
    """End every token of a family."""
    session.execute(
        sa.update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=machine_now(), revoked_for=why)
        .execution_options(synchronize_session=False)
    )


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

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

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
                revoke_family(session, known.family, "code used twice")
            return None
        second = session.scalar(sa.select(SignedIn.second).where(SignedIn.id == spent.session_id))
        return SpentCode(spent, second or "")

    def delete_authorization_code(self, authorization_code: SpentCode) -> None:
        """It stays, marked as used: a second use has to be recognised."""

    def authenticate_user(self, authorization_code: SpentCode) -> Grantee | None:
        return grantee_of(self.server.session, authorization_code.row.session_id)


class RefreshGrant(rfc6749.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh with rotation. Within the grace a repeat gets the same successor; after it, the family ends."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
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
        if self.grantee is None:
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
        revoke_family(self.server.session, row.family, "refresh token used again")
        return True
