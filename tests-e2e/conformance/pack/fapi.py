"""The negatives of the FAPI 2 security profile that hold without PAR, too. A `par-` module asks the plain endpoint."""

from __future__ import annotations

import asyncio
import time

from conformance.pack.modules import check, module
from conformance.pack.proofs import ASSERTION_TYPE, assertion
from conformance.pack.walk import Asked, Code, Run, refused, token_answer

PLAN = "fapi"
_NAME = "fapi2-security-profile-final"
_CODE_LIFE_S = 60
_SPEC_REFUSALS = ("invalid_grant", "invalid_request")


async def no_code(run: Run, asked: Asked, *errors: str) -> None:
    """Check that a request by somebody signed in gets no code: an error for the client, or a page."""
    browser = await run.browser()
    await run.tokens(browser, asked.client)
    landing = await browser.walk(run.url(asked))
    if not landing.left:
        check(landing.page.status_code >= 400, f"no error: {landing.told()}")
        return
    check(landing.left.startswith(asked.client.redirect_uri), f"the browser {landing.told()}")
    check("#" not in landing.left or "error=" in landing.left, "something came in the fragment")
    answer = landing.answer if "#" not in landing.left else {"error": "in the fragment"}
    check("code" not in answer, "a code came")
    check(answer.get("error") in (*errors, "in the fragment"), f"the error is {answer.get('error')!r}")


@module(f"{_NAME}-ensure-pkce-code-verifier-required", PLAN)
async def verifier_required(run: Run) -> None:
    """No verifier, no token."""
    code = await run.code(await run.browser())
    refused(await run.redeem(code, code_verifier=""), *_SPEC_REFUSALS)


@module(f"{_NAME}-incorrect-pkce-code-verifier-rejected", PLAN)
async def wrong_verifier(run: Run) -> None:
    """Another verifier, no token."""
    code = await run.code(await run.browser())
    refused(await run.redeem(code, code_verifier="x" * 64), "invalid_grant")


@module(f"{_NAME}-par-plain-pkce-rejected", PLAN)
async def plain_pkce(run: Run) -> None:
    """code_challenge_method=plain gets no code."""
    for client in (run.clients.first, run.clients.public):
        await no_code(run, run.ask(client, code_challenge="v" * 64, code_challenge_method="plain"), "invalid_request")


@module(f"{_NAME}-par-ensure-pkce-required", PLAN)
async def pkce_required(run: Run) -> None:
    """A request without a challenge gets no code."""
    for client in (run.clients.first, run.clients.public):
        await no_code(run, run.ask(client, code_challenge="", code_challenge_method=""), "invalid_request")


@module(f"{_NAME}-ensure-authorization-code-is-bound-to-client", PLAN)
async def bound_to_client(run: Run) -> None:
    """The second client, with its own proof, cannot use the first one's code."""
    code = await run.code(await run.browser(), run.clients.first)
    refused(await run.redeem(code, run.clients.second), "invalid_grant")


@module(f"{_NAME}-ensure-token-endpoint-fails-with-expired-auth-code", PLAN, waits_s=62)
async def expired_code(run: Run) -> None:
    """A code first used after 62 seconds."""
    code = await run.code(await run.browser())
    await asyncio.sleep(_CODE_LIFE_S + 2)
    refused(await run.redeem(code), "invalid_grant")


@module(f"{_NAME}-ensure-response-type-token-fails", PLAN)
async def implicit(run: Run) -> None:
    """response_type=token."""
    await no_code(
        run, run.ask(response_type="token"), "unsupported_response_type", "unauthorized_client", "invalid_request"
    )


@module(f"{_NAME}-ensure-response-type-code-idtoken-fails", PLAN)
async def hybrid(run: Run) -> None:
    """response_type=code id_token."""
    asked = run.ask(response_type="code id_token")
    await no_code(run, asked, "unsupported_response_type", "unauthorized_client", "invalid_request")


@module(f"{_NAME}-ensure-redirect-uri-in-authorization-request", PLAN)
async def address_must_be_named(run: Run) -> None:
    """No redirect_uri in the request: a page, and no redirect, though only one is registered."""
    asked = run.ask()
    del asked.parameters["redirect_uri"]
    landing = await (await run.browser()).walk(run.url(asked))
    check(not (landing.left and "code" in landing.answer), f"a code came without a named address: {landing.told()}")


