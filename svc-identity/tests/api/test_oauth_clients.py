"""Clients that prove themselves: by secret, by key; what they may ask about tokens; what they call people."""

import asyncio
import time

import pytest
from joserfc.jwk import ECKey

from chassis.database import Sight
from identity.actions.add_client import ClientRefused, end_client
from identity.domain.clients import AuthMethod, GrantType
from identity.seeds import HOLDERS

HEAD = HOLDERS[0]


async def signed_in(house):
    browser = house.browser()
    assert (await browser.sign_in(HEAD.number, mobile=HEAD.mobile)).status_code == 303
    return browser


async def test_a_client_proves_itself_in_its_own_way_and_asks_about_its_own_tokens(seeded, driving, clients, claims_of):
    browser = await signed_in(seeded)
    post, basic = await clients.add("post"), await clients.add("basic", auth_method=AuthMethod.SECRET_BASIC)
    api = await clients.add("api", introspects_all=True, redirect_uris=[], grants=[GrantType.REFRESH, GrantType.DEVICE])
    wrong = [
        (post, clients.basic(post), {}),
        (basic, None, clients.proof(basic)),
        (post, None, {"client_secret": "guess"}),
        (post, None, {"client_secret": ""}),
        (post, None, {"client_id": basic}),
        (post, clients.basic(post), clients.proof(post)),
        (basic, {"Authorization": "Basic !!!"}, {}),
    ]
    for name, headers, changed in wrong:
        refused = await clients.exchange(name, await clients.code(browser, name), headers, **changed)
        assert refused.status_code in (400, 401), (name, headers, changed)
        assert refused.json()["error"] in ("invalid_client", "invalid_request"), (name, headers, changed)
        assert "AuthMethod" not in refused.text
    assert (await clients.exchange(basic, await clients.code(browser, basic), clients.basic(basic))).status_code == 200
    # A code is its client's alone, and another client that tries it has not spent it.
    code = await clients.code(browser, post)
    foreign = await clients.exchange(post, code, clients.basic(basic))
    assert foreign.json()["error"] == "invalid_grant"
    tokens = (await clients.exchange(post, code)).json()

    mine = await clients.introspect(tokens["access_token"], **clients.proof(post))
    claims = claims_of(tokens["access_token"])
    assert mine["active"] is True
    assert (mine["sub"], mine["client_id"], mine["sid"]) == (claims["sub"], post, claims["sid"])
    assert "person" not in mine
    assert (await clients.introspect(tokens["access_token"], **clients.proof(api)))["person"] == HEAD.number
    assert (await clients.introspect(tokens["refresh_token"], **clients.proof(post)))["active"] is True
    strangers = await clients.web.post(
        "/oauth/introspect", data={"token": tokens["access_token"]}, headers=clients.basic(basic)
    )
    assert strangers.json() == {"active": False}
    for bad in ("", "nonsense", tokens["id_token"], tokens["access_token"][:-4] + "AAAA", "a.b.c"):
        assert await clients.introspect(bad or "x", **clients.proof(api)) == {"active": False}
    public = await clients.web.post("/oauth/introspect", data={"token": "x", "client_id": "demo"})
    assert public.json()["error"] == "invalid_client"

    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    stolen = await clients.web.post("/oauth/token", data=refresh, headers=clients.basic(basic))
    assert stolen.json()["error"] == "invalid_grant"
    renewed = (await clients.web.post("/oauth/token", data=refresh | clients.proof(post))).json()
    again, first = claims_of(renewed["id_token"]), claims_of(tokens["id_token"])
    assert {n: again[n] for n in ("iss", "sub", "aud", "auth_time", "sid")} == {
        n: first[n] for n in ("iss", "sub", "aud", "auth_time", "sid")
    }
    # Revoked by the access token: everything of the grant, at userinfo and introspection, at once.
    assert (await clients.userinfo(renewed["access_token"])).status_code == 200
    revoked = await clients.web.post(
        "/oauth/revoke",
        data={"token": tokens["access_token"], "token_type_hint": "access_token", **clients.proof(post)},
    )
    assert revoked.status_code == 200
    for token in (tokens["access_token"], renewed["access_token"], renewed["refresh_token"]):
        assert await clients.introspect(token, **clients.proof(api)) == {"active": False}
    assert (await clients.userinfo(renewed["access_token"])).status_code == 401


