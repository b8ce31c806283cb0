"""The two cookies of the sign-in pages: a browser's half-finished sign-in, and its session. Neither is readable by a script."""

import hmac
import secrets

from fastapi import Request, Response

from identity.wiring import Identity

BROWSER = "jawaz_sign_in"
SESSION = "jawaz_session"


def browser_of(request: Request) -> str:
    """The random name of this browser, or nothing when it has none yet."""
    return request.cookies.get(BROWSER, "")


def name_browser(service: Identity, request: Request, response: Response, browser: str) -> None:
    """Give the browser its random name, by which forms prove that they were ours."""
    if request.cookies.get(BROWSER) != browser:
        _set(service, response, BROWSER, browser)


def new_browser() -> str:
    return secrets.token_urlsafe(24)


def csrf_of(service: Identity, browser: str) -> str:
    """What a form of this browser must bring along."""
    return service.cipher.index(f"form:{browser}")


def is_ours(service: Identity, request: Request, brought: str) -> bool:
    """Whether the form came from a page this browser was shown."""
    browser = browser_of(request)
    return bool(browser) and hmac.compare_digest(csrf_of(service, browser).encode(), brought.encode())


def keep_session(service: Identity, response: Response, token: str) -> None:
    """Sign the browser in. A cookie of this browser window: it ends with it, and on the server long before."""
    _set(service, response, SESSION, token)


def forget_session(response: Response) -> None:
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax")


def _set(service: Identity, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, path="/", httponly=True, samesite="lax", secure=service.settings.cookies_are_secure
    )
