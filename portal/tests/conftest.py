"""A gateway that speaks the contract's wire, with its provider: keys are real, codes single-use, PKCE checked."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio
from joserfc import jwt

from chassis.http.client import HttpClient
from chassis.testing.tokens import TokenMint
from portal.app import Portal, create_portal
from portal.settings import PortalSettings

PUBLIC = "http://localhost:8080"


@dataclass
class Gateway:
    """What the portal may know of the world: `/oauth/*` and `/v1/*` on one address."""

    mint: TokenMint
    lists: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshes: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    asked: list[httpx2.Request] = field(default_factory=list)
    lifetime: int = 300
    down: bool = False

    def authorise(self, url: str) -> str:
        """Sign in at once: the address the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}&iss={PUBLIC}"

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if self.down:
            raise httpx2.ConnectError("refused")
        path = request.url.path
        if path == "/oauth/jwks":
            return httpx2.Response(200, json={"keys": [self.mint.key.as_dict(private=False)]})
        if path.startswith("/oauth/"):
            given = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
            return self._token(given) if path == "/oauth/token" else self._revoke(given)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return httpx2.Response(401)
        answer = self.lists.get(path, {"items": []})
        return httpx2.Response(answer) if isinstance(answer, int) else httpx2.Response(200, json=answer)

    def _token(self, given: dict[str, str]) -> httpx2.Response:
        if given["grant_type"] == "refresh_token":
            if given["refresh_token"] not in self.refreshes:
                return httpx2.Response(400, json={"error": "invalid_grant"})
            self.refreshes.discard(given["refresh_token"])
            return self._tokens({})
        asked = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != given["redirect_uri"]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(time.time())
        claims = {
            "iss": PUBLIC,
            "aud": "portal",
            "sub": "account",
            "sid": "s",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self.mint.key.kid}
        return self._tokens({"id_token": jwt.encode(header, claims, self.mint.key)})

    def _tokens(self, more: dict[str, str]) -> httpx2.Response:
        refresh = secrets.token_urlsafe(32)
        self.refreshes.add(refresh)
        return httpx2.Response(
            200,
            json={
                "access_token": self.mint.token("1000190007"),
                "refresh_token": refresh,
                "expires_in": self.lifetime,
                "token_type": "Bearer",
                **more,
            },
        )

    def _revoke(self, given: dict[str, str]) -> httpx2.Response:
        self.revoked.append(given["token"])
        return httpx2.Response(200, json={})


@pytest.fixture
def gateway(mint: TokenMint) -> Gateway:
    return Gateway(mint)


@pytest_asyncio.fixture
async def browser(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser before the portal, not signed in."""
    made = Portal.__init__

    def with_gateway(self: Portal, settings: PortalSettings) -> None:
        made(self, settings)
        http = HttpClient("gateway", PUBLIC, total_s=1.0, transport=httpx2.MockTransport(gateway.handle))
        self.gateway = self.sign_in.client._http = http

    monkeypatch.setattr(Portal, "__init__", with_gateway)
    app = create_portal(PortalSettings(environment="test", public_url=PUBLIC))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC) as client:
        yield client


async def sign_in(browser: httpx2.AsyncClient, gateway: Gateway, language: str = "ar") -> httpx2.Response:
    """Go through the whole redirect; the answer that lands the browser at home."""
    sent = await browser.get(f"/{language}/sign-in")
    assert sent.status_code == 303
    return await browser.get(gateway.authorise(sent.headers["location"]))
