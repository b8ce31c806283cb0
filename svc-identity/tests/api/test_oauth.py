"""The provider against everything OAuth 2.1, OpenID Connect and RFC 9700 forbid, and what they ask for."""

import asyncio
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.database import Sight
from identity.actions.suspend import suspend_deceased
from identity.models import AuthorisationCode, RefreshToken, SignedIn
from identity.queries import account_of
from identity.seeds import HOLDERS

HEAD = HOLDERS[0]
VERIFIER = "v" * 64
SYSTEM = Sight.system("test")


@pytest.fixture
def signed_in(seeded):
    async def sign_in():
        browser = seeded.browser()
        assert (await browser.sign_in(HEAD.number, mobile=HEAD.mobile)).status_code == 303
        return browser

    return sign_in


async def code_of(browser, driving, **wishes):
    answer = await browser.get(driving.authorise_url(VERIFIER, **wishes))
    return driving.query_of(answer.headers["location"])["code"]


async def test_a_request_that_is_not_in_order_gets_no_code(seeded, driving, signed_in):
    browser = await signed_in()
    to_the_client = [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"response_type": 'co"de'}, "invalid_request"),
        ({"scope": "nothing-we-know"}, "invalid_scope"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://example.org/r"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ]
    for changed, error in to_the_client:
        answer = await browser.get(driving.authorise_url(VERIFIER, **changed))
        assert answer.status_code == 303, (changed, answer.status_code)
        assert answer.headers["location"].startswith(driving.REDIRECT + "?"), changed
        given = driving.query_of(answer.headers["location"])
        assert (given["error"], given["state"], given["iss"]) == (error, "the-state", driving.ISSUER), changed
    doubled = await browser.get(driving.authorise_url(VERIFIER) + "&scope=openid")
    assert driving.query_of(doubled.headers["location"])["error"] == "invalid_request"


async def test_an_address_that_is_not_registered_is_never_redirected_to(seeded, driving, signed_in):
    browser = await signed_in()
    for changed in (
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": ""},
        {"redirect_uri": "http://127.0.0.1:51234/callback/../other"},
        {"redirect_uri": "http://127.0.0.1/callback/more"},
        {"redirect_uri": "http://127.0.0.1/callback@evil.example"},
        {"redirect_uri": "http://127.0.0.1:51234/callback?more=1"},
        {"redirect_uri": "http://user@127.0.0.1:51234/callback"},
        {"redirect_uri": "http://localhost:51234/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example:51234/callback"},
        {"redirect_uri": "http://127.0.0.1:51234/\u0645"},
        {"client_id": "nobody"},
        {"client_id": "\u0645\x00"},
        {"client_id": ""},
        {"client_id": "portal"},
    ):
        answer = await browser.get(driving.authorise_url(VERIFIER, **changed))
        assert answer.status_code == 400, changed
        assert "location" not in answer.headers
        assert "script" not in answer.text


async def test_a_code_is_good_once_for_its_client_address_and_verifier(seeded, driving, signed_in):
    browser = await signed_in()
    wrong = [
        {"client_id": "portal"},
        {"redirect_uri": "http://127.0.0.1:51234/other"},
        {"code_verifier": "w" * 64},
        {"code_verifier": "short"},
    ]
    for changed in wrong:
        code = await code_of(browser, driving)
        refused = await seeded.exchange(code, VERIFIER, **changed)
        assert refused.status_code in (400, 401), changed
        assert refused.json()["error"] in ("invalid_grant", "invalid_request"), changed
        assert refused.headers["cache-control"] == "no-store"
    code = await code_of(browser, driving)
    missing = await seeded.web().post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "client_id": "demo", "code": code, "redirect_uri": driving.REDIRECT},
    )
    assert missing.json()["error"] == "invalid_request"
    code = await code_of(browser, driving)
    tokens = (await seeded.exchange(code, VERIFIER)).json()
    assert (await seeded.exchange(code, VERIFIER)).json()["error"] == "invalid_grant"
    # A second use ends what the first one gave.
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_of_many_exchanges_of_one_code_at_once_one_succeeds(seeded, driving, signed_in):
    code = await code_of(await signed_in(), driving)
    answers = await asyncio.gather(*(seeded.exchange(code, VERIFIER) for _ in range(20)))
    assert sum(answer.status_code == 200 for answer in answers) <= 1
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(RefreshToken)) == 1


