"""What modules do: ask for a code, redeem it, look at the person, sign out. One Run per module."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from conformance.pack.browser import Browser, Landing
from conformance.pack.modules import Failed, check
from conformance.pack.proofs import challenge_of, check_id_token, proof_of, verified
from conformance.pack.target import Client, Person, Target
from conformance.pack.web import open_web

SCOPE = "openid profile email phone"


@dataclass(frozen=True)
class Asked:
    """An authorisation request: what was sent, and the secret half of its PKCE."""

    client: Client
    parameters: dict[str, str]
    verifier: str


@dataclass(frozen=True)
class Code:
    """A code that came back for a request."""

    asked: Asked
    code: str
    typed: list[str]


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for, its ID token verified."""

    asked: Asked
    body: dict[str, Any]
    claims: dict[str, Any]
    typed: list[str]
    code: str

    @property
    def access(self) -> str:
        """The access token."""
        return str(self.body["access_token"])

    @property
    def refresh(self) -> str:
        """The refresh token. Raises Failed when none was given."""
        check(self.body.get("refresh_token"), "no refresh token was given")
        return str(self.body["refresh_token"])


class Run:
    """One module's hands."""

    def __init__(self, target: Target, metadata: dict[str, Any]) -> None:
        self.target = target
        self.clients = target.clients
        self.metadata = metadata
        self.warnings: list[str] = []
        self.web = open_web(target.headers())
        self._browsers: list[Browser] = []

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.close()
        await self.web.aclose()

    def warn(self, what: str) -> None:
        """Note what the plans only warn of."""
        self.warnings.append(what)

    async def browser(self) -> Browser:
        """A browser nobody has signed in with, and a person to do it."""
        made = Browser(self.target, await self.target.person())
        self._browsers.append(made)
        return made

    def ask(self, client: Client | None = None, **wishes: str) -> Asked:
        """A good request; a wish of "" leaves its parameter out."""
        client, verifier = client or self.clients.first, secrets.token_urlsafe(48)
        whole = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "scope": SCOPE,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return Asked(client, {name: v for name, v in (whole | wishes).items() if v}, verifier)

    def url(self, asked: Asked) -> str:
        """A request as an address."""
        return f"{self.metadata['authorization_endpoint']}?{urlencode(asked.parameters)}"

    def code_in(self, asked: Asked, landing: Landing) -> Code:
        """The code a walk ended with: at the right address, with the state, from the right issuer."""
        check(landing.left.startswith(asked.parameters["redirect_uri"]), f"no answer for the client: {landing.told()}")
        answer = landing.answer
        check("error" not in answer, f"the client got {answer.get('error')}: {answer.get('error_description')}")
        check(answer.get("state") == asked.parameters.get("state"), "the state is not the one that was sent")
        check(answer.get("iss", self.target.issuer) == self.target.issuer, f"iss is {answer.get('iss')!r}")
        check(answer.get("code"), f"no code: {landing.told()}")
        return Code(asked, answer["code"], landing.typed)

    async def code(self, browser: Browser, client: Client | None = None, **wishes: str) -> Code:
        """Sign in as far as it is asked, and come back with a code."""
        asked = self.ask(client, **wishes)
        return self.code_in(asked, await browser.walk(self.url(asked)))

    async def redeem(self, given: Code, client: Client | None = None, **changed: str) -> httpx2.Response:
        """The token endpoint's answer to a code; a change to "" leaves the field out."""
        form = {
            "grant_type": "authorization_code",
            "code": given.code,
            "redirect_uri": given.asked.parameters["redirect_uri"],
            "code_verifier": given.asked.verifier,
        }
        return await self.at_token_endpoint(client or given.asked.client, **(form | changed))

    async def at_token_endpoint(self, client: Client, **form: str) -> httpx2.Response:
        """Post to the token endpoint as a client."""
        proof, auth = proof_of(client, self.target.issuer)
        sent = {name: value for name, value in (proof | form).items() if value}
        return await self.web.post(self.metadata["token_endpoint"], data=sent, auth=auth)

    async def tokens_for(self, code: Code) -> Tokens:
        """Exchange a code and check all that comes. Raises Failed."""
        body = token_answer(await self.redeem(code))
        claims = await self.id_token(body["id_token"], code.asked, body["access_token"])
        return Tokens(code.asked, body, claims, code.typed, code.code)

    async def redeem_again(self, tokens: Tokens) -> httpx2.Response:
        """The token endpoint's answer to a code that was exchanged before."""
        return await self.redeem(Code(tokens.asked, tokens.code, []))

    async def tokens(self, browser: Browser, client: Client | None = None, **wishes: str) -> Tokens:
        """The whole code flow."""
        return await self.tokens_for(await self.code(browser, client, **wishes))

    async def id_token(self, token: str, asked: Asked, access_token: str | None = None) -> dict[str, Any]:
        """The claims of an ID token that is in order, for the request it answers."""
        claims = verified(token, await self.keys())
        check_id_token(claims, self.target.issuer, asked.client, access_token)
        nonce = asked.parameters.get("nonce")
        check(claims.get("nonce") == nonce, f"nonce is {claims.get('nonce')!r}, not the one that was sent")
        return claims

    async def keys(self) -> dict[str, Any]:
        """The published key set."""
        return dict((await self.web.get(self.metadata["jwks_uri"])).raise_for_status().json())

    async def refresh(self, token: str, client: Client, **more: str) -> httpx2.Response:
        """The token endpoint's answer to a refresh token."""
        return await self.at_token_endpoint(client, grant_type="refresh_token", refresh_token=token, **more)

    async def look(self, access_token: str, scheme: str = "Bearer") -> httpx2.Response:
        """Userinfo with an access token."""
        return await self.web.get(
            self.metadata["userinfo_endpoint"], headers={"Authorization": f"{scheme} {access_token}"}
        )

    async def is_signed_in(self, browser: Browser, client: Client | None = None) -> bool:
        """Whether the provider knows the browser, by prompt=none. That it would ask for consent again means that it does."""
        asked = self.ask(client, prompt="none")
        landing = await browser.open(self.url(asked))
        check(landing.left.startswith(asked.parameters["redirect_uri"]), f"prompt=none: {landing.told()}")
        answer = landing.answer
        check("code" in answer or "error" in answer, f"prompt=none: {landing.told()}")
        return answer.get("error") != "login_required"

    async def fresh(self) -> tuple[Browser, Person]:
        """A browser and the person at it."""
        browser = await self.browser()
        assert browser.person is not None
        return browser, browser.person


def token_answer(response: httpx2.Response) -> dict[str, Any]:
    """The body of a good answer of the token endpoint (RFC 6749, 5.1). Raises Failed."""
    if response.status_code != 200:
        raise Failed(f"the token endpoint answered {response.status_code} {response.text[:200]}")
    check(response.headers.get("content-type", "").startswith("application/json"), "the answer is not JSON")
    check("no-store" in response.headers.get("cache-control", ""), "the answer may be stored by caches")
    body = dict(response.json())
    check(str(body.get("token_type", "")).lower() == "bearer", f"token_type is {body.get('token_type')!r}")
    check(body.get("access_token"), "there is no access token")
    check(isinstance(body.get("expires_in"), int) and body["expires_in"] > 0, "expires_in is not a number of seconds")
    return body


def refused(response: httpx2.Response, *errors: str) -> None:
    """Check that the token endpoint refused, with one of these errors (RFC 6749, 5.2)."""
    check(response.status_code in (400, 401), f"answered {response.status_code}, not a refusal: {response.text[:200]}")
    error = response.json().get("error")
    check(error in errors, f"refused with {error!r}, not {' or '.join(errors)}")
