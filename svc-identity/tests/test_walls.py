"""The second wall: whoever forgets the predicate still sees only their own rows, and the run-time role owns nothing."""

import pytest
import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Database, Sight
from identity.models import (
    Account,
    Binding,
    Challenge,
    Consent,
    DeviceRequest,
    Link,
    RefreshToken,
    Registration,
    SignedIn,
    SignIn,
    TokenFamily,
)
from identity.queries import account_of
from identity.seeds import HOLDERS

MINE, OTHER = HOLDERS[2], HOLDERS[4]


async def test_a_person_sees_their_own_rows_and_nobody_sees_none(seeded):
    for holder in (MINE, OTHER):
        browser = seeded.browser()
        await browser.sign_in(holder.number, mobile=holder.mobile)
        await seeded.tokens(browser)
        await allow(seeded, holder.number)
    database = seeded.service.database
    for model in (
        Account, Binding, Challenge, SignIn, SignedIn, RefreshToken, TokenFamily, Consent, DeviceRequest,
    ):  # fmt: skip
        async with database.transaction(Sight(MINE.number), now=seeded.service.clock.now()) as session:
            seen = set(await session.scalars(sa.select(model.person)))
        assert MINE.number in seen, model
        assert OTHER.number not in seen, model
        for blind in (Sight.nobody(), None):
            async with database.transaction(blind) as session:
                assert list(await session.scalars(sa.select(model.person))) == [], model


async def allow(seeded, person):
    """A consent and a device that was let in."""
    now = machine_now()
    async with seeded.service.database.transaction(Sight.system("test")) as session:
        account = await account_of(session, person)
        whose = {"account_id": account.id, "person": person, "client_id": "demo", "scope": "openid"}
        session.add(Consent(**whose, given_at=now))
        codes = {"digest": person, "user_code_index": person, "interval_seconds": 5}
        session.add(DeviceRequest(**whose, **codes, opened_at=now, expires_at=now, approved=True))


@pytest.mark.parametrize("model", [Registration, Link])
async def test_strangers_see_no_half_done_registration_or_link(house, model):
    await house.web().post("/v1/accounts", json={"number": "1000190007", "mobile": "+966501190007"})
    async with house.service.database.transaction(Sight.nobody()) as session:
        assert list(await session.scalars(sa.select(model.person))) == []


async def test_bindings_are_only_ever_added(seeded):
    for role in (seeded.database.run_dsn, seeded.database.owner_dsn):
        database = Database(role)
        try:
            with pytest.raises(sa.exc.DBAPIError):
                async with database.transaction(Sight.system("test")) as session:
                    await session.execute(sa.text("update bindings set clerk = 'S-000000'"))
        finally:
            await database.close()


async def test_contacts_seeds_and_tokens_cannot_be_read_in_the_tables(seeded):
    browser = seeded.browser()
    await browser.sign_in(MINE.number, mobile=MINE.mobile)
    tokens = await seeded.tokens(browser)
    reader = Database(seeded.database.verify_dsn)
    try:
        async with reader.transaction() as session:
            rows = []
            for table in ("accounts", "challenges", "sessions", "refresh_tokens", "authorisation_codes", "intents"):
                rows += list(await session.scalars(sa.text(f"select to_jsonb(t)::text from {table} t")))
    finally:
        await reader.close()
    everything = "\n".join(rows)
    assert len(rows) > 10
    cookie = browser.web.cookies["jawaz_session"]
    for secret in (MINE.mobile, MINE.mobile[1:], tokens["refresh_token"], tokens["access_token"], cookie):
        assert secret not in everything
