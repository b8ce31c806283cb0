"""A test's own OpenID provider on the wire: real keys, single-use codes, PKCE checked, refresh tokens rotated."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx2

from chassis.http.client import HttpClient
from chassis.testing.tokens import ISSUER, TokenMint


@dataclass
class Provider:
    """Answers `/oauth/token`, `/oauth/jwks` and `/oauth/revoke` for one account. `down` makes it unreachable."""

    mint: TokenMint
    person: str = "1000190007"
    kind: str = "person"
    lifetime: int = 300
    down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshes: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    asked: list[httpx2.Request] = field(default_factory=list)

    def client(self) -> HttpClient:
        """The client a program speaks to it through."""
        return HttpClient("identity", ISSUER, total_s=1.0, transport=httpx2.MockTransport(self.handle))

    def authorise(self, url: str) -> str:
        """Sign in at once: the address the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}&iss={ISSUER}"

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        """One request."""
        self.asked.append(request)
        if self.down:
            raise httpx2.ConnectError("refused")
        if request.url.path == "/oauth/jwks":
            return httpx2.Response(200, json={"keys": [self.mint.key.as_dict(private=False)]})
        given = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if request.url.path == "/oauth/token":
            return self._token(given)
        if request.url.path == "/oauth/revoke":
            self.revoked.append(given["token"])
            return httpx2.Response(200, json={})
        return httpx2.Response(404)

    def _token(self, given: dict[str, str]) -> httpx2.Response:
        if given["grant_type"] == "refresh_token":
            if given["refresh_token"] not in self.refreshes:
                return httpx2.Response(400, json={"error": "invalid_grant"})
            self.refreshes.discard(given["refresh_token"])
            return self._tokens({}, given["client_id"])
        asked = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != given["redirect_uri"]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        claims = {"aud": asked["client_id"], "sub": "account", "sid": "s", "nonce": asked["nonce"]}
        return self._tokens({"id_token": self.mint.signed("JWT", claims)}, given["client_id"])

    def _tokens(self, more: dict[str, str], client_id: str) -> httpx2.Response:
        refresh = secrets.token_urlsafe(32)
        self.refreshes.add(refresh)
        told = {
            "access_token": self.mint.token(self.person, kind=self.kind, client_id=client_id, channel="office"),
            "refresh_token": refresh,
            "expires_in": self.lifetime,
            "token_type": "Bearer",
        }
        return httpx2.Response(200, json=told | more)