async def test_a_code_older_than_its_minute_is_refused(seeded, driving, signed_in):
    code = await code_of(await signed_in(), driving)
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(AuthorisationCode).values(expires_at=sa.func.now()))
    assert (await seeded.exchange(code, VERIFIER)).json()["error"] == "invalid_grant"


async def test_refresh_tokens_rotate_repeat_within_the_grace_and_die_when_reused(seeded, driving, signed_in):
    first = (await seeded.tokens(await signed_in()))["refresh_token"]
    assert (await seeded.refresh(first, "portal")).json()["error"] == "invalid_grant"
    answers = await asyncio.gather(*(seeded.refresh(first) for _ in range(20)))
    given = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
    assert len(given) == 1
    successor = given.pop()
    assert successor != first
    async with seeded.service.database.transaction(SYSTEM) as session:
        aged = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, 60)
        await session.execute(sa.update(RefreshToken).where(RefreshToken.used_at.is_not(None)).values(used_at=aged))
    assert (await seeded.refresh(first)).json()["error"] == "invalid_grant"
    assert (await seeded.refresh(successor)).json()["error"] == "invalid_grant"
    async with seeded.service.database.transaction(SYSTEM) as session:
        reasons = set(await session.scalars(sa.select(RefreshToken.revoked_for)))
    assert reasons == {"refresh token used again"}


async def test_revocation_ends_the_family_and_only_for_its_own_client(seeded, driving, signed_in):
    token = (await seeded.tokens(await signed_in()))["refresh_token"]
    web = seeded.web()
    foreign = await web.post("/oauth/revoke", data={"token": token, "client_id": "portal"})
    assert foreign.status_code == 400
    assert (await seeded.refresh(token)).status_code == 200
    renewed = (await seeded.refresh(token)).json()["refresh_token"]
    assert (await web.post("/oauth/revoke", data={"token": renewed, "client_id": "demo"})).status_code == 200
    assert (await seeded.refresh(renewed)).json()["error"] == "invalid_grant"
    unknown = await web.post("/oauth/revoke", data={"token": "unknown", "client_id": "demo"})
    assert unknown.status_code == 200


async def test_no_grant_serves_an_account_that_is_no_longer_active(seeded, driving, signed_in):
    browser = await signed_in()
    tokens = await seeded.tokens(browser)
    code = await code_of(browser, driving)
    async with seeded.service.database.transaction(SYSTEM) as session:
        account = await account_of(session, HEAD.number, lock=True)
        await suspend_deceased(seeded.service, session, account)
    assert (await seeded.exchange(code, VERIFIER)).json()["error"] == "invalid_grant"
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    to_sign_in = await browser.get(driving.authorise_url(VERIFIER))
    assert to_sign_in.headers["location"].startswith("/sign-in?")
    refused = await seeded.browser().password(HEAD.number)
    assert refused.status_code == 403
    userinfo = await seeded.web().get("/oauth/userinfo", headers=driving.bearer(tokens["access_token"]))
    assert userinfo.status_code == 401


async def test_prompt_and_max_age_are_heeded(seeded, driving, signed_in):
    stranger = seeded.browser()
    silent = await stranger.get(driving.authorise_url(VERIFIER, prompt="none"))
    assert driving.query_of(silent.headers["location"])["error"] == "login_required"
    browser = await signed_in()
    assert "code" in driving.query_of(
        (await browser.get(driving.authorise_url(VERIFIER, prompt="none"))).headers["location"]
    )
    again = (await browser.get(driving.authorise_url(VERIFIER, prompt="login"))).headers["location"]
    assert again.startswith("/sign-in?")
    # Coming back without having signed in anew does not do; having signed in does, though the wish still stands there.
    kept_on = driving.query_of(again)["next"]
    assert (await browser.get(kept_on)).headers["location"].startswith("/sign-in?")
    fresh = seeded.browser()
    seeded.service.clock.advance(timedelta(seconds=60))
    await fresh.sign_in(HEAD.number, mobile=HEAD.mobile)
    assert "code=" in (await fresh.get(kept_on)).headers["location"]
    async with seeded.service.database.transaction(SYSTEM) as session:
        aged = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 5)
        await session.execute(sa.update(SignedIn).values(signed_in_at=aged))
    assert "code=" in (await browser.get(driving.authorise_url(VERIFIER, max_age="600"))).headers["location"]
    assert (
        (await browser.get(driving.authorise_url(VERIFIER, max_age="60"))).headers["location"].startswith("/sign-in?")
    )


