"""OpenID Connect Config OP, and key rotation."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.pack.compact import header_of
from conformance.pack.modules import check, module
from conformance.pack.proofs import verified
from conformance.pack.walk import Run

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")


@module("oidcc-discovery-endpoint-verification", "config")
async def discovery(run: Run) -> None:
    """The discovery document: issuer, endpoints, what is offered; and the key set."""
    answer = await run.web.get(f"{run.target.issuer}/.well-known/openid-configuration")
    check(answer.status_code == 200, f"discovery answered {answer.status_code}")
    check(answer.headers["content-type"].startswith("application/json"), "discovery is not JSON")
    told = answer.json()
    check(told.get("issuer") == run.target.issuer, f"issuer is {told.get('issuer')!r}")
    for name in _ENDPOINTS:
        parts = urlsplit(told.get(name, ""))
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        check(secure and not parts.fragment, f"{name} is {told.get(name)!r}")
    for name, least in {
        "response_types_supported": {"code"},
        "subject_types_supported": set(),
        "id_token_signing_alg_values_supported": {"RS256"},
        "scopes_supported": {"openid"},
        "claims_supported": {"sub"},
        "token_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post"},
        "grant_types_supported": {"authorization_code", "refresh_token"},
        "code_challenge_methods_supported": {"S256"},
    }.items():
        check(isinstance(told.get(name), list) and told[name], f"{name} is missing")
        check(least <= set(told[name]), f"{name} is {told[name]}")
    check("plain" not in told["code_challenge_methods_supported"], "plain PKCE is offered")
    check(set(told["subject_types_supported"]) <= {"public", "pairwise"}, "subject_types_supported has unknown ones")
    check(told.get("authorization_response_iss_parameter_supported") is True, "`iss` in answers is not promised")
    keys = (await run.keys())["keys"]
    check(keys and len({key.get("kid") for key in keys}) == len(keys), "keys without a kid of their own")
    check(not any(part in key for key in keys for part in ("d", "p", "q", "k")), "the set holds a private key")


@module("oidcc-server-rotate-keys", "config", alone=True)
async def rotate_keys(run: Run) -> None:
    """After a rotation the next token is signed by another key, and the one before still verifies."""
    browser = await run.browser()
    before = await run.tokens(browser)
    old = header_of(before.body["id_token"])["kid"]
    await run.target.rotate_keys()
    after = await run.tokens(await run.browser())
    new = header_of(after.body["id_token"])["kid"]
    check(new != old, "the key that signs is still the old one")
    verified(before.body["id_token"], await run.keys())
    check((await run.look(before.access)).status_code == 200, "an access token from before the rotation is refused")
    asked = run.ask(prompt="none", id_token_hint=before.body["id_token"])
    check("code" in (await browser.open(run.url(asked))).answer, "an ID token from before is no hint any more")
