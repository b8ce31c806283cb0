"""The portal's pages: a door, my requests and messages, sign-out. It speaks to the gateway and to nobody else."""

import contextlib
from collections.abc import AsyncIterator, Callable
from operator import attrgetter
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis.catalogue import Language, Texts, language_of
from chassis.crypto import Cipher
from chassis.http.client import HttpClient, Unreachable
from chassis.http.context import RequestContext
from chassis.telemetry.metrics import Metrics
from chassis.web.assets import Assets
from chassis.web.oidc import OidcClient, SignInRefused
from chassis.web.pages import Pages
from chassis.web.sign_in import Browser, SignIn
from portal.authorisations import AuthorisationDoor, AuthorisationPages
from portal.consents import ConsentPages
from portal.record_access import read_record_access
from portal.sections import SECTIONS, SessionEnded, read_all
from portal.settings import PortalSettings

__all__ = ["SECTIONS", "create_portal", "routes_of"]

GATEWAY_S = 4.0
LONGEST_CURSOR = 64


class Portal:
    """The pages, with what they need to answer."""

    def __init__(self, settings: PortalSettings, gateway: HttpClient | None = None) -> None:
        self.settings = settings
        self.gateway = gateway or HttpClient("gateway", settings.gateway_url, total_s=GATEWAY_S)
        self.assets = Assets("/static")
        self.pages = Pages(Texts("chassis", "portal"), self.assets, "portal")
        secret = settings.secret("portal-cookies")
        self.sign_in = SignIn(
            OidcClient("portal", settings.public_url, self.gateway),
            Cipher({"1": secret}, "1", secret),
            name="portal",
            path="/",
            secure=settings.public_url.startswith("https:"),
        )
        self.authorisations = AuthorisationPages(
            AuthorisationDoor(self.gateway),
            self._browser,
            self.sign_in.keep,
            self._to_sign_in,
            self._shown_at("authorisations"),
            _language,
            settings.public_url,
        )
        self.consents = ConsentPages(
            self.gateway, self._browser, self.sign_in.keep, self._to_sign_in, self._shown_at("consents"), _language
        )

    async def root(self, request: Request) -> Response:
        """Arabic, whatever the browser asks for: the other language is one link away on every page."""
        return RedirectResponse("/ar", 303)

    async def door(self, request: Request) -> Response:
        """What this is, and the way in."""
        language = _language(request)
        return self._show(request, "door", language, signed_in=bool(await self._browser(request)))

    async def start(self, request: Request) -> Response:
        """Off to the sign-in page."""
        language = _language(request)
        return self.sign_in.begin(self._signed_in_url(language), f"/{language}/home", language)

    async def signed_in(self, request: Request) -> Response:
        """Back from it, with a code."""
        language = _language(request)
        try:
            return await self.sign_in.finish(request, self._signed_in_url(language))
        except SignInRefused:
            return self._show(request, "refused", language, status=400)

    async def home(self, request: Request) -> Response:
        """My requests and messages."""
        language = _language(request)
        browser = await self._browser(request)
        if browser is None:
            return self._to_sign_in(language)
        try:
            listed = await read_all(self.gateway, browser.access, language)
        except SessionEnded:
            return self._to_sign_in(language)
        response = self._show(request, "home", language, signed_in=True, guard=browser.guard, listed=listed)
        self.sign_in.keep(response, browser)
        return response

    async def record_access(self, request: Request) -> Response:
        """Who looked at my data."""
        language = _language(request)
        browser = await self._browser(request)
        if browser is None:
            return self._to_sign_in(language)
        cursor = request.query_params.get("cursor", "")[:LONGEST_CURSOR]
        try:
            accesses = await read_record_access(self.gateway, browser.access, language, cursor or None)
        except SessionEnded:
            return self._to_sign_in(language)
        response = self._show(
            request, "record_access", language, signed_in=True, guard=browser.guard, accesses=accesses
        )
        self.sign_in.keep(response, browser)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End this browser's session here and at the provider."""
        language = _language(request)
        browser = await self._browser(request)
        if browser is None:
            return RedirectResponse(f"/{language}/signed-out", 303)
        if not browser.guards((await request.form()).get("guard")):
            return self._show(request, "refused", language, status=403)
        return await self.sign_in.end(browser, f"{self.settings.public_url}/{language}/signed-out")

    async def signed_out(self, request: Request) -> Response:
        """Said once it is done."""
        return self._show(request, "signed_out", _language(request))

    async def not_there(self, request: Request, error: Exception) -> Response:
        """A page for what is not there, in the language of the path or of the browser."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self._show(request, "not_there", _language(request), status=status)

    async def away(self, request: Request, error: Exception) -> Response:
        """The gateway does not answer: say so, and sign nobody out."""
        return self._show(request, "away", _language(request), status=503, headers={"Retry-After": "5"})

    def _shown_at(self, place: str) -> Callable[..., Response]:
        """Pages of a place: whatever was posted, the other language is the place itself."""

        def show(page: str, language: Language, *, at: str = "", **words: Any) -> Response:
            other = "en" if language == "ar" else "ar"
            words.setdefault("signed_in", False)
            return self.pages.show(page, language, other_url=f"/{other}/{place}{at}", **words)

        return show

    async def _browser(self, request: Request) -> Browser | None:
        return await self.sign_in.of(request)

    def _to_sign_in(self, language: Language) -> Response:
        response = RedirectResponse(f"/{language}/sign-in", 303)
        self.sign_in.forget(response)
        return response

    def _signed_in_url(self, language: Language) -> str:
        return f"{self.settings.public_url}/{language}/signed-in"

    def _show(self, request: Request, page: str, language: Language, **words: Any) -> Response:
        here = request.url.path
        other = "en" if language == "ar" else "ar"
        known = here.startswith((f"/{language}/", f"/{language}")) and page not in ("refused", "not_there")
        words.setdefault("signed_in", False)
        return self.pages.show(
            f"{page}.html", language, other_url=f"/{other}{here[3:]}" if known else f"/{other}", **words
        )


def create_portal(settings: PortalSettings, gateway: HttpClient | None = None) -> ASGIApp:
    """The portal as a server runs it."""
    portal = Portal(settings, gateway)

    @contextlib.asynccontextmanager
    async def alive(_: Starlette) -> AsyncIterator[None]:
        yield
        await portal.gateway.close()

    app = Starlette(
        routes=_routes(portal),
        lifespan=alive,
        exception_handlers={HTTPException: portal.not_there, Unreachable: portal.away},
    )
    metrics = Metrics("portal")
    app.router.routes.append(Route("/metrics", _figures(metrics)))
    return RequestContext(app, "portal", metrics)


def routes_of() -> list[str]:
    """The addresses of all pages."""
    return [path for path, _, _ in _PAGES]


_PAGES = (
    ("/", "root", "GET"),
    ("/{language}", "door", "GET"),
    ("/{language}/sign-in", "start", "GET"),
    ("/{language}/signed-in", "signed_in", "GET"),
    ("/{language}/home", "home", "GET"),
    ("/{language}/record-access", "record_access", "GET"),
    ("/{language}/consents", "consents.page", "GET"),
    ("/{language}/consents/{consent_id:uuid}/withdraw", "consents.withdraw", "POST"),
    ("/{language}/authorisations", "authorisations.page", "GET"),
    ("/{language}/authorisations", "authorisations.prepare", "POST"),
    ("/{language}/authorisations/{authorisation_id:uuid}/paper", "authorisations.paper", "GET"),
    ("/{language}/authorisations/{authorisation_id}/{move}", "authorisations.move", "POST"),
    ("/{language}/sign-out", "sign_out", "POST"),
    ("/{language}/signed-out", "signed_out", "GET"),
)


def _routes(portal: Portal) -> list[Route]:
    pages = [
        Route(path.replace("{language}", language), attrgetter(name)(portal), methods=[method])
        for path, name, method in _PAGES
        for language in (("ar", "en") if "{language}" in path else ("",))
    ]
    return [
        *pages,
        Route("/static/{mark}/{name}", portal.assets.serve),
        Route("/health/live", _live),
        Route("/health/ready", _live),
    ]


async def _live(_: Request) -> Response:
    """It holds nothing: when it answers at all, it is ready."""
    return JSONResponse({"status": "ready"})


def _figures(metrics: Metrics) -> Any:
    async def figures(_: Request) -> Response:
        return Response(metrics.render(), media_type="text/plain; version=0.0.4")

    return figures


def _language(request: Request) -> Language:
    """The language the path says; where it says none, the browser's."""
    first = request.url.path.split("/", 2)[1]
    if first == "ar":
        return "ar"
    if first == "en":
        return "en"
    return language_of(request.headers.get("accept-language"))
