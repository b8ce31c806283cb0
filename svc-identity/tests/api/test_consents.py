"""What was allowed is seen and taken back; whoever signs in again in the same browser is signed out nowhere."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from chassis.database import Sight
from chassis.models import IntentRow
from identity.domain.clients import GrantType
from identity.models import SignedIn, TokenFamily
from identity.seeds import HOLDERS

HEAD, OTHER = HOLDERS[0], HOLDERS[2]
SYSTEM = Sight.system("test")
AGED = timedelta(minutes=10)


async def test_a_consent_is_seen_and_taken_back_with_everything_given_by_it(seeded, driving, clients):
    for name in ("clinic", "shop"):
        await clients.add(name, sector=f"{name}.example", scopes=["openid", "profile", "phone", "offline_access"])
    api = await clients.add("api", introspects_all=True, redirect_uris=[], grants=[GrantType.REFRESH, GrantType.DEVICE])
    browser, stranger = seeded.browser(), seeded.browser()
    await browser.sign_in(HEAD.number, mobile=HEAD.mobile)
    await stranger.sign_in(OTHER.number, mobile=OTHER.mobile)
    given = {name: await allowed(browser, clients, name, scope="openid profile") for name in ("clinic", "shop")}
    of_other = await allowed(stranger, clients, "clinic", scope="openid")
    mine = driving.bearer((await seeded.tokens(browser))["access_token"])
    theirs = driving.bearer((await seeded.tokens(stranger))["access_token"])
    on_its_way = await clients.code(browser, "clinic", scope="openid")

    newest = (await clients.web.get("/v1/me/consents", params={"limit": 1}, headers=mine)).json()
    older = (await clients.web.get("/v1/me/consents", params={"cursor": newest["next"]}, headers=mine)).json()
    assert [each["client"]["code"] for each in newest["items"] + older["items"]] == ["shop", "clinic"]
    (clinic,) = older["items"]
    assert clinic["client"]["texts"] == {"ar": "عميل clinic", "en": "Client clinic"}
    assert [each["code"] for each in clinic["knows"]] == ["openid", "profile"]
    assert clinic["knows"][1]["texts"] == {"ar": "اسمك ولغتك", "en": "your name and language"}

    path = f"/v1/me/consents/{clinic['id']}/withdraw"
    assert (await clients.web.post(path, headers=theirs | driving.once())).status_code == 404
    done = await clients.web.post(path, headers=mine | driving.once())
    assert (done.status_code, done.text) == (204, "")
    assert (await clients.web.post(path, headers=mine | driving.once())).status_code == 404
    left = (await clients.web.get("/v1/me/consents", headers=mine)).json()["items"]
    assert [each["client"]["code"] for each in left] == ["shop"]

    async def refreshed(name, tokens):
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **clients.proof(name)}
        return (await clients.web.post("/oauth/token", data=form)).json()

    gone = given["clinic"]
    assert (await refreshed("clinic", gone))["error"] == "invalid_grant"
    assert (await clients.exchange("clinic", on_its_way)).json()["error"] == "invalid_grant"
    for token in (gone["access_token"], gone["refresh_token"]):
        assert await clients.introspect(token, **clients.proof(api)) == {"active": False}
    assert (await clients.userinfo(gone["access_token"])).status_code == 401
    ended = (await clients.web.get("/internal/ended-sessions")).json()["ended"]
    async with seeded.service.database.transaction(SYSTEM) as session:
        family = await session.scalar(sa.select(TokenFamily).where(TokenFamily.ended_for == "consent withdrawn"))
    assert ended == [str(family.id)]
    # Nobody else's, no other client's, and not the session.
    assert (await clients.introspect(of_other["access_token"], **clients.proof(api)))["active"] is True
    assert "access_token" in await refreshed("shop", given["shop"])
    assert (await clients.web.get("/v1/me", headers=mine)).status_code == 200
    asked = await browser.get(clients.url("clinic", scope="openid", prompt="none"))
    assert driving.query_of(asked.headers["location"])["error"] == "consent_required"
    again = await allowed(browser, clients, "clinic", scope="openid")
    assert (await clients.introspect(again["access_token"], **clients.proof(api)))["active"] is True
    wrong = await clients.web.post("/oauth/token", data={"client_id": "shop", "grant_type": "refresh_token"})
    said = wrong.json()["error_description"]
    assert (
        said
        == "the client did not prove itself by any of: client_secret_basic, client_secret_post, private_key_jwt, none"
    )
    assert "[" not in said


async def test_signing_in_again_signs_out_of_nothing_but_another_person_does(seeded, driving, clients, claims_of):
    await clients.add("post", backchannel_logout_uri="http://127.0.0.1:9/out")
    browser = seeded.browser()
    await browser.sign_in(HEAD.number, mobile=HEAD.mobile)
    before = await clients.tokens(browser, "post")
    old_cookie = browser.web.cookies["jawaz_session"]
    async with seeded.service.database.transaction(SYSTEM) as session:
        for model in (SignedIn, TokenFamily):
            await session.execute(sa.update(model).values(signed_in_at=model.signed_in_at - AGED))

    seeded.service.clock.advance(timedelta(seconds=60))  # so many texts may follow one another
    sent = await browser.get(clients.url("post", prompt="login"))
    back = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
    answer = await browser.sign_in(HEAD.number, mobile=HEAD.mobile, next=back)
    assert answer.headers["location"] == back
    code = driving.query_of((await browser.get(back)).headers["location"])["code"]
    after = (await clients.exchange("post", code)).json()
    form = {"grant_type": "refresh_token", "refresh_token": before["refresh_token"], **clients.proof("post")}
    renewed = (await clients.web.post("/oauth/token", data=form)).json()
    first, newer, of_old = (claims_of(each["id_token"]) for each in (before, after, renewed))
    assert first["sid"] == newer["sid"] == of_old["sid"]
    assert newer["auth_time"] > of_old["auth_time"]
    assert abs(of_old["auth_time"] - (first["auth_time"] - AGED.total_seconds())) <= 1
    assert browser.web.cookies["jawaz_session"] != old_cookie
    stolen = seeded.web()
    stolen.cookies.set("jawaz_session", old_cookie)
    assert (await stolen.get("/account/sessions")).status_code == 303

    async def state():
        async with seeded.service.database.transaction(SYSTEM) as session:
            rows = list(await session.scalars(sa.select(SignedIn).order_by(SignedIn.id)))
            told = list(await session.scalars(sa.select(IntentRow).where(IntentRow.kind == "backchannel_logout")))
        return [(row.person, row.ended_at is None) for row in rows], len(told)

    assert await state() == ([(HEAD.number, True)], 0)
    await browser.sign_in(OTHER.number, mobile=OTHER.mobile)
    assert await state() == ([(HEAD.number, False), (OTHER.number, True)], 1)


async def allowed(browser, clients, name, **wishes):
    """Consent given on the page, and the tokens it leads to."""
    page = await browser.get(clients.url(name, **wishes))
    fields = {each: hidden(page, each) for each in ("csrf", "asked")}
    answer = await browser.web.post("/oauth/consent", data={**fields, "word": "allow"})
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    return (await clients.exchange(name, code)).json()


def hidden(page, name):
    _, _, rest = page.text.partition(f'name="{name}" value="')
    return rest.partition('"')[0].replace("&amp;", "&").replace("&#34;", '"')
