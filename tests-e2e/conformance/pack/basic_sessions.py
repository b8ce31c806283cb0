"""OpenID Connect Basic OP: prompt and max_age."""

from __future__ import annotations

import asyncio

from conformance.pack.modules import check, module
from conformance.pack.walk import Run, Tokens

PLAN = "basic"
_TRIES = 3
_NOT_SIGNED_IN = ("login_required", "interaction_required", "account_selection_required", "consent_required")


def _auth_time(tokens: Tokens) -> int:
    time = tokens.claims.get("auth_time")
    check(isinstance(time, int), "the ID token has no auth_time")
    assert isinstance(time, int)
    return time


@module("oidcc-prompt-login", PLAN)
async def prompt_login(run: Run) -> None:
    """prompt=login: asked again although signed in, and auth_time tells so."""
    browser = await run.browser()
    first = await run.tokens(browser, max_age="10000")
    await asyncio.sleep(1.1)
    again = await run.tokens(browser, max_age="10000", prompt="login")
    check([each for each in again.typed if each != "button"], "nobody was asked to sign in again")
    check(again.claims["sub"] == first.claims["sub"], "another subject")
    check(_auth_time(again) > _auth_time(first), "auth_time did not move")


@module("oidcc-prompt-none-not-logged-in", PLAN)
async def prompt_none_nobody(run: Run) -> None:
    """prompt=none and nobody signed in: an error, no page."""
    asked = run.ask(prompt="none")
    landing = await (await run.browser()).open(run.url(asked))
    check(landing.left.startswith(asked.client.redirect_uri), f"no answer for the client: {landing.told()}")
    check(landing.answer.get("error") in _NOT_SIGNED_IN, f"the error is {landing.answer.get('error')!r}")
    check(landing.answer.get("state") == asked.parameters["state"], "the error does not carry the state")


@module("oidcc-prompt-none-logged-in", PLAN)
async def prompt_none(run: Run) -> None:
    """prompt=none when signed in: no page, same subject, same auth_time."""
    browser = await run.browser()
    first = await run.tokens(browser)
    await asyncio.sleep(1.1)
    asked = run.ask(prompt="none")
    again = await run.tokens_for(run.code_in(asked, await browser.open(run.url(asked))))
    check(again.claims["sub"] == first.claims["sub"], "another subject")
    check(again.claims.get("auth_time") == first.claims.get("auth_time"), "auth_time moved")


@module("oidcc-max-age-1", PLAN)
async def max_age_one(run: Run) -> None:
    """max_age=1 two seconds later: asked again, auth_time told and newer."""
    for _ in range(_TRIES):
        browser = await run.browser()
        first = await run.tokens(browser)
        await asyncio.sleep(2.1)
        asked = run.ask(max_age="1")
        landing = await browser.walk(run.url(asked))
        if landing.left:
            break  # else signing in took longer than that second on a busy machine, and it was asked for once more
    again = await run.tokens_for(run.code_in(asked, landing))
    check([each for each in again.typed if each != "button"], "nobody was asked to sign in again")
    check(again.claims["sub"] == first.claims["sub"], "another subject")
    check(_auth_time(again) > first.claims.get("auth_time", 0), "auth_time did not move")


@module("oidcc-max-age-10000", PLAN)
async def max_age_large(run: Run) -> None:
    """max_age=10000: nothing asked, auth_time as it was."""
    browser = await run.browser()
    first = await run.tokens(browser, max_age="10000")
    await asyncio.sleep(1.1)
    again = await run.tokens(browser, max_age="10000")
    check(not again.typed, f"somebody was asked for {again.typed}")
    check(_auth_time(again) == _auth_time(first), "auth_time moved")
    check(again.claims["sub"] == first.claims["sub"], "another subject")
