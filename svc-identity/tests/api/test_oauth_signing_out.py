"""An end is felt everywhere: clients are told on a back channel, the front door refuses within five seconds."""

import asyncio
import contextlib
import time
from urllib.parse import parse_qs

import httpx2
import pytest
import sqlalchemy as sa
import uvicorn
from joserfc import jwt

from chassis.database import Sight
from chassis.models import IntentRow
from chassis.testing.fixtures import eventually
from gateway.app import create_gateway
from gateway.server import GatewayServer
from gateway.settings import Settings
from identity.actions.end_session import end_all_sessions
from identity.actions.suspend import suspend_deceased
from identity.models import Client, SignedIn
from identity.queries import account_of
from identity.queries_ends import ends_since
from identity.seeds import HOLDERS

HEAD, OTHER, THIRD = HOLDERS[0], HOLDERS[2], HOLDERS[4]
SYSTEM = Sight.system("test")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
WITHIN_S = 5.0


@contextlib.asynccontextmanager
async def serving(server):
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done(), "the server ended at its start"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


def plain(app):
    return uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))


class Listener:
    """A client's own server, hearing of sign-outs; its first answers may be bad."""

    def __init__(self):
        self.heard, self.answers = [], []

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append((scope["path"], dict(scope["headers"]), parse_qs(body.decode())))
        status = self.answers.pop(0) if self.answers else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"location", b"/elsewhere")]})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def listener():
    made = Listener()
    async with serving(plain(made)) as port:
        made.url = f"http://127.0.0.1:{port}/signed-out"
        yield made


async def signed_in(house, holder=HEAD):
    browser = house.browser()
    assert (await browser.sign_in(holder.number, mobile=holder.mobile)).status_code == 303
    return browser


async def test_clients_that_asked_are_told_of_every_way_a_session_ends(seeded, driving, clients, claims_of, listener):
    async def heard(count):
        async def enough():
            return listener.heard[count - 1] if len(listener.heard) >= count else None

        return await eventually(enough)

    own = await clients.add("own", backchannel_logout_uri=listener.url)
    outside = await clients.add(
        "clinic", sector="clinic.example", scopes=["openid"], backchannel_logout_uri=listener.url
    )
    await clients.add("silent")
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Client).where(Client.id == outside).values(asks_consent=False))
    browser = await signed_in(seeded)
    tokens = {name: claims_of((await clients.tokens(browser, name))["id_token"]) for name in (own, outside)}
    await clients.tokens(browser, own)
    await clients.tokens(browser, "silent")

    listener.answers = [503]
    await browser.form("/sign-out", "/sign-out")
    await heard(3)
    told = {}
    for path, headers, form in listener.heard:
        assert path == "/signed-out"
        assert headers[b"content-type"] == b"application/x-www-form-urlencoded"
        token = jwt.decode(form["logout_token"][0], seeded.service.keys.key_set(), algorithms=["RS256"])
        assert token.header["typ"] == "logout+jwt"
        claims = token.claims
        assert claims["events"] == {EVENT: {}}
        assert claims["iss"] == driving.ISSUER
        assert "nonce" not in claims
        assert 0 < claims["exp"] - claims["iat"] <= 120
        told.setdefault(claims["aud"], []).append(claims)
    # The one that failed was sent again under the same name; each client hears of its own session in its own words.
    assert {name: len({each["jti"] for each in each_told}) for name, each_told in told.items()} == {own: 1, outside: 1}
    for name, id_token in tokens.items():
        assert {(each["sid"], each["sub"]) for each in told[name]} == {(id_token["sid"], id_token["sub"])}

    # Ended by the client's own word, by its owner from elsewhere, and with the account.
    before = len(listener.heard)
    browser = await signed_in(seeded, OTHER)
    hint = (await clients.tokens(browser, own))["id_token"]
    out = await browser.get("/oauth/end-session", params={"id_token_hint": hint, "state": "s"})
    assert out.status_code == 200
    await heard(before + 1)
    browser = await signed_in(seeded, THIRD)
    await clients.tokens(browser, own)
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        account = await account_of(session, THIRD.number, lock=True)
        await end_all_sessions(session, account.id, "its holder")
        await end_all_sessions(session, account.id, "again")
    await heard(before + 2)

    # A name that leads inside is not gone to, and a refusal or a redirect is not tried again.
    async with seeded.service.database.transaction(SYSTEM) as session:
        await session.execute(sa.update(Client).where(Client.id == outside).values(backchannel_logout_uri=None))
    for uri, answer, reason in (
        ("https://10.0.0.1.example.invalid/x", 200, None),
        (listener.url, 302, "client-refused"),
        ("http://169.254.169.254/latest", 200, "address-not-public"),
    ):
        async with seeded.service.database.transaction(SYSTEM) as session:
            await session.execute(sa.update(Client).where(Client.id == own).values(backchannel_logout_uri=uri))
            await session.execute(sa.update(SignedIn).where(SignedIn.id == tokens[own]["sid"]).values(ended_at=None))
            await session.execute(sa.delete(IntentRow).where(IntentRow.kind == "backchannel_logout"))
        listener.answers = [answer]
        async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
            await end_all_sessions(session, (await account_of(session, HEAD.number)).id, "its holder")

        async def tried():
            async with seeded.service.database.transaction(SYSTEM) as session:
                rows = await session.scalars(sa.select(IntentRow).where(IntentRow.reference.like("%:own")))
                row = rows.one()
                return row if (row.attempts and row.state not in ("sending", "waiting")) or row.error else None

        row = await eventually(tried)
        assert (row.outcome or {}).get("reason") == reason, uri