async def test_a_code_used_twice_kills_the_tokens_it_gave(seeded, driving, clients):
    browser, name = await signed_in(seeded), await clients.add("post")
    code = await clients.code(browser, name)
    tokens = (await clients.exchange(name, code)).json()
    assert (await clients.userinfo(tokens["access_token"])).status_code == 200
    assert (await clients.exchange(name, code)).json()["error"] == "invalid_grant"
    assert (await clients.userinfo(tokens["access_token"])).headers[
        "www-authenticate"
    ] == 'Bearer error="invalid_token"'
    assert await clients.introspect(tokens["access_token"], **clients.proof(name)) == {"active": False}
    told = (await clients.web.get("/internal/ended-sessions")).json()
    assert len(told["ended"]) == 1


async def test_an_integrator_proves_itself_by_a_signature_that_is_good_once(seeded, driving, clients, claims_of):
    name, now = await clients.add_integrator("bank"), int(time.time())
    token_url = f"{driving.ISSUER}/oauth/token"
    other = ECKey.generate_key("P-256", {"kid": "k1"})

    async def ask(**form):
        return await clients.web.post("/oauth/token", data={"grant_type": "client_credentials", **form})

    for good in (
        {},
        {"aud": token_url},
        {"aud": [driving.ISSUER]},
        {"nbf": now + 8},
        {"iat": now + 8},
        {"exp": now - 10, "iat": now - 60},
        {"iat": None},
    ):
        answer = await ask(**clients.assertion(name, **good))
        assert answer.status_code == 200, (good, answer.text)
    token = answer.json()
    claims = claims_of(token["access_token"])
    assert (claims["sub"], claims["person"], claims["kind"]) == ("client:bank", "client:bank", "client")
    assert token["scope"] == "batches:write batches:read"
    assert "refresh_token" not in token
    assert "id_token" not in token
    principal = await seeded.app._app.state.verifier.principal(token["access_token"])
    assert (principal.subject, principal.kind, principal.client) == ("client:bank", "client", "bank")
    assert principal.scopes == {"batches:write", "batches:read"}
    assert (await ask(scope="batches:read openid admin", **clients.assertion(name))).json()["scope"] == "batches:read"
    assert (await ask(scope="openid admin", **clients.assertion(name))).json()["error"] == "invalid_scope"
    assert (await clients.userinfo(token["access_token"])).status_code == 403

    spent = clients.assertion(name)
    assert (await ask(**spent)).status_code == 200
    bad = {
        "used before": spent,
        "for another": clients.assertion(name, aud="https://elsewhere.example"),
        "for several": clients.assertion(name, aud=[driving.ISSUER, "https://elsewhere.example"]),
        "for nobody": clients.assertion(name, aud=None),
        "by another": clients.assertion(name, iss="demo"),
        "about another": clients.assertion(name, sub="demo"),
        "of nobody": clients.assertion("nobody"),
        "over for five minutes": clients.assertion(name, exp=now - 300),
        "without an end": clients.assertion(name, exp=None),
        "for a week": clients.assertion(name, exp=now + 7 * 86_400),
        "not yet": clients.assertion(name, nbf=now + 75),
        "from the future": clients.assertion(name, iat=now + 75),
        "a time as text": clients.assertion(name, exp=str(now + 60)),
        "without an id": clients.assertion(name, jti=None),
        "an id of nothing": clients.assertion(name, jti=""),
        "an id too long": clients.assertion(name, jti="x" * 300),
        "another's key": clients.assertion(name, key=other),
        "no assertion": {"client_id": name},
        "a secret": {"client_id": name, "client_secret": "x"},
        "alg none": {**spent, "client_assertion": "eyJhbGciOiJub25lIn0.eyJpc3MiOiJiYW5rIn0."},
        "nonsense": {**spent, "client_assertion": "nonsense"},
        "two dots": {**spent, "client_assertion": ".."},
        "another kind": {**clients.assertion(name), "client_assertion_type": "urn:other"},
        "of a client with a secret": clients.assertion(await clients.add("post")),
    }
    for why, form in bad.items():
        refused = await ask(**form)
        assert refused.status_code in (400, 401), why
        assert refused.json()["error"] == "invalid_client", why
    assert (await ask(**clients.proof("post"))).json()["error"] in ("invalid_client", "unauthorized_client")

    api = await clients.add("api", introspects_all=True, redirect_uris=[], grants=[GrantType.DEVICE])
    assert (await clients.introspect(token["access_token"], **clients.proof(api)))["active"] is True
    async with seeded.service.database.transaction(Sight.system("test")) as session:
        assert await end_client(seeded.service, session, name) is True
        assert await end_client(seeded.service, session, name) is False
    assert await clients.introspect(token["access_token"], **clients.proof(api)) == {"active": False}
    assert (await ask(**clients.assertion(name))).json()["error"] == "invalid_client"
    assert claims["sid"] in (await clients.web.get("/internal/ended-sessions")).json()["ended"]


