"""A browser signed in to one of our programs: its tokens in a sealed cookie, idle and longest time, refresh, sign-out.

Nothing is kept on the server: every replica can answer, a restart signs nobody out, and no token is ever readable in
the browser. What ends a session for good is the provider, at the next refresh.
"""

import contextlib
import dataclasses
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.clock import machine_now
from chassis.crypto import Cipher
from chassis.http.client import Unreachable
from chassis.web.cookies import SealedCookie
from chassis.web.oidc import Attempt, OidcClient, SignInRefused, Tokens

IDLE_S = 15 * 60
LONGEST_S = 8 * 3600
ATTEMPT_S = 600
EARLY_S = 10
"""A token is refreshed this long before its end, so that it does not end on its way."""


@dataclass(frozen=True)
class Browser:
    """One signed-in browser. Times in seconds since the epoch; `guard` is the token every form of it carries."""

    access: str
    access_until: int
    refresh: str
    identity: str
    guard: str
    began: int
    seen: int

    def guards(self, given: object) -> bool:
        """Whether a form was ours: it brought this browser's token back."""
        return isinstance(given, str) and hmac.compare_digest(given.encode(), self.guard.encode())


class SignIn:
    """Sign-in for one program. `name` prefixes its cookies, which are sent back under `path` only."""

    def __init__(self, client: OidcClient, cipher: Cipher, *, name: str, path: str, secure: bool) -> None:
        self.client = client
        self._kept = SealedCookie(name, cipher, path=path, secure=secure, longest_s=LONGEST_S)
        self._attempt = SealedCookie(f"{name}_attempt_", cipher, path=path, secure=secure, longest_s=ATTEMPT_S)

    def begin(self, redirect_uri: str, back_to: str, language: str) -> Response:
        """Send the browser to sign in and then back to `back_to`, a path of ours."""
        attempt = Attempt.fresh()
        response = RedirectResponse(self.client.authorize_url(attempt, redirect_uri, language), 303)
        remembered = {**dataclasses.asdict(attempt), "back_to": back_to}
        self._attempt.put(response, remembered, suffix=attempt.state[:8])
        return response

    async def finish(self, request: Request, redirect_uri: str) -> Response:
        """The browser is back with a code: exchange it and go where it wanted. Raises SignInRefused, Unreachable."""
        given = request.query_params
        state = given.get("state", "")
        remembered = self._attempt.read(request, suffix=state[:8])
        if remembered is None or not hmac.compare_digest(remembered["state"].encode(), state.encode()):
            raise SignInRefused("no sign-in of this browser is under way")
        if given.get("iss", self.client.issuer) != self.client.issuer or not given.get("code"):
            raise SignInRefused(given.get("error", "no code"))
        back_to = remembered.pop("back_to")
        tokens = await self.client.exchange(given["code"], Attempt(**remembered), redirect_uri)
        now = _now()
        browser = _with(tokens, identity=tokens.identity or "", guard=secrets.token_urlsafe(16), began=now, seen=now)
        response = RedirectResponse(back_to, 303)
        self._attempt.drop(response, suffix=state[:8])
        self.keep(response, browser)
        return response

    async def of(self, request: Request) -> Browser | None:
        """The signed-in browser with a token that is good now, or None. Raises Unreachable when it cannot be told."""
        content = self._kept.read(request)
        now = _now()
        if content is None:
            return None
        browser = Browser(**content)
        if now - browser.seen > IDLE_S or now - browser.began > LONGEST_S:
            return None
        if browser.access_until - EARLY_S > now:
            return dataclasses.replace(browser, seen=now)
        try:
            tokens = await self.client.refresh(browser.refresh)
        except SignInRefused:
            return None
        return _with(tokens, identity=browser.identity, guard=browser.guard, began=browser.began, seen=now)

    def keep(self, response: Response, browser: Browser) -> None:
        """Every answer puts the cookie anew: it says when the browser was last seen."""
        self._kept.put(response, dataclasses.asdict(browser))

    def forget(self, response: Response) -> None:
        """Take the cookie back."""
        self._kept.drop(response)

    async def end(self, browser: Browser, back_to: str) -> Response:
        """Sign out here and at the provider; then the browser comes back to the address `back_to`."""
        # Unreachable or not, the provider's own session ends below, and its tokens with it.
        with contextlib.suppress(Unreachable):
            await self.client.revoke(browser.refresh)
        response = RedirectResponse(self.client.end_session_url(browser.identity, back_to), 303)
        self.forget(response)
        return response


def _with(tokens: Tokens, **more: Any) -> Browser:
    return Browser(access=tokens.access, access_until=tokens.access_until, refresh=tokens.refresh, **more)


def _now() -> int:
    return int(machine_now().timestamp())
