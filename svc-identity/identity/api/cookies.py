"""The cookies of the sign-in pages: a browser's half-finished sign-in, its session, and what it is known again by.

None is readable by a script.
"""

import hmac
import secrets
from datetime import timedelta

from fastapi import Request, Response

from identity.actions.open_session import Visit
from identity.api.parts import source_of
from identity.wiring import Identity

BROWSER = "jawaz_sign_in"
SESSION = "jawaz_session"
DEVICE = "jawaz_device"


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


def keep_device(service: Identity, response: Response, token: str) -> None:
    """Have the device known again at its next sign-in; it proves nothing by itself."""
    remembered = timedelta(days=service.rules().number("identity.device.remembered"))
    _set(service, response, DEVICE, token, int(remembered.total_seconds()))


def visit_of(request: Request) -> Visit:
    """What a request tells of the browser it came from."""
    return Visit(
        browser_of(request),
        request.cookies.get(DEVICE, ""),
        request.headers.get("user-agent", ""),
        source_of(request),
        request.cookies.get(SESSION, ""),
    )


def forget_session(response: Response) -> None:
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax")


def _set(service: Identity, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        name, value, seconds, path="/", httponly=True, samesite="lax", secure=service.settings.cookies_are_secure
    )