async def test_the_front_door_refuses_within_seconds_whatever_was_ended(seeded, driving, clients, tmp_path):
    """A real gateway before a real identity: signed out, revoked, code used twice, account stopped."""
    app = seeded.app
    async with contextlib.AsyncExitStack() as stack:
        inner = await stack.enter_async_context(serving(plain(app)))
        limits = tmp_path / "limits.toml"
        limits.write_text("".join(f"[cost.{c}]\nrate=1000\nburst=1000\nshare=1.0\n" for c in ("read", "token_check")))
        chosen = Settings(
            environment="test",
            public_url=driving.ISSUER,
            upstreams={"identity": f"http://127.0.0.1:{inner}"},
            limits_file=limits,
            access_log=False,
        )
        gateway = create_gateway(chosen)
        door = await stack.enter_async_context(serving(GatewayServer(gateway, host="127.0.0.1", port=0, signals=False)))
        web = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://127.0.0.1:{door}"))

        async def passes(token):
            return (await web.get("/v1/me/sessions", headers=driving.bearer(token))).status_code == 200

        async def refused(token):
            began = time.monotonic()
            while (answer := await web.get("/v1/activations", headers=driving.bearer(token))).status_code != 401:
                assert time.monotonic() - began < WITHIN_S, answer.status_code
                await asyncio.sleep(0.05)
            assert answer.json()["slug"] == "token-refused"
            # It was the door: identity itself goes on reading the token by its signature until it has run out.
            assert (await clients.web.get("/v1/activations", headers=driving.bearer(token))).status_code == 403
            return time.monotonic() - began

        assert (await web.get("/internal/ended-sessions")).status_code == 404
        name = await clients.add("post")
        staying = await signed_in(seeded, OTHER)
        stays = (await seeded.tokens(staying))["access_token"]
        browser = await signed_in(seeded)
        code = await clients.code(browser, name)
        tokens = {
            "code used twice": (await clients.exchange(name, code)).json(),
            "revoked": await clients.tokens(browser, name),
            "signed out": await clients.tokens(browser, name),
        }
        stopped = (await seeded.tokens(await signed_in(seeded, THIRD)))["access_token"]
        for each in (*(t["access_token"] for t in tokens.values()), stopped, stays):
            assert await passes(each)
        took = {}
        await clients.exchange(name, code)
        took["code used twice"] = await refused(tokens["code used twice"]["access_token"])
        assert await passes(tokens["revoked"]["access_token"])
        await clients.web.post(
            "/oauth/revoke", data={"token": tokens["revoked"]["refresh_token"], **clients.proof(name)}
        )
        took["revoked"] = await refused(tokens["revoked"]["access_token"])
        await browser.form("/sign-out", "/sign-out")
        took["signed out"] = await refused(tokens["signed out"]["access_token"])
        async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
            await suspend_deceased(seeded.service, session, await account_of(session, THIRD.number, lock=True))
        took["stopped"] = await refused(stopped)
        assert max(took.values()) < WITHIN_S
        assert await passes(stays)


async def test_the_list_of_ends_is_told_in_pages_and_its_newest_part_again(seeded, clients):
    service = seeded.service
    for holder in HOLDERS[:5]:
        browser = await signed_in(seeded, holder)
        await seeded.tokens(browser)
        await browser.form("/sign-out", "/sign-out")
    async with service.database.transaction(SYSTEM) as session:
        everything = await ends_since(service, session, "")
        assert len(everything.ended) == 5
        assert everything.more is False
        again = await ends_since(service, session, everything.after)
        assert set(again.ended) == set(everything.ended)
        ids = list(await session.scalars(sa.select(SignedIn.id).order_by(SignedIn.ended_at, SignedIn.id)))
        aged = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, 60)
        await session.execute(sa.update(SignedIn).where(SignedIn.id.in_(ids[:2])).values(ended_at=aged))
        await session.execute(
            sa.update(SignedIn)
            .where(SignedIn.id == ids[2])
            .values(ended_at=aged - sa.func.make_interval(0, 0, 0, 0, 2))
        )
        later = await ends_since(service, session, everything.after)
        assert {str(each) for each in ids[3:]} == set(later.ended)
        found = await ends_since(service, session, "")
        assert {str(each) for each in (*ids[:2], *ids[3:])} == set(found.ended)
    answer = await clients.web.get("/internal/ended-sessions", params={"after": "nonsense"})
    assert set(answer.json()["ended"]) == set(found.ended)
