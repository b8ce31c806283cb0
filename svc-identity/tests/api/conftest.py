"""Clients of every kind against a whole identity service: made as the command makes them, driven as programs do."""

import base64
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.database import Sight
from identity.actions.add_client import add_client
from identity.domain.clients import AuthMethod, GrantType
from identity.domain.registering import NewClient

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VERIFIER = "v" * 64


class Clients:
    """Adds clients and talks to the provider as they do."""

    def __init__(self, house: Any, driving: Any) -> None:
        self.house, self.driving = house, driving
        self.web = house.web()
        self.secrets: dict[str, str | None] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})

    async def add(self, name: str, **wishes: Any) -> str:
        """A confidential client of our own with a code grant, but for what is wished otherwise."""
        made = {
            "id": name,
            "name_ar": f"عميل {name}",
            "name_en": f"Client {name}",
            "channel": "api",
            "auth_method": AuthMethod.SECRET_POST,
            "grants": [GrantType.CODE, GrantType.REFRESH],
            "scopes": ["openid", "profile", "email", "phone", "address", "offline_access"],
            "redirect_uris": [self.redirect(name)],
            **wishes,
        }
        async with self.house.service.database.transaction(Sight.system("test")) as session:
            self.secrets[name] = await add_client(self.house.service, session, NewClient(**made))
        return name

    async def add_integrator(self, name: str, **wishes: Any) -> str:
        keys = {"keys": [self.key.as_dict(private=False)]}
        proof = {"auth_method": AuthMethod.PRIVATE_KEY_JWT, "jwks": keys, "grants": [GrantType.CLIENT]}
        return await self.add(
            name, **{**proof, "redirect_uris": [], "scopes": ["batches:write", "batches:read"], **wishes}
        )

    def redirect(self, name: str) -> str:
        return f"https://{name}.example/callback"

    def url(self, name: str, **wishes: str) -> str:
        return str(self.driving.authorise_url(VERIFIER, client_id=name, redirect_uri=self.redirect(name), **wishes))

    def proof(self, name: str) -> dict[str, str]:
        """What a client with a secret adds to a form."""
        return {"client_id": name, "client_secret": self.secrets[name] or ""}

    def basic(self, name: str) -> dict[str, str]:
        text = base64.b64encode(f"{name}:{self.secrets[name]}".encode()).decode()
        return {"Authorization": f"Basic {text}"}

    def assertion(
        self, name: str, *, header: dict[str, Any] | None = None, key: Any = None, **claims: Any
    ) -> dict[str, str]:
        """What a client with a key adds to a form."""
        now = int(time.time())
        told = {
            "iss": name, "sub": name, "aud": self.driving.ISSUER, "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex,
        } | claims  # fmt: skip
        told = {name: value for name, value in told.items() if value is not None}
        signed = jwt.encode({"alg": "ES256", "kid": "k1", **(header or {})}, told, key or self.key, ["ES256"])
        return {"client_assertion_type": ASSERTION, "client_assertion": signed}

    async def code(self, browser: Any, name: str, **wishes: str) -> str:
        answer = await browser.get(self.url(name, **wishes))
        given = self.driving.query_of(answer.headers["location"])
        assert "code" in given, answer.headers["location"]
        return str(given["code"])

    async def exchange(self, name: str, code: str, headers: dict[str, str] | None = None, **changed: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect(name),
            "code_verifier": VERIFIER,
            **({} if headers else self.proof(name)),
            **changed,
        }
        return await self.web.post("/oauth/token", data=form, headers=headers)

    async def tokens(self, browser: Any, name: str, **wishes: str) -> dict[str, Any]:
        answer = await self.exchange(name, await self.code(browser, name, **wishes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def introspect(self, token: str, **proof: str) -> dict[str, Any]:
        answer = await self.web.post("/oauth/introspect", data={"token": token, **proof})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def userinfo(self, token: str) -> Any:
        return await self.web.get("/oauth/userinfo", headers=self.driving.bearer(token))


@pytest.fixture
def clients(seeded: Any, driving: Any) -> Clients:
    return Clients(seeded, driving)


@pytest.fixture
def claims_of(seeded: Any) -> Callable[[str], dict[str, Any]]:
    """The claims of a token of ours, its signature checked."""
    return lambda token: dict(jwt.decode(token, seeded.service.keys.key_set(), algorithms=["RS256"]).claims)
