"""Drawing identity's pages: Arabic and English, no script, a policy that allows nothing the page does not need."""

from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jinja2
from fastapi import Request, Response

from chassis.catalogue import LANGUAGES, Language, language_of
from chassis.database import Session
from identity.api.cookies import browser_of, csrf_of, name_browser, new_browser
from identity.models import Client
from identity.oauth.rows import KnownClient
from identity.wiring import Identity

LANGUAGE_COOKIE = "lang"
AUTHORIZE = "/oauth/authorize"
STYLE = "/sign-in/style.css"
_DIRECTIONS = {"ar": "rtl", "en": "ltr"}


def language(request: Request) -> Language:
    """`?lang`, else the cookie, else `ui_locales`, else what the browser prefers."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        for each in LANGUAGES:
            if wish == each:
                return each
    wanted = request.query_params.get("ui_locales", "").replace(" ", ",")
    return language_of(wanted or request.headers.get("accept-language"))


def page(
    service: Identity, request: Request, name: str, *, status: int = 200, form_targets: str = "", **words: Any
) -> Response:
    """Draw `pages/<name>.html`; forms get this browser's proof. `form_targets` are origins a form's answer may lead to."""
    spoken = language(request)
    browser = browser_of(request) or new_browser()

    def say(key: str, **inner: Any) -> str:
        return service.texts.say(f"page.{key}", spoken, **inner)

    other = next(each for each in LANGUAGES if each != spoken)
    body = (
        _templates()
        .get_template(f"{name}.html")
        .render(
            say=say,
            lang=spoken,
            dir=_DIRECTIONS[spoken],
            other=other,
            other_url=_in_language(request, other, words.get("next")),
            csrf=csrf_of(service, browser),
            style=STYLE,
            **words,
        )
    )
    response = Response(body, status, _headers(form_targets, spoken), "text/html; charset=utf-8")
    name_browser(service, request, response, browser)
    if request.cookies.get(LANGUAGE_COOKIE) != spoken:
        response.set_cookie(
            LANGUAGE_COOKIE, spoken, path="/", samesite="lax", secure=service.settings.cookies_are_secure
        )
    return response


def safe_next(wanted: str) -> str:
    """Where a sign-in may lead: back to a request of our own, or home. Never to another site."""
    if wanted.startswith(f"{AUTHORIZE}?") and wanted.isprintable() and "\\" not in wanted:
        return wanted
    return "/"


async def form_targets(service: Identity, session: Session, wanted: str) -> str:
    """The origin the client behind a request lives at, if registered: browsers check a form's redirects against it."""
    given = parse_qs(urlsplit(wanted).query)
    client = await session.get(Client, given.get("client_id", [""])[0])
    uri = given.get("redirect_uri", [""])[0]
    if client is None or not KnownClient(client, service.settings.public_url).check_redirect_uri(uri):
        return ""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def style() -> Response:
    """The pages' own stylesheet."""
    text = resources.files("identity").joinpath("pages/style.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _in_language(request: Request, other: str, wanted: str | None) -> str:
    given = dict(request.query_params) | {"lang": other} | ({"next": wanted} if wanted else {})
    return f"{request.url.path}?{urlencode(given)}"


def _headers(targets: str, spoken: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none';"
        f" form-action 'self' {targets}"
    )
    return {
        "Content-Security-Policy": policy.strip(),
        "Content-Language": spoken,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("identity", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
