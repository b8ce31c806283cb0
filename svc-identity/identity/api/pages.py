"""Drawing identity's pages: Arabic and English, a policy that allows nothing the page does not need.

They all work without a script; one file of ours lets those with passkeys use them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import Request, Response

from chassis.catalogue import LANGUAGES, Language, Texts, language_of
from chassis.database import Session
from chassis.web.assets import Assets
from chassis.web.pages import HEADERS, Pages
from identity.api.cookies import browser_of, csrf_of, name_browser, new_browser
from identity.models import Client
from identity.oauth.rows import KnownClient
from identity.wiring import Identity

LANGUAGE_COOKIE = "lang"
AUTHORIZE = "/oauth/authorize"
STATIC = "/sign-in/static"
OWN_PAGES = ("/account/", "/device")


def language(request: Request) -> Language:
    """`?lang`, else the cookie, else `ui_locales`, else what the browser prefers."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        for each in LANGUAGES:
            if wish == each:
                return each
    wanted = request.query_params.get("ui_locales", "").replace(" ", ",")
    return language_of(wanted or request.headers.get("accept-language"))


def page(
    service: Identity,
    request: Request,
    name: str,
    *,
    status: int = 200,
    form_targets: str = "",
    faults: Sequence[str] = (),
    beside: Mapping[str, str] | None = None,
    passkey: Callable[[str], str] | None = None,
    **words: Any,
) -> Response:
    """Draw `pages/<name>.html`; forms get this browser's proof. `faults` are text keys after `page.fault_`.

    `beside` are faults in words by the id of their field: said above, with a link, and beside the field.
    `form_targets` are origins that the answer to a form may lead to: browsers hold redirects to the policy, too.
    `passkey` makes what the page's script asks an authenticator for, for a browser.
    """
    spoken, browser = language(request), browser_of(request) or new_browser()
    policy = HEADERS["Content-Security-Policy"].replace(
        "form-action 'self'", f"form-action 'self' {form_targets}".strip()
    )
    if passkey is not None:
        policy += "; script-src 'self'"
    response = _drawn_with(service.texts).show(
        f"{name}.html",
        spoken,
        status=status,
        headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"},
        other_url=_in_language(request, "en" if spoken == "ar" else "ar", words.get("next")),
        csrf=csrf_of(service, browser),
        options=passkey(browser) if passkey else "",
        faults=[service.texts.say(f"page.fault_{each}", spoken, **_said_in_faults(words)) for each in faults],
        beside=beside or {},
        **words,
    )
    name_browser(service, request, response, browser)
    if request.cookies.get(LANGUAGE_COOKIE) != spoken:
        response.set_cookie(
            LANGUAGE_COOKIE, spoken, path="/", samesite="lax", secure=service.settings.cookies_are_secure
        )
    return response


def _said_in_faults(words: Mapping[str, Any]) -> dict[str, Any]:
    return {"wait": words.get("wait", 0), "until": words.get("until", "")}


def safe_next(wanted: str) -> str:
    """Where a sign-in may lead: back to a request of our own, to an account page, or home. Never to another site."""
    if wanted.startswith((f"{AUTHORIZE}?", *OWN_PAGES)) and wanted.isprintable() and "\\" not in wanted:
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


def _in_language(request: Request, other: str, wanted: str | None) -> str:
    given = dict(request.query_params) | {"lang": other} | ({"next": wanted} if wanted else {})
    return f"{request.url.path}?{urlencode(given)}"


@cache
def assets() -> Assets:
    """The stylesheet and fonts of the house and our script, under an address of ours."""
    return Assets(STATIC, "identity")


@cache
def _drawn_with(texts: Texts) -> Pages:
    return Pages(texts, assets(), "identity")
