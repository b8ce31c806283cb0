"""One request of the ops door is one transaction; whatever is refused is said on a page, not as a document for machines."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from chassis.catalogue import Language, language_of
from chassis.database import is_away, is_contended
from chassis.http.client import Unreachable
from chassis.http.problems import requirement_view, where_of
from chassis.http.unit import UnitRoute
from chassis.lifecycle import RequirementsMissing
from chassis.ops.desk import SignInNeeded
from chassis.refusals import Invalid, NotFound, Refusal, Unavailable

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

log = structlog.get_logger()


def route_class(kit: "OpsKit") -> type[UnitRoute]:
    """The kind of route a kit's router makes."""

    class OpsRoute(UnitRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            unit = super().get_route_handler()

            async def handle(request: Request) -> Response:
                response = await _answer(kit, unit, request)
                browser = getattr(request.state, "browser", None)
                if browser is not None and "set-cookie" not in response.headers:
                    kit.sign_in.keep(response, browser)
                return response

            return handle

    return OpsRoute


async def _answer(kit: "OpsKit", unit: Any, request: Request) -> Response:
    language = language_in(request)
    try:
        response: Response = await unit(request)
    except SignInNeeded:
        return kit.begin(request, language)
    except Refusal as refusal:
        return refused(kit, request, language, refusal)
    except RequestValidationError as odd:
        in_path = any(error["loc"][0] == "path" for error in odd.errors())
        return refused(kit, request, language, NotFound() if in_path else Invalid())
    except Unreachable:
        return refused(kit, request, language, Unavailable("try-again-soon", retry_after=2))
    except Exception as error:  # edge: whatever went wrong is said on a page, without a word about its inside
        if is_away(error) or is_contended(error):
            return refused(kit, request, language, Unavailable("try-again-soon", retry_after=2))
        log.error("ops.failed", service=kit.service.name, error=type(error).__name__, where=where_of(error))
        return refused(kit, request, language, Refusal("unexpected"))
    return response


def refused(kit: "OpsKit", request: Request, language: Language, refusal: Refusal) -> Response:
    """A refusal in words, with every requirement that is missing and the way back."""
    texts = kit.pages.texts
    key = f"problem.{refusal.slug}"
    if key not in texts:
        key = f"problem.status-{refusal.status}"
    missing: list[dict[str, str]] = []
    if isinstance(refusal, RequirementsMissing):
        views = [requirement_view(finding, texts, kit.service.rules()) for finding in refusal.findings]
        missing = [{"said": view.texts[language], "remedy": view.remedy_texts[language]} for view in views]
    log.info("ops.refused", service=kit.service.name, slug=refusal.slug)
    return kit.page(
        request,
        language,
        "refused.html",
        status=refusal.status,
        title=texts.say(key, language, "title", **refusal.words),
        detail=texts.say(key, language, "detail", **refusal.words),
        missing=missing,
        back=_came_from(kit, request),
    )


def language_in(request: Request) -> Language:
    """The language the path names, else the browser's."""
    named = request.path_params.get("language")
    return named if named in ("ar", "en") else language_of(request.headers.get("accept-language"))


def _came_from(kit: "OpsKit", request: Request) -> str | None:
    """The page the form stood on, if it is one of ours."""
    path = urlsplit(request.headers.get("referer", "")).path
    return path if path.startswith(kit.prefix + "/") and path != request.url.path else None
