"""What RFC 9700 asks and no plan covers: downgrade, mix-up, open redirects, leaks, audiences, stopped accounts."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from conformance.pack.modules import check, module
from conformance.pack.target import LOOPBACK
from conformance.pack.walk import Run, refused

PLAN = "rfc9700"
_NO_REFERER = ("no-referrer", "same-origin", "origin", "strict-origin", "origin-when-cross-origin")
_SAFE = (*_NO_REFERER, "strict-origin-when-cross-origin")


@module("rfc9700-pkce-downgrade-verifier-omitted", PLAN)
async def verifier_omitted(run: Run) -> None:
    """A challenge was sent, the verifier is left out, by each kind of client (2.1.1)."""
    for client in (run.clients.first, run.clients.second, run.clients.public):
        code = await run.code(await run.browser(), client)
        refused(await run.redeem(code, code_verifier=""), "invalid_grant", "invalid_request")


@module("rfc9700-pkce-downgrade-challenge-omitted", PLAN)
async def challenge_omitted(run: Run) -> None:
    """An attacker took the challenge out of the request: no code, or the verifier makes it fail (4.8.2)."""
    asked = run.ask(code_challenge="", code_challenge_method="")
    landing = await (await run.browser()).walk(run.url(asked))
    if landing.left and "code" in landing.answer:
        refused(await run.redeem(run.code_in(asked, landing)), "invalid_grant", "invalid_request")


@module("rfc9700-iss-in-authorization-response", PLAN)
async def issuer_in_answers(run: Run) -> None:
    """`iss` is in answers and in errors, exactly the issuer (RFC 9207)."""
    browser = await run.browser()
    asked = run.ask()
    landing = await browser.walk(run.url(asked))
    check(landing.answer.get("iss") == run.target.issuer, f"iss is {landing.answer.get('iss')!r} beside a code")
    for wishes in ({"response_type": "token"}, {"prompt": "none"}, {"scope": "nothing-known"}):
        asked = run.ask(**wishes)
        landing = await (await run.browser()).open(run.url(asked))
        if landing.left and "#" not in landing.left and "error" in landing.answer:
            check(landing.answer.get("iss") == run.target.issuer, f"iss is {landing.answer.get('iss')!r} for {wishes}")


@module("rfc9700-mix-up", PLAN)
async def mix_up(run: Run) -> None:
    """A code that came to one address is not taken with another, nor from another client (4.4)."""
    first, second = run.clients.first, run.clients.second
    code = await run.code(await run.browser(), first)
    refused(await run.redeem(code, redirect_uri=second.redirect_uri), "invalid_grant", "invalid_request")
    code = await run.code(await run.browser(), first)
    refused(await run.redeem(code, second, redirect_uri=second.redirect_uri), "invalid_grant")
    code = await run.code(await run.browser(), run.clients.public)
    refused(await run.redeem(code, first), "invalid_grant")
    refused(await run.redeem(await run.code(await run.browser()), code="made-by-another-issuer"), "invalid_grant")


@module("rfc9700-no-open-redirect-on-error", PLAN)
async def no_open_redirect(run: Run) -> None:
    """A request that is wrong in two ways is not sent to the wrong address with an error (4.11.2)."""
    evil = f"{LOOPBACK}/evil"
    for wishes in (
        {"redirect_uri": evil, "response_type": "token"},
        {"redirect_uri": evil, "scope": "nothing-known"},
        {"redirect_uri": evil, "prompt": "none"},
        {"redirect_uri": evil, "client_id": "nobody"},
        {"client_id": "nobody"},
        {"redirect_uri": "//127.0.0.1/evil", "response_type": ""},
        {"redirect_uri": "javascript:alert(1)", "response_type": "token"},
    ):
        landing = await (await run.browser()).open(run.url(run.ask(**wishes)))
        check(not landing.left, f"{wishes}: {landing.told()}")
        check(landing.page.status_code in (400, 401, 403), f"{wishes}: {landing.told()}")


@module("rfc9700-code-not-in-referer", PLAN)
async def no_leak_by_referer(run: Run) -> None:
    """No page on the way tells its address to others, none is kept by caches, and a form is never sent on by 307 (4.2, 4.12)."""
    browser = await run.browser()
    await run.code(browser)
    pages = [step for step in browser.steps if step.headers.get("content-type", "").startswith("text/html")]
    check(pages, "there was no page at all")
    for page in pages:
        where = urlsplit(str(page.request.url)).path
        policy = page.headers.get("referrer-policy", "").split(",")[-1].strip()
        check(policy in _SAFE, f"{where} has Referrer-Policy {policy!r}")
        check("no-store" in page.headers.get("cache-control", ""), f"{where} may be kept by caches")
    for step in browser.steps:
        check(step.status_code not in (307, 308), f"{step.request.method} is answered {step.status_code}")
        for name in ("code=", "access_token="):
            check(
                name not in urlsplit(str(step.request.url)).query or "next=" in str(step.request.url), "a code in a URL"
            )


@module("rfc9700-code-lives-60-seconds", PLAN, waits_s=61)
async def code_life(run: Run) -> None:
    """A code is good for a moment, and no longer than 60 seconds, for a public client as well."""
    browser = await run.browser()
    await run.tokens(browser, run.clients.public)
    code = await run.code(browser, run.clients.public)
    await asyncio.sleep(61)
    refused(await run.redeem(code), "invalid_grant")


@module("rfc9700-token-bound-to-audience", PLAN)
async def audience(run: Run) -> None:
    """A token made for another service, an ID token, and a refresh token are no access tokens here (2.3)."""
    browser = await run.browser()
    tokens = await run.tokens(browser, scope="openid profile offline_access", prompt="consent")

    async def ask(**wishes: str) -> str:
        code = await run.code(browser, **wishes)
        answer = await run.redeem(code, **{name: v for name, v in wishes.items() if name == "resource"})
        check(answer.status_code == 200, f"no token for another service: {answer.text[:200]}")
        return str(answer.json()["access_token"])

    check((await run.look(tokens.access)).status_code == 200, "the right token does not work")
    wrong = {
        "a token for another service": await run.target.foreign_token(ask),
        "an ID token": tokens.body["id_token"],
        "a refresh token": tokens.refresh,
    }
    for what, token in wrong.items():
        answer = await run.look(token)
        check(answer.status_code == 401, f"{what} is answered {answer.status_code}")


@module("rfc9700-no-grant-for-stopped-accounts", PLAN)
async def stopped_accounts(run: Run) -> None:
    """In every state but the active one: no code, no tokens for a code or a refresh token, nothing at userinfo."""
    for state in run.target.stopped_states:
        browser, person = await run.fresh()
        tokens = await run.tokens(browser, scope="openid profile offline_access", prompt="consent")
        code = await run.code(browser)
        await run.target.stop(person, state)
        answer = await run.redeem(code)
        check(answer.status_code in (400, 401), f"{state}: a code is answered {answer.status_code}")
        refused(await run.refresh(tokens.refresh, tokens.asked.client), "invalid_grant")
        seen = await run.look(tokens.access)
        check(seen.status_code == 401, f"{state}: userinfo is answered {seen.status_code}")
        asked = run.ask()
        landing = await browser.walk(run.url(asked))
        check(not landing.left or "code" not in landing.answer, f"{state}: a code was given")
