"""Acting on behalf: who calls and for whom both stand in the token; and no grant serves an account that is not active."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Sight
from chassis.identifiers import uuid7
from identity.domain.account import Status
from identity.domain.clients import GrantType
from identity.models import Account, Authorisation, DeviceRequest, SignedIn, TokenFamily
from identity.oauth.devices import user_code_index
from identity.oauth.exchange import ACCESS_TOKEN
from identity.oauth.rows import digest
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
PEOPLE = {each.role: each for each in HOLDERS}
GRANTOR, ACTOR = PEOPLE["sponsor"], PEOPLE["household-head"]


@pytest.fixture
def authorised(seeded):
    """An accepted authorisation, as its own actions leave it; what follows from it is tried where they are."""

    async def made(**changed):
        today, now = seeded.service.clock.today(), seeded.service.clock.now()
        row = {
            "id": uuid7(), "reference": f"AUT-{uuid4()}", "person": GRANTOR.number, "grantee": ACTOR.number,
            "asked_by": GRANTOR.number, "service": "exit_reentry", "status": "accepted", "version": 0, "uses": 0,
            "starts_on": today, "ends_on": today + timedelta(days=9), "opened_at": now, "moved_at": now,
        } | changed  # fmt: skip
        async with seeded.service.database.transaction(SYSTEM, now=now) as session:
            await session.execute(sa.insert(Authorisation).values(**row))
        return row["id"]

    return made


def exchange_form(token, authorisation, **changed):
    form = {
        "grant_type": GrantType.EXCHANGE, "client_id": "demo", "subject_token": token,
        "subject_token_type": ACCESS_TOKEN, "requested_subject": str(authorisation),
    } | changed  # fmt: skip
    return {name: value for name, value in form.items() if value is not None}


async def signed_in(house, holder=ACTOR):
    browser = house.browser()
    assert (await browser.sign_in(holder.number, mobile=holder.mobile)).status_code == 303
    return browser


async def test_a_token_for_acting_names_both_and_leads_no_further(seeded, driving, clients, claims_of, authorised):
    browser, web = await signed_in(seeded), seeded.web()
    held = (await seeded.tokens(browser))["access_token"]
    authorisation = await authorised()
    answer = await web.post("/oauth/token", data=exchange_form(held, authorisation))
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert (given["issued_token_type"], given["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert not {"refresh_token", "id_token"} & given.keys()
    assert given["scope"] == "profile phone email"
    claims, own = claims_of(given["access_token"]), claims_of(held)
    async with seeded.service.database.transaction(SYSTEM) as session:
        grantor = await session.scalar(sa.select(Account).where(Account.person == GRANTOR.number))
    assert claims["sub"] == str(grantor.id)
    assert claims["act"] == {"sub": own["sub"], "person": ACTOR.number}
    assert claims["on_behalf_of"] == {"person": GRANTOR.number, "authorisation": str(authorisation)}
    assert (claims["person"], claims["sid"], claims["kind"]) == (ACTOR.number, own["sid"], "citizen")
    principal = await seeded.app._app.state.verifier.principal(given["access_token"])
    assert (principal.subject, principal.on_behalf_of, principal.authorisation) == (
        ACTOR.number, GRANTOR.number, str(authorisation),
    )  # fmt: skip
    narrowed = await web.post("/oauth/token", data=exchange_form(held, authorisation, scope="profile other"))
    assert narrowed.json()["scope"] == "profile"

    today = seeded.service.clock.today()
    elsewhere = await clients.add("elsewhere", grants=[GrantType.CODE, GrantType.EXCHANGE])
    theirs = (await clients.tokens(browser, elsewhere))["access_token"]
    grantors = (await seeded.tokens(await signed_in(seeded, GRANTOR)))["access_token"]
    wrong = [
        (exchange_form(given["access_token"], authorisation), "invalid_request"),
        (exchange_form(grantors, authorisation), "invalid_request"),
        (exchange_form(theirs, authorisation), "invalid_request"),
        (exchange_form(held, uuid4()), "invalid_request"),
        (exchange_form(held, "x"), "invalid_request"),
        (exchange_form(held, GRANTOR.number), "invalid_request"),
        (exchange_form(held, None), "invalid_request"),
        (exchange_form("nonsense", authorisation), "invalid_request"),
        (exchange_form(None, authorisation), "invalid_request"),
        (exchange_form(held, authorisation, subject_token_type="urn:other"), "invalid_request"),
        (exchange_form(held, authorisation, requested_token_type="urn:other"), "invalid_request"),
        (exchange_form(held, authorisation, actor_token=held), "invalid_request"),
        (exchange_form(held, authorisation, audience="urn:other"), "invalid_target"),
        (exchange_form(held, authorisation, resource="https://other.example"), "invalid_target"),
        (exchange_form(held, authorisation, scope="openid"), "invalid_scope"),
        (exchange_form(held, authorisation, client_id="ops"), "unauthorized_client"),
    ]
    for changed in (
        {"status": "withdrawn"},
        {"status": "issued"},
        {"starts_on": today + timedelta(days=1)},
        {"starts_on": today - timedelta(days=9), "ends_on": today - timedelta(days=1)},
        {"grantee": PEOPLE["dependant"].number},
    ):
        # Each narrowed to a record of its own: of one that is live there may be no second.
        other = await authorised(narrowed_to=str(len(wrong)), **changed)
        wrong.append((exchange_form(held, other), "invalid_request"))
    for form, error in wrong:
        refused = await web.post("/oauth/token", data=form)
        assert (refused.status_code, refused.json()["error"]) == (400, error), form


async def test_no_grant_serves_an_account_that_is_not_active(seeded, driving, clients, authorised):
    """Every grant, device and exchange included, in every status: tokens for the active and for nobody else."""
    browser, web, service = await signed_in(seeded), seeded.web(), seeded.service
    api = await clients.add("api", introspects_all=True, redirect_uris=[], grants=[GrantType.DEVICE])
    tokens, authorisation = await seeded.tokens(browser), await authorised()
    verifier, held = "v" * 64, tokens["access_token"]

    async def put(person, status):
        async with service.database.transaction(SYSTEM) as session:
            await session.execute(
                sa.text("update accounts set status = :s where person = :p"), {"s": status, "p": person}
            )

    async def device_code(name):
        async with service.database.transaction(SYSTEM) as session:
            signed = await session.scalar(sa.select(SignedIn).where(SignedIn.person == ACTOR.number))
            times = {"opened_at": machine_now(), "expires_at": machine_now() + timedelta(minutes=5)}
            session.add(
                DeviceRequest(
                    digest=digest(name),
                    user_code_index=user_code_index(service, name),
                    client_id="demo",
                    scope="openid",
                    interval_seconds=5,
                    account_id=signed.account_id,
                    person=ACTOR.number,
                    session_id=signed.id,
                    approved=True,
                    **times,
                )
            )
        return {"grant_type": GrantType.DEVICE, "client_id": "demo", "device_code": name}

    async def given(status, number):
        """What each grant gives while the account has a status: a token or nothing."""
        answer = await browser.get(driving.authorise_url(verifier))
        code = driving.query_of(answer.headers["location"])["code"]
        device = await device_code(f"{'BCDFGHJKLMNP'[number]}CDFGHJK")
        await put(ACTOR.number, status)
        try:
            asked = await browser.get(driving.authorise_url(verifier))
            return {
                "password": (await seeded.browser().password(ACTOR.number)).status_code == 303,
                "authorise": "code=" in asked.headers["location"],
                "code": "access_token" in (await seeded.exchange(code, verifier)).json(),
                "device": "access_token" in (await web.post("/oauth/token", data=device)).json(),
                "exchange": "access_token"
                in (await web.post("/oauth/token", data=exchange_form(held, authorisation))).json(),
                "userinfo": (await clients.userinfo(held)).status_code == 200,
                "introspection": (await clients.introspect(held, **clients.proof(api)))["active"],
                "refresh": "access_token" in (await seeded.refresh(tokens["refresh_token"])).json(),
            }
        finally:
            await put(ACTOR.number, Status.ACTIVE)

    async with service.database.transaction(SYSTEM) as session:
        families = await session.scalar(sa.select(sa.func.count()).select_from(TokenFamily))
    stopped = [status for status in Status if status is not Status.ACTIVE]
    assert len(stopped) >= 3
    for number, status in enumerate(stopped):
        assert not any((found := await given(status, number)).values()), (status, found)
        await put(GRANTOR.number, status)
        for_the_stopped = await web.post("/oauth/token", data=exchange_form(held, authorisation))
        assert for_the_stopped.json()["error"] == "invalid_request", status
        await put(GRANTOR.number, Status.ACTIVE)
    async with service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(TokenFamily)) == families
    seeded.service.clock.advance(timedelta(minutes=20))
    assert all((found := await given(Status.ACTIVE, len(stopped))).values()), found
    acting = (await web.post("/oauth/token", data=exchange_form(held, authorisation))).json()["access_token"]
    assert (await clients.introspect(acting, **clients.proof(api)))["active"] is True
    await put(GRANTOR.number, Status.SUSPENDED)
    assert await clients.introspect(acting, **clients.proof(api)) == {"active": False}
