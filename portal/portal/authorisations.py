"""The page of electronic authorisations: what I gave and was given, a form for a new one, and a button for each move.

Which moves are open is the contract's word (`moves` of each line); nothing of the lifecycle is known here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.catalogue import Language
from chassis.clock import machine_now
from chassis.http.client import HttpClient, Unreachable
from chassis.identifiers import new_reference
from chassis.web.sign_in import Browser
from portal.authorisation_paper import Paper, read_paper
from portal.sections import SessionEnded

PATH, REQUESTS = "/v1/authorisations", "/v1/authorisation-requests"
SHOWN = 20
# Where each move of the contract is sent; a move that is not here has no button.
TARGETS = {
    "confirm": f"{PATH}/{{id}}/confirm",
    "send-code": f"{PATH}/{{id}}/send-code",
    "accept": f"{PATH}/{{id}}/accept",
    "reject": f"{PATH}/{{id}}/reject",
    "withdraw": f"{PATH}/{{id}}/withdraw",
    "approve": f"{REQUESTS}/{{id}}/approve",
    "decline": f"{REQUESTS}/{{id}}/decline",
}
Show = Callable[..., Response]


@dataclass(frozen=True)
class Line:
    """One authorisation as it is shown."""

    id: str
    reference: str
    service: str
    state: str
    other: str
    starts_on: date
    ends_on: date
    narrowed_to: str | None
    uses: int
    uses_allowed: int | None
    moves: list[str]
    is_open: bool


@dataclass(frozen=True)
class Shown:
    """Both lists; None when one could not be had, which is not the same as none."""

    given: list[Line] | None
    received: list[Line] | None
    services: list[tuple[str, str]]


def line_of(item: Mapping[str, Any], language: Language) -> Line:
    """A line from an item of the contract; the other side by name where it is told, else by the number's end."""
    side = item["grantee"] if item["given"] else item["grantor"]
    names = side.get("names") or {}
    moves = [move for move in item["moves"] if move in TARGETS]
    return Line(
        id=str(item["id"]),
        reference=str(item["reference"]),
        service=str(item["service_texts"][language]),
        state=str(item["state"]["texts"][language]),
        other=str(names.get(language) or f"…{side['number'][-4:]}"),
        starts_on=date.fromisoformat(item["starts_on"]),
        ends_on=date.fromisoformat(item["ends_on"]),
        narrowed_to=None if item["narrowed_to"] is None else f"…{item['narrowed_to'][-4:]}",
        uses=int(item["uses"]),
        uses_allowed=item["uses_allowed"],
        moves=[*moves, "send-code"] if "confirm" in moves else moves,
        is_open=item["status"] in ("issued", "accepted"),
    )


class AuthorisationDoor:
    """What the gateway is asked, with the person's own token."""

    def __init__(self, gateway: HttpClient) -> None:
        self._gateway = gateway

    async def shown(self, token: str, language: Language) -> Shown:
        """Everything the page needs, asked at once. Raises SessionEnded."""
        given, received, services = await asyncio.gather(
            self._lines(token, language, "given"), self._lines(token, language, "received"), self._services(token)
        )
        return Shown(given, received, [(each["code"], each["texts"][language]) for each in services if each["carried"]])

    async def paper(self, token: str, language: Language, authorisation_id: str) -> Paper | None:
        """One of mine as it is printed. Raises SessionEnded, Unreachable."""
        return await read_paper(self._gateway, token, language, authorisation_id)

    async def post(self, token: str, language: Language, path: str, key: str, body: Any = None) -> str | None:
        """Make a request once; None when it was done, else what the refusal says. Raises SessionEnded, Unreachable."""
        headers = {**_headers(token, language), "Idempotency-Key": key}
        answer = await self._gateway.request("POST", path, json=body, headers=headers, repeatable=True)
        if answer.status_code == 401:
            raise SessionEnded
        return None if answer.status_code < 300 else _refusal(answer.json(), language)

    async def _lines(self, token: str, language: Language, side: str) -> list[Line] | None:
        page = await self._get(token, language, PATH, {"side": side, "limit": str(SHOWN)})
        return None if page is None else [line_of(item, language) for item in page["items"]]

    async def _services(self, token: str) -> list[dict[str, Any]]:
        return await self._get(token, "en", f"{PATH}/services", {}) or []

    async def _get(self, token: str, language: Language, path: str, asked: Mapping[str, str]) -> Any:
        try:
            answer = await self._gateway.request(
                "GET", path, params=asked, headers=_headers(token, language), repeatable=True
            )
        except Unreachable:
            return None
        if answer.status_code == 401:
            raise SessionEnded
        return answer.json() if answer.status_code == 200 else None


