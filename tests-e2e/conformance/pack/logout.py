"""OpenID Connect RP-initiated and back-channel logout."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from conformance.pack.browser import Browser, Landing
from conformance.pack.compact import claims_in, header_of
from conformance.pack.modules import check, module
from conformance.pack.proofs import verified
from conformance.pack.target import LOOPBACK
from conformance.pack.walk import Run, Tokens, refused

PLAN = "logout"
STATE = "after-sign-out"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
_SENT_WITHIN_S = 10
_LONGEST_LIFE_S = 300


async def _signed_in(run: Run) -> tuple[Browser, Tokens]:
    browser = await run.browser()
    tokens = await run.tokens(browser)
    check(await run.is_signed_in(browser), "the browser is not signed in after signing in")
    return browser, tokens


def _request(run: Run, tokens: Tokens, **changed: str) -> str:
    whole = {
        "id_token_hint": tokens.body["id_token"],
        "post_logout_redirect_uri": tokens.asked.client.after_sign_out,
        "state": STATE,
    }
    given = {name: value for name, value in (whole | changed).items() if value}
    return f"{run.metadata['end_session_endpoint']}{'?' if given else ''}{urlencode(given)}"


async def _is_not_sent_back(run: Run, landing: Landing) -> None:
    check(not landing.left, f"the browser {landing.told()}")
    check(landing.page.status_code < 500, f"{landing.told()}")


@module("oidcc-rp-initiated-logout", PLAN)
async def sign_out(run: Run) -> None:
    """Signed out, and back at the client with the state."""
    browser, tokens = await _signed_in(run)
    landing = await browser.walk(_request(run, tokens))
    check(landing.left.startswith(tokens.asked.client.after_sign_out), f"the browser {landing.told()}")
    check(landing.answer == {"state": STATE}, f"the client got {landing.answer}")
    check(not await run.is_signed_in(browser), "prompt=none still gives a code")


@module("oidcc-rp-initiated-logout-no-state", PLAN)
async def without_state(run: Run) -> None:
    """No state sent, none returned."""
    browser, tokens = await _signed_in(run)
    landing = await browser.walk(_request(run, tokens, state=""))
    check(landing.left.startswith(tokens.asked.client.after_sign_out), f"the browser {landing.told()}")
    check(landing.answer == {}, f"the client got {landing.answer}")
    check(not await run.is_signed_in(browser), "prompt=none still gives a code")


@module("oidcc-rp-initiated-logout-bad-id-token-hint", PLAN)
async def hint_of_somebody_else(run: Run) -> None:
    """A hint signed by another key: no redirect, and nobody is signed out without being asked."""
    browser, tokens = await _signed_in(run)
    key = RSAKey.generate_key(2048, private=True)
    header = {"alg": "RS256", "kid": header_of(tokens.body["id_token"])["kid"]}
    forged = jwt.encode(header, claims_in(tokens.body["id_token"]), key, algorithms=["RS256"])
    url = _request(run, tokens, id_token_hint=forged)
    await _is_not_sent_back(run, await browser.open(url))
    check(await run.is_signed_in(browser), "a forged hint signed somebody out unasked")
    await _is_not_sent_back(run, await browser.walk(url))


@module("oidcc-rp-initiated-logout-modified-id-token-hint", PLAN)
async def hint_without_signature(run: Run) -> None:
    """A hint changed to alg none: the same."""
    browser, tokens = await _signed_in(run)
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    unsigned = f"{head}.{tokens.body['id_token'].split('.')[1]}."
    url = _request(run, tokens, id_token_hint=unsigned)
    await _is_not_sent_back(run, await browser.open(url))
    check(await run.is_signed_in(browser), "an unsigned hint signed somebody out unasked")
    await _is_not_sent_back(run, await browser.walk(url))


@module("oidcc-rp-initiated-logout-no-id-token-hint", PLAN)
async def without_hint(run: Run) -> None:
    """No hint: the person is asked, and there is no redirect, because nobody knows for whom."""
    browser, tokens = await _signed_in(run)
    url = _request(run, tokens, id_token_hint="")
    await _is_not_sent_back(run, await browser.open(url))
    check(await run.is_signed_in(browser), "a link alone signed somebody out")
    await _is_not_sent_back(run, await browser.walk(url))


@module("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", PLAN)
async def unregistered_address(run: Run) -> None:
    """An address that is not registered is not gone to."""
    browser, tokens = await _signed_in(run)
    for uri in (f"{LOOPBACK}/elsewhere", run.clients.second.after_sign_out, tokens.asked.client.redirect_uri):
        await _is_not_sent_back(run, await browser.walk(_request(run, tokens, post_logout_redirect_uri=uri)))


@module("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", PLAN)
async def query_added(run: Run) -> None:
    """Nor a registered one with a query added."""
    browser, tokens = await _signed_in(run)
    uri = f"{tokens.asked.client.after_sign_out}?foo=bar"
    await _is_not_sent_back(run, await browser.walk(_request(run, tokens, post_logout_redirect_uri=uri)))


@module("oidcc-rp-initiated-logout-only-state", PLAN)
async def only_state(run: Run) -> None:
    """Only a state: signed out after being asked, and no redirect."""
    browser, tokens = await _signed_in(run)
    landing = await browser.walk(_request(run, tokens, id_token_hint="", post_logout_redirect_uri=""))
    await _is_not_sent_back(run, landing)
    check(not await run.is_signed_in(browser), "prompt=none still gives a code")


@module("oidcc-rp-initiated-logout-no-params", PLAN)
async def without_anything(run: Run) -> None:
    """Nothing at all: the same."""
    browser, tokens = await _signed_in(run)
    landing = await browser.walk(_request(run, tokens, id_token_hint="", post_logout_redirect_uri="", state=""))
    await _is_not_sent_back(run, landing)
    check(not await run.is_signed_in(browser), "prompt=none still gives a code")


@module("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", PLAN)
async def without_address(run: Run) -> None:
    """A hint and no address: signed out, and no redirect."""
    browser, tokens = await _signed_in(run)
    await _is_not_sent_back(run, await browser.walk(_request(run, tokens, post_logout_redirect_uri="")))
    check(not await run.is_signed_in(browser), "prompt=none still gives a code")


@module("oidcc-backchannel-rp-initiated-logout", PLAN)
async def back_channel(run: Run) -> None:
    """Signing out at one client tells it and every other client of the session; its refresh tokens are dead."""
    browser = await run.browser()
    first = await run.tokens(browser, run.clients.first)
    second = await run.tokens(browser, run.clients.second)
    check(run.metadata.get("backchannel_logout_supported") is True, "discovery does not offer back-channel logout")
    await browser.walk(_request(run, first))
    seen = set()
    for tokens in (first, second):
        client = tokens.asked.client
        mine = await run.target.receiver.logout_tokens(client.id, tokens.claims["sub"], within_s=_SENT_WITHIN_S)
        check(len(mine) == 1, f"{client.id} was told {len(mine)} times")
        seen.add(await _logout_token(run, mine[0], tokens))
    check(len(seen) == 2, "two logout tokens have the same jti")
    refused(await run.refresh(first.refresh, run.clients.first), "invalid_grant")


async def _logout_token(run: Run, form: dict[str, list[str]], tokens: Tokens) -> str:
    """Check a logout token (Back-Channel Logout, 2.4); returns its jti."""
    check(list(form) == ["logout_token"], f"the form has {list(form)}")
    token = form["logout_token"][0]
    check(header_of(token).get("typ", "logout+jwt") == "logout+jwt", f"typ is {header_of(token).get('typ')!r}")
    claims = verified(token, await run.keys())
    check(claims.get("iss") == run.target.issuer, f"iss is {claims.get('iss')!r}")
    check(claims.get("aud") in (tokens.asked.client.id, [tokens.asked.client.id]), f"aud is {claims.get('aud')!r}")
    check(claims.get("events") == {EVENT: {}}, f"events is {claims.get('events')!r}")
    check("nonce" not in claims, "a logout token has no nonce")
    check(isinstance(claims.get("iat"), int) and abs(claims["iat"] - time.time()) < _LONGEST_LIFE_S, "iat is not now")
    check(time.time() < claims.get("exp", 0) <= time.time() + _LONGEST_LIFE_S, f"exp is {claims.get('exp')!r}")
    check("sid" in claims or "sub" in claims, "it names neither session nor subject")
    check(claims.get("sid") == tokens.claims.get("sid"), "sid is not the ID token's")
    check(claims.get("jti"), "there is no jti")
    return str(claims["jti"])
