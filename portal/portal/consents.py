"""The page of consents: which clients of others know what of me, and a button that takes it back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.catalogue import Language
from chassis.http.client import HttpClient
from chassis.identifiers import new_reference
from chassis.web.sign_in import Browser
from portal.sections import SessionEnded, instant_of

PATH = "/v1/me/consents"
LONGEST_CURSOR = 64
NOT_FOUND = 404


@dataclass(frozen=True)
class Allowed:
    """One client and what it was allowed, in the words of the contract."""

    id: str
    client: str
    knows: list[str]
    at: datetime | None


@dataclass(frozen=True)
class ConsentPage:
    """One page of them; `lines` is None when they could not be had, which is not the same as none."""

    lines: list[Allowed] | None
    following: str | None = None


@dataclass(frozen=True)
class ConsentPages:
    """The routes of the page, inside the portal."""

    gateway: HttpClient
    browser: Callable[[Request], Awaitable[Browser | None]]
    keep: Callable[[Response, Browser], None]
    to_sign_in: Callable[[Language], Response]
    show: Callable[..., Response]
    language: Callable[[Request], Language]

    async def page(self, request: Request) -> Response:
        """What I allowed, newest first."""
        language, browser = self.language(request), await self.browser(request)
        if browser is None:
            return self.to_sign_in(language)
        outcome = "done" if request.query_params.get("done") == "1" else ""
        try:
            return await self._listed(request, language, browser, outcome)
        except SessionEnded:
            return self.to_sign_in(language)

    async def withdraw(self, request: Request) -> Response:
        """The button of a line. What was gone already is as good as taken back."""
        language, browser = self.language(request), await self.browser(request)
        if browser is None:
            return self.to_sign_in(language)
        form = await request.form()
        if not browser.guards(form.get("guard")):
            return self.show("refused.html", language, status=403)
        try:
            status = await self._withdrawn(request.path_params["consent_id"], browser, str(form.get("key", "")))
            if status >= 300 and status != NOT_FOUND:
                return await self._listed(request, language, browser, "failed", status=409)
        except SessionEnded:
            return self.to_sign_in(language)
        response: Response = RedirectResponse(f"/{language}/consents?done=1", 303)
        self.keep(response, browser)
        return response

    async def _withdrawn(self, consent_id: UUID, browser: Browser, key: str) -> int:
        headers = {"Authorization": f"Bearer {browser.access}", "Idempotency-Key": key}
        path = f"{PATH}/{consent_id}/withdraw"
        answer = await self.gateway.request("POST", path, headers=headers, repeatable=True)
        if answer.status_code == 401:
            raise SessionEnded
        return int(answer.status_code)

    async def _listed(
        self, request: Request, language: Language, browser: Browser, outcome: str, *, status: int = 200
    ) -> Response:
        cursor = request.query_params.get("cursor", "")[:LONGEST_CURSOR]
        response = self.show(
            "consents.html",
            language,
            status=status,
            signed_in=True,
            guard=browser.guard,
            consents=await read_consents(self.gateway, browser.access, language, cursor or None),
            outcome=outcome,
            new_key=lambda: new_reference("KEY"),
        )
        self.keep(response, browser)
        return response


async def read_consents(gateway: HttpClient, token: str, language: Language, cursor: str | None) -> ConsentPage:
    """The newest first. Raises SessionEnded, and Unreachable when the gateway does not answer."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    params = {"cursor": cursor} if cursor else None
    answer = await gateway.request("GET", PATH, params=params, headers=headers, repeatable=True)
    if answer.status_code == 401:
        raise SessionEnded
    if answer.status_code != 200:
        return ConsentPage(None)
    page = answer.json()
    return ConsentPage([allowed_of(item, language) for item in page["items"]], page.get("next"))


def allowed_of(item: Mapping[str, Any], language: Language) -> Allowed:
    """One item of the contract as it is shown."""
    return Allowed(
        id=str(item["id"]),
        client=str(item["client"]["texts"][language]),
        knows=[str(each["texts"][language]) for each in item["knows"]],
        at=instant_of(item["given_at"]),
    )
