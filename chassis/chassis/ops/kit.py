"""The ops door of one service: sign-in of staff, the pages every service has, and a place for its own."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from chassis.authority import require_role
from chassis.catalogue import Language
from chassis.clock import machine_now
from chassis.crypto import Cipher
from chassis.database import Session
from chassis.http.believing import see_as_caller
from chassis.http.client import HttpClient
from chassis.http.unit import SessionDep, claim
from chassis.ops.alarms import SUPERVISORS, add_alarms, looks_today
from chassis.ops.blocks import Card
from chassis.ops.charts import Chart
from chassis.ops.desk import Desk, SignInNeeded
from chassis.ops.door import add_door
from chassis.ops.errand_page import ASKED_S, Others, add_errand_page
from chassis.ops.errand_route import add_errand_route
from chassis.ops.figures_page import add_figures_page
from chassis.ops.own_pages import add_own_pages
from chassis.ops.route import route_class
from chassis.refusals import Forbidden, NotFound, Unauthenticated
from chassis.web.assets import Assets
from chassis.web.oidc import OidcClient
from chassis.web.pages import Pages
from chassis.web.sign_in import SignIn
from chassis.wiring import Service

CLIENT = "ops"
IDENTITY_S = 3.0
Cards = Callable[[Session], Awaitable[Card]]
Charts = Callable[[Session], Awaitable[Chart]]


@dataclass(frozen=True)
class Tab:
    """A section of the service's own in the navigation; shown to whoever holds one of the roles."""

    path: str
    label: str
    roles: frozenset[str]


class OpsKit:
    """Gives a service its ops door under `/ops/<service>`.

    `operators` may mend queues; `staff` are the further roles that may come in at all. `cards` are the first four
    numbers; `charts` stand among the figures, by their labels (text keys). `pages` names the package whose `pages/` folder holds the section's own templates, if it has any.
    """

    def __init__(
        self,
        service: Service,
        *,
        operators: Collection[str],
        staff: Collection[str] = (),
        cards: Sequence[Cards] = (),
        charts: Mapping[str, Charts] | None = None,
        pages: str | None = None,
        identity: HttpClient | None = None,
        gateway: HttpClient | None = None,
    ) -> None:
        self.service = service
        self.operators = frozenset(map(str, operators))
        self.staff = self.operators | frozenset(map(str, staff)) | SUPERVISORS
        self.cards: tuple[Cards, ...] = (*cards, partial(looks_today, self))
        self.charts = dict(charts or {})
        self.tabs: list[Tab] = []
        self.prefix = f"/ops/{service.name}"
        self.assets = Assets(f"{self.prefix}/static")
        self.pages = Pages(service.texts, self.assets, *([pages] if pages else []), "chassis.ops")
        settings = service.settings
        secret = settings.secret("ops-cookies")
        self.sign_in = SignIn(
            OidcClient(
                CLIENT,
                settings.public_url,
                identity or HttpClient("identity", settings.identity_url, total_s=IDENTITY_S),
            ),
            Cipher({"1": secret}, "1", secret),
            name=f"ops_{service.name}",
            path=self.prefix,
            secure=settings.public_url.startswith("https:"),
        )
        made: Any = route_class(self)
        self.router = APIRouter(prefix=f"{self.prefix}/{{language}}", route_class=made, include_in_schema=False)
        self._door = APIRouter(prefix=self.prefix, include_in_schema=False)
        add_door(self, self._door)
        add_own_pages(self)
        add_figures_page(self)
        gateway = gateway or HttpClient("gateway", settings.gateway_url, total_s=ASKED_S)
        add_errand_page(self, Others(service.name, gateway))
        add_alarms(self)

    def mounted(self) -> APIRouter:
        """Everything as one router, for the service's app; called once all sections are in."""

        @self.router.get("/{rest:path}", name="ops_not_there")
        async def not_there(rest: str, desk: Desk = self.seeing()) -> Response:
            raise NotFound

        whole = APIRouter()
        add_errand_route(self, whole)
        whole.include_router(self._door)
        whole.include_router(self.router)
        return whole

    @property
    def signed_in_url(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self.service.settings.public_url}{self.prefix}/signed-in"

    def tab(self, path: str, label: str, roles: Collection[str]) -> None:
        """Put a section into the navigation. `label` is a text key."""
        self.tabs.append(Tab(path, label, frozenset(map(str, roles))))

    def seeing(self, roles: Collection[str] | None = None) -> Any:
        """Dependency of a page: a Desk for whoever holds one of the roles (default: anyone of the staff)."""
        among = self.staff if roles is None else frozenset(map(str, roles))

        async def desk(language: Language, request: Request, session: SessionDep) -> Desk:
            return await self._desk(request, session, language, among)

        return Depends(desk)

    def acting(self, roles: Collection[str] | None = None, *, repeatable: bool = False) -> Any:
        """Dependency of an act: as `seeing`, and the form is ours, read, and done once however often it is sent.

        `repeatable` for a form that changes nothing: its answer is not kept.
        """
        among = self.staff if roles is None else frozenset(map(str, roles))

        async def desk(language: Language, request: Request, session: SessionDep) -> Desk:
            found = await self._desk(request, session, language, among)
            await request.body()  # kept, so that it can be read again for its digest
            found.form = await request.form()
            if not found.browser.guards(found.form.get("guard")):
                raise Forbidden("form-not-ours")
            if not repeatable:
                await claim(request, session, found.principal, found.field("once"))
            return found

        return Depends(desk)

    async def _desk(self, request: Request, session: Session, language: Language, among: frozenset[str]) -> Desk:
        browser = await self.sign_in.of(request)
        if browser is None:
            raise SignInNeeded
        request.state.browser = browser
        try:
            principal = await request.app.state.verifier.principal(browser.access)
        except Unauthenticated as stale:
            raise SignInNeeded from stale
        now = self.service.clock.now()
        await see_as_caller(request, session, principal, browser.access, now)
        held = await require_role(session, principal, self.staff, now)
        if not among & set(held):
            raise Forbidden("role-needed", details={"roles": sorted(among)})
        request.state.principal, request.state.held = principal, held
        return Desk(self, request, session, principal, browser, held, language, FormData())

    def begin(self, request: Request, language: Language) -> Response:
        """Send the browser to sign in, and then to where it wanted to go."""
        wanted = request.url.path if request.method == "GET" else f"{self.prefix}/{language}"
        response = self.sign_in.begin(self.signed_in_url, wanted, language)
        self.sign_in.forget(response)
        return response

    def page(
        self, request: Request, language: Language, template: str, /, *, status: int = 200, **words: Any
    ) -> Response:
        """A page with the frame of the ops door around it."""
        browser = getattr(request.state, "browser", None)
        held = set(getattr(request.state, "held", ()))
        rest = request.url.path.removeprefix(f"{self.prefix}/{language}")
        other = "en" if language == "ar" else "ar"
        done = request.query_params.get("done", "")
        words.setdefault("desk", None)
        return self.pages.show(
            template,
            language,
            status=status,
            kit=self,
            here=f"{self.prefix}/{language}",
            path=rest,
            other_url=f"{self.prefix}/{other}{rest if request.method == 'GET' else ''}",
            guard=browser.guard if browser else None,
            tabs=[tab for tab in self.tabs if tab.roles & held],
            operates=bool(self.operators & held),
            environment=self.service.settings.environment,
            done=done if done.startswith("ops.done.") and done in self.pages.texts else None,
            live=request.query_params.get("live") == "1" and request.method == "GET",
            as_of=machine_now(),
            **words,
        )
