"""OpenID Connect Basic OP: codes, registered addresses, PKCE, refresh."""

from __future__ import annotations

import asyncio
import re

from conformance.pack.modules import check, module
from conformance.pack.proofs import verified
from conformance.pack.target import LOOPBACK
from conformance.pack.walk import Run, refused, token_answer

PLAN = "basic"
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_LEAST_ENTROPY_CHARACTERS = 22  # 128 bits in base64url


@module("oidcc-codereuse", PLAN)
async def code_reuse(run: Run) -> None:
    """A code used again at once."""
    tokens = await run.tokens(await run.browser(), run.clients.first)
    refused(await run.redeem_again(tokens), "invalid_grant")


@module("oidcc-codereuse-30seconds", PLAN, waits_s=30)
async def code_reuse_later(run: Run) -> None:
    """A code used again after 30 seconds; the first tokens die of it."""
    tokens = await run.tokens(await run.browser(), run.clients.first)
    check((await run.look(tokens.access)).status_code == 200, "the access token does not work")
    await asyncio.sleep(30)
    refused(await run.redeem_again(tokens), "invalid_grant")
    check((await run.look(tokens.access)).status_code == 401, "the access token lives on after its code was used twice")
    if refresh := tokens.body.get("refresh_token"):
        refused(await run.refresh(refresh, run.clients.first), "invalid_grant")


@module("oidcc-ensure-registered-redirect-uri", PLAN)
async def unregistered_address(run: Run) -> None:
    """An address that is not registered, in ten disguises: a page, and no redirect."""
    good = run.clients.first.redirect_uri
    for uri in (
        f"{LOOPBACK}/elsewhere",
        f"{good}/more",
        f"{good}?more=1",
        f"{good}/../elsewhere",
        f"{good}#part",
        good.replace("127.0.0.1", "127.0.0.1.example.org"),
        good.replace("http://", "http://somebody@"),
        good.replace("127.0.0.1", "localhost"),
        good.upper(),
        run.clients.second.redirect_uri,
    ):
        landing = await (await run.browser()).walk(run.url(run.ask(redirect_uri=uri)))
        check(not landing.left, f"{uri}: {landing.told()}")
        check(landing.page.status_code in (400, 403), f"{uri}: {landing.told()}")


@module("oidcc-ensure-request-with-valid-pkce-succeeds", PLAN)
async def valid_pkce(run: Run) -> None:
    """PKCE with S256, by a public client."""
    await run.tokens(await run.browser(), run.clients.public)


@module("oidcc-refresh-token", PLAN)
async def refresh_token(run: Run) -> None:
    """A refresh: characters and entropy, new tokens, the same person, a call that works; another client cannot use it."""
    first, second = run.clients.first, run.clients.second
    wish = {"scope": "openid profile offline_access", "prompt": "consent"}
    tokens = await run.tokens(await run.browser(), first, **wish)
    for token in (tokens.access, tokens.refresh):
        check(_TOKEN.fullmatch(token), "a token has characters it may not have")
        check(len(token) >= _LEAST_ENTROPY_CHARACTERS, "a token is too short to be unguessable")
    await asyncio.sleep(1)
    answer = token_answer(await run.refresh(tokens.refresh, first))
    check(answer["access_token"] != tokens.access, "the access token is the old one")
    if "id_token" in answer:
        claims = verified(answer["id_token"], await run.keys())
        for name in ("iss", "sub", "aud", "auth_time", "azp"):
            check(claims.get(name) == tokens.claims.get(name), f"{name} is another one after the refresh")
        check(claims["iat"] >= tokens.claims["iat"], "iat went back")
    check((await run.look(answer["access_token"])).status_code == 200, "the new access token does not work")
    other = await run.tokens(await run.browser(), second, **wish)
    refused(await run.refresh(other.refresh, first), "invalid_grant")
    token_answer(await run.refresh(other.refresh, second))