@module(f"{_NAME}-attempt-reuse-authorization-code-after-one-second", PLAN)
async def code_reuse(run: Run) -> None:
    """A code used again a second later, by a public client; its tokens die."""
    tokens = await run.tokens(await run.browser(), run.clients.public)
    await asyncio.sleep(1)
    refused(await run.redeem_again(tokens), "invalid_grant")
    check((await run.look(tokens.access)).status_code == 401, "the access token lives on after its code was used twice")


@module(f"{_NAME}-user-rejects-authentication", PLAN)
async def person_refuses(run: Run) -> None:
    """The person refuses: the client gets access_denied, with state and iss."""
    asked = run.ask()
    landing = await (await run.browser()).walk(run.url(asked), refuse=True)
    check(landing.left.startswith(asked.client.redirect_uri), f"no answer for the client: {landing.told()}")
    answer = landing.answer
    check(answer.get("error") == "access_denied", f"the client got {sorted(answer)}: {answer.get('error')!r}")
    check(answer.get("state") == asked.parameters["state"], "the error does not carry the state")
    check(answer.get("iss") == run.target.issuer, f"iss is {answer.get('iss')!r}")


@module(f"{_NAME}-access-token-type-header-case-sensitivity", PLAN)
async def scheme_in_any_case(run: Run) -> None:
    """`bearer` and `BEARER` are Bearer (RFC 9110, 11.1)."""
    tokens = await run.tokens(await run.browser())
    for scheme in ("bearer", "BEARER", "BeArEr"):
        answer = await run.look(tokens.access, scheme)
        check(answer.status_code == 200, f"{scheme} is answered {answer.status_code}")


@module(f"{_NAME}-ensure-authorization-request-with-long-state", PLAN)
async def long_state(run: Run) -> None:
    """A state of 384 characters comes back whole."""
    await run.tokens(await run.browser(), state="s1~-._" * 64)


@module(f"{_NAME}-ensure-authorization-request-with-long-nonce", PLAN)
async def long_nonce(run: Run) -> None:
    """A nonce of 384 characters comes back whole."""
    await run.tokens(await run.browser(), nonce="n1~-._" * 64)


@module(f"{_NAME}-refresh-token", PLAN, waits_s=12)
async def rotation(run: Run) -> None:
    """A refresh token is replaced by its use; used again after the grace, it takes all of its family along."""
    client = run.clients.public
    tokens = await run.tokens(await run.browser(), client, scope="openid offline_access", prompt="consent")
    renewed = token_answer(await run.refresh(tokens.refresh, client))
    check(renewed.get("refresh_token") not in (None, tokens.refresh), "the refresh token was not replaced")
    await asyncio.sleep(run.target.refresh_grace_s + 1)
    refused(await run.refresh(tokens.refresh, client), "invalid_grant")
    refused(await run.refresh(renewed["refresh_token"], client), "invalid_grant")


async def _by_assertion(run: Run, **changed: int | str) -> tuple[int, str | None]:
    """The token endpoint's status and error for a code presented with a changed assertion."""
    client = run.clients.signer
    code: Code = await run.code(await run.browser(), client)
    proof = assertion(client, run.target.issuer, **changed)
    answer = await run.redeem(code, client_assertion=proof, client_assertion_type=ASSERTION_TYPE)
    return answer.status_code, answer.json().get("error")


@module(f"{_NAME}-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", PLAN)
async def clock_a_little_ahead(run: Run) -> None:
    """A client's clock may be 8 seconds ahead."""
    now = int(time.time())
    status, error = await _by_assertion(run, iat=now + 8, nbf=now + 8, exp=now + 68)
    check(status == 200, f"answered {status} {error}")


@module(f"{_NAME}-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", PLAN)
async def clock_far_ahead(run: Run) -> None:
    """A clock more than a minute ahead is not believed."""
    now = int(time.time())
    status, error = await _by_assertion(run, iat=now + 75, nbf=now + 75, exp=now + 135)
    check(status in (400, 401) and error == "invalid_client", f"answered {status} {error}")


@module(f"{_NAME}-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", PLAN)
async def assertion_expired(run: Run) -> None:
    """An assertion that ended five minutes ago; and a good one is good once only."""
    now = int(time.time())
    status, error = await _by_assertion(run, iat=now - 360, nbf=now - 360, exp=now - 300)
    check(status in (400, 401) and error == "invalid_client", f"answered {status} {error}")
    client = run.clients.signer
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    proof = assertion(client, run.metadata["token_endpoint"])
    token_answer(await run.at_token_endpoint(client, client_assertion=proof, **form))
    again = await run.at_token_endpoint(client, client_assertion=proof, **form)
    check(again.status_code in (400, 401), "the same assertion was taken twice")
