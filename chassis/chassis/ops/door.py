"""Coming in and going out: the sign-in's way back, sign-out, stylesheet and fonts."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.catalogue import Language
from chassis.http.client import Unreachable
from chassis.ops.route import language_in, refused
from chassis.refusals import Forbidden, Unavailable
from chassis.web.oidc import SignInRefused

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit


def add_door(kit: "OpsKit", router: APIRouter) -> None:
    """Routes that need no transaction and no role."""

    @router.get("", name="ops_root")
    async def root(request: Request) -> Response:
        return RedirectResponse(f"{kit.prefix}/{language_in(request)}", 303)

    @router.get("/signed-in", name="ops_signed_in")
    async def signed_in(request: Request) -> Response:
        try:
            return await kit.sign_in.finish(request, kit.signed_in_url)
        except SignInRefused:
            return refused(kit, request, language_in(request), Forbidden("sign-in-not-completed"))
        except Unreachable:
            return refused(kit, request, language_in(request), Unavailable("try-again-soon", retry_after=2))

    @router.post("/{language}/sign-out", name="ops_sign_out")
    async def sign_out(language: Language, request: Request, guard: Annotated[str, Form()] = "") -> Response:
        try:
            browser = await kit.sign_in.of(request)
        except Unreachable:
            return refused(kit, request, language, Unavailable("try-again-soon", retry_after=2))
        if browser is None:
            return RedirectResponse(f"{kit.prefix}/{language}", 303)
        if not browser.guards(guard):
            return refused(kit, request, language, Forbidden("form-not-ours"))
        return await kit.sign_in.end(browser, f"{kit.service.settings.public_url}{kit.prefix}")

    @router.get("/static/{mark}/{name}", name="ops_static")
    async def static(request: Request) -> Response:
        return await kit.assets.serve(request)
