"""Somebody with a browser and an app: signs in by code + PKCE through the gateway, then calls the API with the token."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import re
import secrets
import uuid
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pyotp

CLIENT = "demo"
REDIRECT = "http://127.0.0.1:9/callback"
SCOPE = "openid profile offline_access"


class SecondProof(Protocol):
    """What proves a sign-in beside the password."""

    async def ready(self) -> None:
        """Before the password is sent."""

    async def code(self) -> str:
        """What to type."""


class SignInFailed(RuntimeError):
    """The sign-in pages did not lead to a code."""


class Caller:
    """One person or member of staff. Every creating call carries a new Idempotency-Key unless one is given."""

    def __init__(self, gateway: str, *, language: str = "en") -> None:
        self.gateway = gateway
        self._http = httpx2.AsyncClient(
            base_url=gateway, timeout=15, trust_env=False, headers={"Accept-Language": language}
        )
        self.tokens: dict[str, Any] = {}
        self._again: tuple[str, str, SecondProof] | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def sign_in(self, number: str, password: str, second: SecondProof) -> Caller:
        """The pages as a browser walks them, then the code for tokens. Raises SignInFailed."""
        self._again = (number, password, second)
        await second.ready()
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        state = secrets.token_urlsafe(12)
        question = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": state,
            "nonce": secrets.token_urlsafe(12),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = await self._browse("GET", f"/oauth/authorize?{urlencode(question)}")
        page = await self._browse("POST", "/sign-in", {**_hidden(page.text), "number": number, "password": password})
        page = await self._browse("POST", "/sign-in/code", {**_hidden(page.text), "code": await second.code()})
        answer = parse_qs(urlsplit(page.headers.get("location", "")).query)
        if "code" not in answer or answer.get("state") != [state]:
            raise SignInFailed(_heard(page))
        await self._exchange(
            {
                "grant_type": "authorization_code",
                "code": answer["code"][0],
                "redirect_uri": REDIRECT,
                "code_verifier": verifier,
            }
        )
        return self

    async def refresh(self) -> None:
        """New tokens for the refresh token."""
        await self._exchange({"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]})

    async def revoke(self) -> None:
        """Give the tokens back."""
        await self._http.post("/oauth/revoke", data={"client_id": CLIENT, "token": self.tokens["refresh_token"]})

    async def sign_out(self) -> httpx2.Response:
        """Leave by the sign-out page."""
        page = await self._browse("GET", "/sign-out")
        return await self._browse("POST", "/sign-out", _hidden(page.text))

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
    ) -> httpx2.Response:
        """One API call with this caller's token; a passing 503 is tried again as its Retry-After asks."""
        headers = dict(more.pop("headers", {}))
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        renewed = False
        for _ in range(20):
            answer = await self._http.request(method, path, json=body, headers=headers, **more)
            if answer.status_code == 401 and self._again is not None and not renewed:
                renewed = True
                await self._renew()
                headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
            elif answer.status_code not in (429, 503):
                return answer
            else:
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return answer

    async def _renew(self) -> None:
        """A fresh token: by refresh while the session lives, else by signing in anew, as an app does."""
        try:
            await self.refresh()
        except SignInFailed:
            assert self._again is not None
            self._http.cookies.clear()
            await self.sign_in(*self._again)

    async def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        return _ok(await self.call("GET", path))

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The JSON of a POST that must succeed."""
        return _ok(await self.call("POST", path, body, key=key))

    async def put(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of a PUT that must succeed."""
        return _ok(await self.call("PUT", path, body, **more))

    async def until(self, path: str, is_there: Callable[[Any], object], *, within_s: float = 30.0) -> Any:
        """Look at something until it is as awaited, and return it. Raises TimeoutError with what it was last."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while True:
            seen = await self.get(path)
            if is_there(seen):
                return seen
            if loop.time() > until:
                raise TimeoutError(f"{path} is still {seen.get('status', seen)!r}")
            await asyncio.sleep(0.15)

    async def until_posted(self, path: str, body: Any, is_there: Callable[[Any], object]) -> Any:
        """Ask a question by POST until its answer is there. Raises TimeoutError."""
        for _ in range(150):
            answer = await self.call("POST", path, body)
            if answer.status_code < 300 and is_there(answer.json()):
                return answer.json()
            await asyncio.sleep(0.2)
        raise TimeoutError(f"{path}: {answer.status_code} {answer.text[:300]}")

    async def _browse(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx2.Response:
        """Follow redirects within the house, as a browser does; one that leads elsewhere is returned."""
        answer = await self._http.request(method, path, data=form)
        for _ in range(10):
            where = answer.headers.get("location")
            if answer.status_code not in (302, 303, 307) or where is None or where.startswith(REDIRECT):
                return answer
            answer = await self._http.get(where.removeprefix(self.gateway))
        raise SignInFailed("the pages lead round in a circle")

    async def _exchange(self, form: dict[str, str]) -> None:
        answer = await self._http.post("/oauth/token", data={"client_id": CLIENT, **form})
        if answer.status_code != 200:
            raise SignInFailed(answer.text)
        self.tokens = answer.json()


class Authenticator:
    """The second proof of staff: what their authenticator shows, each code once."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self._used: set[str] = set()

    async def ready(self) -> None:
        """Nothing is sent."""

    async def code(self) -> str:
        while (now := self._totp.now()) in self._used:
            await asyncio.sleep(1)
        self._used.add(now)
        return now


def _hidden(page: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in fields}


def _heard(page: httpx2.Response) -> str:
    fault = re.search(r'role="alert"[^>]*>(.*?)</div>', page.text, re.DOTALL)
    return f"{page.status_code} {re.sub('<[^>]+>', ' ', fault.group(1)).strip() if fault else page.text[:200]}"


def _ok(answer: httpx2.Response) -> Any:
    if answer.status_code >= 300:
        raise RuntimeError(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:600]}"
        )
    return answer.json() if answer.content else None