async def test_anothers_client_has_names_of_its_own_for_people_and_nothing_of_ours(seeded, driving, clients, claims_of):
    browser = await signed_in(seeded)
    outside = [
        await clients.add("clinic", sector="health.example", scopes=["openid", "profile"]),
        await clients.add("ward", sector="health.example", scopes=["openid", "profile"]),
        await clients.add("shop", sector="shop.example", scopes=["openid", "profile"]),
    ]
    seen = {}
    for name in outside:
        page = await browser.get(clients.url(name))
        assert page.status_code == 200
        assert name in page.text
        assert "will not learn your ID number" in page.text
        answer = await consent(browser, page, "allow")
        code = driving.query_of(answer.headers["location"])["code"]
        seen[name] = (await clients.exchange(name, code)).json()
    about = {name: (claims_of(t["id_token"]), claims_of(t["access_token"])) for name, t in seen.items()}
    subjects = {name: of_id["sub"] for name, (of_id, _) in about.items()}
    assert subjects["clinic"] == subjects["ward"] != subjects["shop"]
    assert len({of_id["sid"] for of_id, _ in about.values()}) == 3
    ours = claims_of((await seeded.tokens(browser))["access_token"])
    for name, (of_id, access) in about.items():
        assert access["sub"] == of_id["sub"] != ours["sub"]
        assert access["aud"] == driving.ISSUER
        assert not {"person", "kind"} & access.keys()
        assert HEAD.number not in str(access) + str(of_id)
        assert not any(ours[each] in str(of_id) + str(access) for each in ("sub", "sid")), name
        assert (await clients.userinfo(seen[name]["access_token"])).json()["sub"] == of_id["sub"]
        refused = await clients.web.get("/v1/me", headers=driving.bearer(seen[name]["access_token"]))
        assert refused.status_code == 401
    # Consent is kept; more than was allowed is asked for anew; a refusal says so to the client.
    assert "code=" in (await browser.get(clients.url("shop"))).headers["location"]
    silent = await browser.get(clients.url("shop", prompt="none"))
    assert "code=" in silent.headers["location"]
    fresh = await clients.add("fresh", sector="fresh.example", scopes=["openid", "profile"])
    silent = driving.query_of((await browser.get(clients.url(fresh, prompt="none"))).headers["location"])
    assert (silent["error"], silent["state"], silent["iss"]) == ("consent_required", "the-state", driving.ISSUER)
    page = await browser.get(clients.url(fresh))
    refused = await consent(browser, page, "refuse")
    given = driving.query_of(refused.headers["location"])
    assert refused.headers["location"].startswith(clients.redirect(fresh))
    assert (given["error"], given["state"], given["iss"]) == ("access_denied", "the-state", driving.ISSUER)
    # One page posted many times at once is one consent.
    answers = await asyncio.gather(*(consent(browser, page, "allow") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {303}
    assert all("code=" in answer.headers["location"] for answer in answers)
    # The wish for consent is heeded of our own clients, too, and a form that is not ours does nothing.
    own = await browser.get(clients.url(await clients.add("own"), prompt="consent"))
    assert own.status_code == 200
    assert "will not learn" not in own.text
    assert "sees and does here what you can" in own.text
    asked = await browser.get(clients.url("shop", prompt="consent"))
    assert asked.status_code == 200
    forged = await browser.web.post(
        "/oauth/consent", data={"csrf": "x", "asked": hidden(asked, "asked"), "word": "allow"}
    )
    assert forged.status_code == 400


async def test_what_cannot_be_registered_is_refused_with_every_reason(seeded, clients):
    with pytest.raises(ClientRefused) as refused:
        await clients.add("Bad Name", redirect_uris=["https://x.example/*"], scopes=[], introspects_all=False)
    assert len(refused.value.faults) == 3
    await clients.add("twice")
    with pytest.raises(ClientRefused, match="already"):
        await clients.add("twice")


def hidden(page, name):
    _, _, rest = page.text.partition(f'name="{name}" value="')
    return rest.partition('"')[0].replace("&amp;", "&").replace("&#34;", '"')


async def consent(browser, page, word):
    fields = {name: hidden(page, name) for name in ("csrf", "asked")}
    return await browser.web.post("/oauth/consent", data={**fields, "word": word})
