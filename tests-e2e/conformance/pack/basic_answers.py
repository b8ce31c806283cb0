"""OpenID Connect Basic OP: requests and their answers, ID tokens, userinfo."""

from __future__ import annotations

from urllib.parse import urlencode

from conformance.pack.compact import header_of
from conformance.pack.modules import Failed, check, module
from conformance.pack.walk import Run, Tokens

PLAN = "basic"


async def claims_of(run: Run, tokens: Tokens) -> dict[str, object]:
    """What userinfo says, for the right subject."""
    answer = await run.look(tokens.access)
    check(answer.status_code == 200, f"userinfo answered {answer.status_code} {answer.text[:200]}")
    claims = dict(answer.json())
    check(claims.get("sub") == tokens.claims["sub"], "userinfo tells of another subject than the ID token")
    return claims


@module("oidcc-server", PLAN)
async def happy(run: Run) -> None:
    """The whole flow, client_secret_basic."""
    browser = await run.browser()
    tokens = await run.tokens(browser, run.clients.first)
    check(tokens.typed, "nobody had to sign in")
    await claims_of(run, tokens)


@module("oidcc-server-client-secret-post", PLAN)
async def secret_in_the_form(run: Run) -> None:
    """The same with client_secret_post."""
    await claims_of(run, await run.tokens(await run.browser(), run.clients.second))
    wrong = await run.code(await run.browser(), run.clients.second)
    answer = await run.redeem(wrong, client_secret="wrong")
    check(
        answer.status_code in (400, 401) and answer.json().get("error") == "invalid_client", "a wrong secret is taken"
    )


@module("oidcc-response-type-missing", PLAN)
async def no_response_type(run: Run) -> None:
    """No response_type: an error for the client, or a page."""
    asked = run.ask(response_type="")
    landing = await (await run.browser()).open(run.url(asked))
    if landing.left:
        check(landing.left.startswith(asked.parameters["redirect_uri"]), f"the browser {landing.told()}")
        error = landing.answer.get("error")
        check(error in ("invalid_request", "unsupported_response_type"), f"the error is {error!r}")
        check(landing.answer.get("state") == asked.parameters["state"], "the error does not carry the state")
    else:
        check(landing.page.status_code >= 400, f"no error: {landing.told()}")


@module("oidcc-alternate-happy-flow", PLAN)
async def reversed_order(run: Run) -> None:
    """Parameters and scopes in the other order."""
    asked = run.ask(scope="phone email profile openid")
    turned = dict(reversed(asked.parameters.items()))
    url = f"{run.metadata['authorization_endpoint']}?{urlencode(turned)}"
    await claims_of(run, await run.tokens_for(run.code_in(asked, await (await run.browser()).walk(url))))


@module("oidcc-ensure-post-request-succeeds", PLAN)
async def request_by_post(run: Run) -> None:
    """The authorisation request as a form."""
    asked = run.ask()
    landing = await (await run.browser()).walk(run.metadata["authorization_endpoint"], asked.parameters)
    await run.tokens_for(run.code_in(asked, landing))


@module("oidcc-ensure-request-with-unknown-parameter-succeeds", PLAN)
async def unknown_parameter(run: Run) -> None:
    """A parameter nobody knows is passed over."""
    await run.tokens(await run.browser(), extra="foobar")


@module("oidcc-idtoken-signature", PLAN)
async def signed_with_rs256(run: Run) -> None:
    """RS256, with the kid of a published key; `tokens` verifies it."""
    tokens = await run.tokens(await run.browser())
    header = header_of(tokens.body["id_token"])
    check(header.get("alg") == "RS256" and header.get("kid"), f"the header is {header}")
    key = next(key for key in (await run.keys())["keys"] if key["kid"] == header["kid"])
    check(key.get("kty") == "RSA" and key.get("use", "sig") == "sig", f"the key is for {key.get('use')}")


@module("oidcc-idtoken-unsigned", PLAN)
async def never_unsigned(run: Run) -> None:
    """`none` is offered to nobody: a client that did not register for it gets a signed one."""
    tokens = await run.tokens(await run.browser())
    check(header_of(tokens.body["id_token"]).get("alg") != "none", "the ID token is not signed")
    check("none" not in run.metadata["id_token_signing_alg_values_supported"], "`none` is offered for ID tokens")


@module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", PLAN)
async def without_nonce(run: Run) -> None:
    """No nonce asked, none in the ID token."""
    tokens = await run.tokens(await run.browser(), nonce="")
    check("nonce" not in tokens.claims, "a nonce came that was not sent")


@module("oidcc-userinfo-get", PLAN)
async def userinfo_by_get(run: Run) -> None:
    """GET with the token in the header."""
    await claims_of(run, await run.tokens(await run.browser()))
    answer = await run.web.get(run.metadata["userinfo_endpoint"])
    check(answer.status_code == 401, f"without a token userinfo answers {answer.status_code}")
    check("bearer" in answer.headers.get("www-authenticate", "").lower(), "401 does not say WWW-Authenticate: Bearer")


@module("oidcc-userinfo-post-header", PLAN)
async def userinfo_by_post(run: Run) -> None:
    """POST with the token in the header."""
    tokens = await run.tokens(await run.browser())
    proof = {"Authorization": f"Bearer {tokens.access}"}
    answer = await run.web.post(run.metadata["userinfo_endpoint"], headers=proof)
    check(answer.status_code == 200, f"userinfo answered {answer.status_code} to POST")
    check(answer.json().get("sub") == tokens.claims["sub"], "userinfo tells of another subject")


@module("oidcc-userinfo-post-body", PLAN)
async def userinfo_by_form(run: Run) -> None:
    """POST with the token in the form: a server may refuse it, and the plan only warns."""
    tokens = await run.tokens(await run.browser())
    answer = await run.web.post(run.metadata["userinfo_endpoint"], data={"access_token": tokens.access})
    if answer.status_code != 200:
        run.warn(f"the token in a form is answered {answer.status_code}")
        check(answer.status_code in (400, 401), f"it is answered {answer.status_code}")
    else:
        check(answer.json().get("sub") == tokens.claims["sub"], "userinfo tells of another subject")


async def _with_scope(run: Run, *scopes: str) -> None:
    tokens = await run.tokens(await run.browser(), scope=" ".join(("openid", *scopes)))
    told = await claims_of(run, tokens) | tokens.claims
    offered = run.metadata["scopes_supported"]
    for scope in scopes:
        if scope not in offered:
            raise Failed(f"scope {scope} is not offered")
        missing = [name for name in run.target.claims[scope] if name not in told]
        check(not missing, f"scope {scope} gave no {missing}")
    for scope in set(run.target.claims) - set(scopes):
        given = [name for name in run.target.claims[scope] if name in told]
        check(not given, f"{given} came although {scope} was not asked for")


@module("oidcc-scope-profile", PLAN)
async def scope_profile(run: Run) -> None:
    """Scope profile, and no other's claims."""
    await _with_scope(run, "profile")


@module("oidcc-scope-email", PLAN)
async def scope_email(run: Run) -> None:
    """Scope email."""
    await _with_scope(run, "email")


@module("oidcc-scope-address", PLAN)
async def scope_address(run: Run) -> None:
    """Scope address."""
    await _with_scope(run, "address")


@module("oidcc-scope-phone", PLAN)
async def scope_phone(run: Run) -> None:
    """Scope phone."""
    await _with_scope(run, "phone")


@module("oidcc-scope-all", PLAN)
async def scope_all(run: Run) -> None:
    """All four at once."""
    await _with_scope(run, "profile", "email", "address", "phone")
