"""Our rows as authlib wants to see them: clients, codes, refresh tokens and the person something is granted to."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from identity.domain.clients import GrantType, own_scopes
from identity.models import Account, AuthorisationCode, Client, RefreshToken, SignedIn

_PUBLIC_URL = "${PUBLIC_URL}"
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def digest(secret: str) -> str:
    """How a random token is kept: it has entropy enough to need no key."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Grantee:
    """Who grants: an account and the session it is signed in with."""

    account: Account
    session: SignedIn

    def get_user_id(self) -> str:
        return str(self.account.id)


class KnownClient(ClientMixin):  # type: ignore[misc]
    """A client row; its addresses have the platform's public address filled in."""

    def __init__(self, row: Client, public_url: str) -> None:
        self.row = row
        self.redirect_uris = [uri.replace(_PUBLIC_URL, public_url) for uri in row.redirect_uris]
        ends = [uri.replace(_PUBLIC_URL, public_url) for uri in row.after_sign_out_uris]
        self.client_metadata = {"post_logout_redirect_uris": ends}

    def get_client_id(self) -> str:
        return self.row.id

    def get_default_redirect_uri(self) -> None:
        """None: the address has to be named, always (OAuth 2.1)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Of what is asked for, what this client may have; None when nothing is left. Unknown scopes are passed over."""
        allowed = [each for each in dict.fromkeys((scope or "").split()) if each in self.row.scopes]
        return " ".join(allowed) or None

    def own_scope(self, scope: str | None) -> str | None:
        """The same for tokens in the client's own name; everything it has when nothing is asked for."""
        own = own_scopes(self.row.scopes)
        wanted = own if scope is None else [each for each in dict.fromkeys(scope.split()) if each in own]
        return " ".join(wanted) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Character for character; only the port of a loopback address may differ, where the row allows it."""
        if redirect_uri in self.redirect_uris:
            return True
        return self.row.any_loopback_port and _without_port(redirect_uri) in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        kept = self.row.secret_digest
        return kept is not None and hmac.compare_digest(kept, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.row.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type(GrantType.CODE)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.row.grants


class SpentCode(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was just used up by the request that presented it."""

    def __init__(self, row: AuthorisationCode) -> None:
        self.row = row
        self.code_challenge = row.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope

    def get_nonce(self) -> str | None:
        return self.row.nonce

    def get_auth_time(self) -> int:
        return int(self.row.signed_in_at.timestamp())


class Leaf(TokenMixin):  # type: ignore[misc]
    """A refresh token that may be used, together with the text that was presented."""

    def __init__(self, row: RefreshToken, presented: str) -> None:
        self.row = row
        self.presented = presented

    def check_client(self, client: KnownClient) -> bool:
        return self.row.client_id == client.row.id

    def get_scope(self) -> str:
        return self.row.scope

    def get_expires_in(self) -> int:
        return 0

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return self.row.revoked_at is not None


def _without_port(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.port is None or "@" in parts.netloc:
            return ""
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