async def test_a_client_signs_its_person_out_with_an_id_token_of_ours(seeded, driving, signed_in):
    browser = await signed_in()
    tokens = await seeded.tokens(browser)
    asked = {"id_token_hint": tokens["id_token"], "state": "bye"}
    foreign = await browser.get(
        "/oauth/end-session", params={"id_token_hint": tokens["id_token"][:-6] + "AAAAAA", "state": "bye"}
    )
    assert foreign.status_code == 400
    unregistered = await seeded.browser().get("/oauth/end-session", params={})
    assert unregistered.headers["location"] == "/sign-out"
    out = await browser.get(
        "/oauth/end-session", params={**asked, "post_logout_redirect_uri": "http://127.0.0.1/signed-out"}
    )
    assert out.status_code == 303
    assert out.headers["location"] == "http://127.0.0.1/signed-out?state=bye"
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    elsewhere = await browser.get(
        "/oauth/end-session", params={**asked, "post_logout_redirect_uri": "https://evil.example/"}
    )
    assert elsewhere.status_code == 400
    assert "location" not in elsewhere.headers


async def test_discovery_names_what_is_there_and_tokens_say_what_services_check(seeded, driving, signed_in):
    web = seeded.web()
    found = (await web.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == driving.ISSUER
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    tokens = await seeded.tokens(await signed_in())
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] <= 300
    keys = KeySet.import_key_set((await web.get(found["jwks_uri"].removeprefix(driving.ISSUER))).json())
    assert all("d" not in key.as_dict(private=False) for key in keys.keys)
    token = jwt.decode(tokens["access_token"], keys, algorithms=["RS256"])
    claims = token.claims
    assert token.header["kid"] in {key.kid for key in keys.keys}
    assert claims["exp"] - time.time() <= 300
    assert claims["iss"] == driving.ISSUER
    assert claims["aud"] == "urn:jawaz:api"
    assert claims["channel"] == "api"
    assert HEAD.number not in tokens["id_token"]
    principal = await seeded.app._app.state.verifier.principal(tokens["access_token"])
    assert (principal.subject, principal.kind, principal.session_id) == (HEAD.number, "citizen", claims["sid"])
    refused = await web.get("/oauth/userinfo", headers=driving.bearer(tokens["id_token"]))
    assert refused.status_code == 401


async def test_keys_rotate_without_refusing_a_token_that_is_out(seeded, driving, signed_in):
    browser = await signed_in()
    old = (await seeded.tokens(browser))["access_token"]
    seeded.service.keys.rotate(timedelta(days=1))
    new = (await seeded.tokens(browser))["access_token"]
    keys = KeySet.import_key_set((await seeded.web().get("/oauth/jwks")).json())
    kids = [jwt.decode(token, keys, algorithms=["RS256"]).header["kid"] for token in (old, new)]
    assert kids[0] != kids[1]
    assert len(keys.keys) == 3
    path = seeded.service.settings.secrets_dir / "identity-signing-keys.json"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_malformed_token_requests_are_answered_not_failed(seeded):
    web = seeded.web()
    for form, headers in (
        ({}, {}),
        ({"grant_type": "password", "username": "x", "password": "y"}, {}),
        ({"grant_type": "client_credentials", "client_id": "demo"}, {}),
        ({"grant_type": "authorization_code"}, {"Authorization": "Basic /w=="}),
        ({"grant_type": "authorization_code"}, {"Authorization": "Basic !!!"}),
        ({"grant_type": "refresh_token", "client_id": "demo"}, {}),
        ({"grant_type": "refresh_token", "client_id": "demo", "refresh_token": "\u0645\x00"}, {}),
        ({"grant_type": 'pass"word\u0645'}, {}),
    ):
        answer = await web.post("/oauth/token", data=form, headers=headers)
        assert answer.status_code in (400, 401), (form, answer.text)
        assert answer.json()["error"]
