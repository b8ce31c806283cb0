"""J1: an account from the first question to the sign-out, with a clerk between, everything over HTTP."""

from joserfc import jwt
from joserfc.jwk import KeySet

from partners.testing import ORDINARY

MOBILE = "+966507654321"
PASSWORD = "Sesame-open-7"


async def test_an_account_is_registered_activated_used_and_signed_out(seeded, driving):
    house, web = seeded, seeded.web()

    asked = await web.post("/v1/accounts", json={"number": ORDINARY, "mobile": "0507654321", "language": "en"})
    assert asked.status_code == 202
    code = await house.code_to(MOBILE)
    confirmed = await web.post(
        "/v1/accounts/confirmations",
        json={"registration": asked.json()["registration"], "code": code, "password": PASSWORD},
    )
    assert confirmed.status_code == 201, confirmed.text
    assert confirmed.json()["status"] == "registered"

    too_early = await house.browser().password(ORDINARY, PASSWORD)
    assert too_early.status_code == 403
    assert "waits for activation" in too_early.text

    clerk = await house.bearer_of("clerk")
    waiting = (await web.get("/v1/activations", headers=clerk)).json()["items"]
    assert [each["reference"] for each in waiting] == [confirmed.json()["reference"]]
    found = await web.post("/v1/activations/find", headers=clerk, json={"number": ORDINARY})
    assert found.status_code == 200, found.text
    person = await house.bodies.registry.person(ORDINARY)
    activation = {
        "document": {"number": ORDINARY, "expires_on": person.id_expires_on.isoformat()},
        "mobile": MOBILE,
    }
    activated = await web.post(
        f"/v1/activations/{found.json()['id']}/activate", headers=clerk | driving.once(), json=activation
    )
    assert activated.status_code == 200, activated.text
    assert activated.json()["status"] == "active"

    browser = house.browser()
    verifier = "v" * 64
    to_sign_in = await browser.get(driving.authorise_url(verifier))
    assert to_sign_in.status_code == 303
    wanted = to_sign_in.headers["location"]
    assert wanted.startswith("/sign-in?next=")
    back = await browser.sign_in(ORDINARY, mobile=MOBILE, password=PASSWORD, next=driving.query_of(wanted)["next"])
    assert back.status_code == 303, back.text
    answered = await browser.get(back.headers["location"])
    given = driving.query_of(answered.headers["location"])
    assert given["state"] == "the-state"
    assert given["iss"] == driving.ISSUER
    exchanged = await house.exchange(given["code"], verifier)
    assert exchanged.status_code == 200, exchanged.text
    tokens = exchanged.json()

    keys = KeySet.import_key_set((await web.get("/oauth/jwks")).json())
    assert len(keys.keys) == 2
    id_token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert id_token["nonce"] == "the-nonce"
    assert id_token["aud"] == "demo"
    assert id_token["name"]
    access = jwt.decode(tokens["access_token"], keys, algorithms=["RS256"])
    assert access.header["typ"] == "at+jwt"
    assert access.claims["person"] == ORDINARY
    assert access.claims["kind"] == "citizen"

    me = await web.get("/v1/me", headers=driving.bearer(tokens["access_token"]))
    assert me.status_code == 200, me.text
    assert me.json()["status"] == "active"
    userinfo = await web.get("/oauth/userinfo", headers=driving.bearer(tokens["access_token"]))
    assert userinfo.json()["sub"] == id_token["sub"]
    assert userinfo.json()["phone_number"] == MOBILE

    refreshed = await house.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200, refreshed.text
    assert refreshed.json()["refresh_token"] != tokens["refresh_token"]

    out = await browser.form("/sign-out", "/sign-out")
    assert out.status_code == 200
    assert "signed out" in out.text
    assert (await house.refresh(refreshed.json()["refresh_token"])).json()["error"] == "invalid_grant"
    again = await browser.get(driving.authorise_url(verifier))
    assert again.headers["location"].startswith("/sign-in?")
