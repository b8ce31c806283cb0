"""OpenID Connect Basic OP: what a request may wish for: claims, display, languages, hints, request objects."""

from __future__ import annotations

import base64
import json
from typing import Any

from conformance.pack.basic_answers import claims_of
from conformance.pack.modules import check, module
from conformance.pack.target import LOOPBACK
from conformance.pack.walk import Asked, Run

PLAN = "basic"


@module("oidcc-claims-essential", PLAN)
async def essential_claim(run: Run) -> None:
    """`claims` asks for an essential name at userinfo."""
    wish = json.dumps({"userinfo": {"name": {"essential": True}}})
    tokens = await run.tokens(await run.browser(), scope="openid", claims=wish)
    check("name" in await claims_of(run, tokens), "the essential claim `name` did not come")


@module("oidcc-display-page", PLAN)
async def display_page(run: Run) -> None:
    """display=page."""
    await run.tokens(await run.browser(), display="page")


@module("oidcc-display-popup", PLAN)
async def display_popup(run: Run) -> None:
    """display=popup."""
    await run.tokens(await run.browser(), display="popup")


@module("oidcc-ui-locales", PLAN)
async def ui_locales(run: Run) -> None:
    """Languages nobody speaks here are no error."""
    await run.tokens(await run.browser(), ui_locales="se fr ar")


@module("oidcc-claims-locales", PLAN)
async def claims_locales(run: Run) -> None:
    """The same for claims."""
    await claims_of(run, await run.tokens(await run.browser(), claims_locales="se ar"))


@module("oidcc-login-hint", PLAN)
async def login_hint(run: Run) -> None:
    """A hint of who will sign in is no error, whoever then does."""
    await run.tokens(await run.browser(), login_hint="bob@example.com")


@module("oidcc-id-token-hint", PLAN)
async def id_token_hint(run: Run) -> None:
    """The ID token of the session goes with prompt=none, and of another session it does not."""
    browser = await run.browser()
    first = await run.tokens(browser)
    again = await run.tokens(browser, prompt="none", id_token_hint=first.body["id_token"])
    check(again.claims["sub"] == first.claims["sub"], "the second ID token names another subject")
    other = await run.tokens(await run.browser())
    asked = run.ask(prompt="none", id_token_hint=other.body["id_token"])
    answer = (await browser.open(run.url(asked))).answer
    check("code" not in answer, "the hint named somebody else, and a code came")
    check(answer.get("error") in ("login_required", "interaction_required"), f"the error is {answer.get('error')!r}")


@module("oidcc-ensure-request-with-acr-values-succeeds", PLAN)
async def acr_values(run: Run) -> None:
    """Voluntary acr values are no error."""
    tokens = await run.tokens(await run.browser(), acr_values="1 2")
    if "acr" not in tokens.claims:
        run.warn("no acr in the ID token")


async def _is_refused_or_read(run: Run, parameter: str, value: str, asked: Asked, nonce: str) -> None:
    """Refused as unsupported, or obeyed: passing it over silently is the fault."""
    url = f"{run.url(asked)}&{parameter}={value}"
    landing = await (await run.browser()).walk(url)
    if not landing.left:
        check(landing.page.status_code >= 400, f"no answer and no error: {landing.told()}")
        return
    check(landing.left.startswith(asked.client.redirect_uri), f"the browser {landing.told()}")
    answer = landing.answer
    if "error" in answer:
        allowed = (f"{parameter}_not_supported", "invalid_request_object", "invalid_request_uri", "invalid_request")
        check(answer["error"] in allowed, f"the error is {answer['error']!r}")
        supported = run.metadata.get(f"{parameter}_parameter_supported", parameter == "request_uri")
        check(not supported or answer["error"] != f"{parameter}_not_supported", "it is offered and then not supported")
        return
    wished = Asked(asked.client, asked.parameters | {"nonce": nonce}, asked.verifier)
    await run.tokens_for(run.code_in(wished, landing))


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


@module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", PLAN)
async def request_uri(run: Run) -> None:
    """request_uri: obeyed or refused."""
    await _is_refused_or_read(run, "request_uri", f"{run.target.receiver.url('request')}", run.ask(), "unread")


@module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", PLAN)
async def request_object(run: Run) -> None:
    """An unsigned request object with a nonce of its own: obeyed or refused."""
    asked = run.ask()
    await _is_refused_or_read(run, "request", _unsigned(asked.parameters | {"nonce": "inside"}), asked, "inside")


@module("oidcc-ensure-request-object-with-redirect-uri", PLAN)
async def request_object_with_redirect_uri(run: Run) -> None:
    """A request object that names the right address, beside a wrong one outside: obeyed or refused."""
    asked = run.ask(redirect_uri=f"{LOOPBACK}/not-registered")
    inside = _unsigned(asked.parameters | {"redirect_uri": asked.client.redirect_uri})
    landing = await (await run.browser()).walk(f"{run.url(asked)}&request={inside}")
    check(not landing.left.startswith(f"{LOOPBACK}/not-registered"), f"the browser {landing.told()}")
    if not landing.left:
        check(landing.page.status_code >= 400, f"no answer and no error: {landing.told()}")