def _headers(token: str, language: Language) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept-Language": language}


def _refusal(problem: Mapping[str, Any], language: Language) -> str:
    """The refusal in words, with every requirement that stands in the way and every field that was wrong."""
    details = problem.get("details", {})
    missing = [each["texts"][language] for part in ("requirements", "fields") for each in details.get(part, [])]
    return " ".join([problem["texts"][language]["detail"], *missing])


def wish_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form as the contract takes it; what was left empty is left out."""
    given = {name: str(value).strip() for name, value in form.items() if str(value).strip()}
    if "uses_allowed" in given:
        uses = given["uses_allowed"]
        return {**given, "uses_allowed": int(uses) if uses.isdecimal() else uses}
    return given


@dataclass(frozen=True)
class AuthorisationPages:
    """The routes of the page, inside the portal."""

    door: AuthorisationDoor
    browser: Callable[[Request], Awaitable[Browser | None]]
    keep: Callable[[Response, Browser], None]
    to_sign_in: Callable[[Language], Response]
    show: Show
    language: Callable[[Request], Language]
    public_url: str

    async def page(self, request: Request) -> Response:
        """My authorisations."""
        return await self._guarded(request, self._listed)

    async def prepare(self, request: Request) -> Response:
        """A new one, or a request to be authorised: the form says which."""
        fields = (
            "grantee",
            "grantee_born_on",
            "grantor",
            "service",
            "starts_on",
            "ends_on",
            "narrowed_to",
            "uses_allowed",
        )

        async def post(browser: Browser, language: Language) -> Response:
            form = await request.form()
            body = wish_of({name: form[name] for name in fields if name in form})
            path = REQUESTS if "grantor" in body else PATH
            return await self._sent(browser, language, path, str(form.get("key", "")), body)

        return await self._guarded(request, post, posted=True)

    async def paper(self, request: Request) -> Response:
        """One of them, to be printed."""
        authorisation_id = str(request.path_params["authorisation_id"])

        async def read(browser: Browser, language: Language) -> Response:
            paper = await self.door.paper(browser.access, language, authorisation_id)
            if paper is None:
                return self.show("not_there.html", language, status=404, signed_in=True, guard=browser.guard)
            at = f"/{authorisation_id}/paper"
            words = {"signed_in": True, "guard": browser.guard, "paper": paper, "now": machine_now()}
            return self.show("authorisation_paper.html", language, at=at, public_url=self.public_url, **words)

        return await self._guarded(request, read)

    async def move(self, request: Request) -> Response:
        """One of the buttons."""
        target = TARGETS.get(request.path_params["move"])

        async def post(browser: Browser, language: Language) -> Response:
            form = await request.form()
            body = {"code": str(form["code"]).strip()} if "code" in form else None
            path = str(target).format(id=request.path_params["authorisation_id"])
            return await self._sent(browser, language, path, str(form.get("key", "")), body)

        if target is None:
            return RedirectResponse(f"/{self.language(request)}/authorisations", 303)
        return await self._guarded(request, post, posted=True)

    async def _guarded(
        self,
        request: Request,
        answer: Callable[[Browser, Language], Awaitable[Response]],
        *,
        posted: bool = False,
    ) -> Response:
        language, browser = self.language(request), await self.browser(request)
        if browser is None:
            return self.to_sign_in(language)
        if posted and not browser.guards((await request.form()).get("guard")):
            return self.show("refused.html", language, status=403)
        try:
            response = await answer(browser, language)
        except SessionEnded:
            return self.to_sign_in(language)
        self.keep(response, browser)
        return response

    async def _sent(self, browser: Browser, language: Language, path: str, key: str, body: Any) -> Response:
        refusal = await self.door.post(browser.access, language, path, key, body)
        if refusal is None:
            return RedirectResponse(f"/{language}/authorisations", 303)
        return await self._listed(browser, language, refusal)

    async def _listed(self, browser: Browser, language: Language, refusal: str | None = None) -> Response:
        shown = await self.door.shown(browser.access, language)
        return self.show(
            "authorisations.html",
            language,
            status=200 if refusal is None else 409,
            signed_in=True,
            guard=browser.guard,
            shown=shown,
            refusal=refusal,
            new_key=lambda: new_reference("KEY"),
        )
