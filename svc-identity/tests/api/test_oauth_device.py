"""A screen without a keyboard is let in by somebody who types its code, once, and becomes a session its owner sees."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Sight
from identity.models import DeviceRequest, SignedIn
from identity.seeds import HOLDERS

HEAD = HOLDERS[0]
SYSTEM = Sight.system("test")
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Screen:
    """A counter's screen: asks for a code, shows it, comes back for tokens."""

    def __init__(self, house, web):
        self.house, self.web = house, web

    async def ask(self, **changed):
        return await self.web.post(
            "/oauth/device-authorization", data={"client_id": "counter", "scope": "openid profile api", **changed}
        )

    async def poll(self, code, **changed):
        form = {"grant_type": GRANT, "client_id": "counter", "device_code": code, **changed}
        return await self.web.post("/oauth/token", data=form)

    async def later(self, **values):
        """Let the wait between two questions pass."""
        async with self.house.service.database.transaction(SYSTEM) as session:
            ago = DeviceRequest.asked_at - timedelta(seconds=60)
            await session.execute(sa.update(DeviceRequest).values({"asked_at": ago, **values}))


async def signed_in(house):
    browser = house.browser()
    assert (await browser.sign_in(HEAD.number, mobile=HEAD.mobile)).status_code == 303
    return browser


async def decide(browser, user_code, decision):
    shown = await browser.form("/device", "/device", user_code=user_code)
    assert shown.status_code == 200, shown.text
    assert "Counter screen" in shown.text
    assert "sees and does here what you can" in shown.text
    return await browser.form("/device", "/device", user_code=user_code, decision=decision)


async def test_a_screen_is_let_in_by_its_code(seeded, driving, clients, claims_of):
    screen, browser = Screen(seeded, seeded.web()), await signed_in(seeded)
    given = (await screen.ask()).json()
    code, user_code = given["device_code"], given["user_code"]
    assert given["verification_uri"] == f"{driving.ISSUER}/device"
    assert given["verification_uri_complete"] == f"{driving.ISSUER}/device?user_code={user_code}"
    assert (given["expires_in"], given["interval"]) == (600, 5)
    assert (await screen.poll(code)).json()["error"] == "authorization_pending"
    assert (await screen.poll(code)).json()["error"] == "slow_down"
    await screen.later()
    assert (await screen.poll(code)).json()["error"] == "authorization_pending"
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(DeviceRequest.interval_seconds)) == 10

    stranger = seeded.browser()
    to_sign_in = await stranger.get(f"/device?user_code={user_code}")
    assert driving.query_of(to_sign_in.headers["location"])["next"] == f"/device?user_code={user_code}"
    assert "BCDF" in (await browser.get("/device?user_code=BCDF-GHJK")).text
    # Small letters and blanks are forgiven, other pages' forms and guesses are not.
    assert (await browser.web.post("/device", data={"user_code": user_code, "decision": "allow"})).status_code == 400
    assert (await browser.form("/device", "/device", user_code="BBBB-BBBB", decision="allow")).status_code == 422
    done = await decide(browser, user_code.lower().replace("-", " "), "allow")
    assert done.status_code == 200
    assert "code" not in done.headers.get("location", "")

    assert (await screen.poll(code, client_id="demo")).json()["error"] == "invalid_grant"
    tokens = (await screen.poll(code)).json()
    assert tokens["scope"] == "openid profile"
    claims = claims_of(tokens["access_token"])
    assert (claims["person"], claims["channel"], claims["client_id"]) == (HEAD.number, "office", "counter")
    assert claims_of(tokens["id_token"])["sub"] == claims["sub"]
    assert (await screen.poll(code)).json()["error"] == "invalid_grant"
    assert (await clients.userinfo(tokens["access_token"])).status_code == 200
    # It is a session of its own: seen by its owner, alive after the telephone signed out, ended by its owner alone.
    mine = driving.bearer((await seeded.tokens(browser))["access_token"])
    listed = (await seeded.web().get("/v1/me/sessions", headers=mine)).json()["items"]
    assert claims["sid"] in {each["id"] for each in listed}
    await browser.form("/sign-out", "/sign-out")
    refresh = {"grant_type": "refresh_token", "client_id": "counter", "refresh_token": tokens["refresh_token"]}
    assert (await screen.web.post("/oauth/token", data=refresh)).status_code == 200
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(SignedIn).values(ended_at=sa.func.now()))
    assert (await clients.userinfo(tokens["access_token"])).status_code == 401


async def test_a_screen_that_is_refused_late_or_guessed_at_gets_nothing(seeded, driving, clients):
    screen, browser = Screen(seeded, seeded.web()), await signed_in(seeded)
    refused = (await screen.ask()).json()
    assert (await decide(browser, refused["user_code"], "refuse")).status_code == 200
    assert (await screen.poll(refused["device_code"])).json()["error"] == "access_denied"
    assert (await screen.poll(refused["device_code"])).json()["error"] == "invalid_grant"
    for changed, error in (
        ({"client_id": "portal"}, "unauthorized_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ):
        assert (await screen.ask(**changed)).json()["error"] == error, changed
    assert (await screen.poll("unknown")).json()["error"] == "invalid_grant"
    assert (await screen.poll("")).json()["error"] in ("invalid_request", "invalid_grant")

    late = (await screen.ask()).json()
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(DeviceRequest).values(expires_at=sa.func.now()))
    assert (await screen.poll(late["device_code"])).json()["error"] == "expired_token"
    assert (await browser.form("/device", "/device", user_code=late["user_code"])).status_code == 422

    # Whoever let it in has signed out before the screen came back: nothing is given.
    gone = (await screen.ask()).json()
    await decide(browser, gone["user_code"], "allow")
    await browser.form("/sign-out", "/sign-out")
    assert (await screen.poll(gone["device_code"])).json()["error"] == "invalid_grant"

    # Guessing is slow: ten tries an hour, the right code included, and it is good for somebody else meanwhile.
    seeded.service.clock.advance(timedelta(hours=2))
    browser = await signed_in(seeded)
    waiting = (await screen.ask()).json()
    answers = [await browser.form("/device", "/device", user_code=f"BCDF-GH{a}B") for a in "BCDFGHJKLM"]
    assert {answer.status_code for answer in answers} == {422}
    stopped = await browser.form("/device", "/device", user_code=waiting["user_code"], decision="allow")
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 60
    assert (await screen.poll(waiting["device_code"])).json()["error"] == "authorization_pending"
