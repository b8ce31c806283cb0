"""The invariants hold after whole journeys, and each of them finds what was planted against it."""

from datetime import timedelta
from importlib import resources

import sqlalchemy as sa

from chassis.database import Database, Sight
from identity.actions.forget import forget
from identity.actions.suspend import suspend_deceased
from identity.domain.account import ACCOUNT
from identity.models import Base
from identity.queries import account_of
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
FILES = {
    file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
    for file in resources.files("identity").joinpath("invariants").iterdir()
    if file.name.endswith(".sql")
}
PLANTED = {
    "i60_one_account_and_one_owner": "update accounts set password_hash = null where person = '1000190007'",
    "i61_nothing_live_for_the_inactive": "update sessions set ended_at = null, ended_by = null",
    "i61_members_have_an_active_account": "insert into relations (id, relation, subject, object, starts_at, source, scope)"
    " values (gen_random_uuid(), 'establishment_member', '1000190015', '7000190000', now(), 'identity', 'clerk')",
    "i62_codes_are_used_once_in_time": "update challenges set used_at = expires_at + interval '1 second'",
    "i63_one_leaf_per_family": "update refresh_tokens set revoked_at = null, expires_at = expires_at + interval '1 day'",
    "i43_moves_are_listed": "update case_moves set standing = 'carrier' where action = 'activate'",
    "i43_authorisation_moves_are_listed": "insert into authorisations (id, reference, person, status, opened_at, moved_at,"
    " grantee, asked_by, service, starts_on, ends_on) values (gen_random_uuid(), 'AUT', '1000290005', 'declined', now(),"
    " now(), '1000190007', '1000190007', 'exit_reentry', current_date, current_date)",
    "i43_role_change_moves_are_listed": "insert into role_changes (id, reference, person, status, opened_at, moved_at, role,"
    " office, direction, reason, proposed_by, expires_at) values (gen_random_uuid(), 'ROL', 'S-100001', 'expired', now(),"
    " now(), 'officer', 'riyadh-main', 'begin', 'planted', 'S-100005', now())",
    "i65_grants_are_inside_their_authorisation": "insert into relations (id, relation, subject, object, starts_at, source,"
    " scope) values (gen_random_uuid(), 'grantee', '1000190007', '1000290005', now(), 'identity', 'exit_reentry')",
    "i44_history_is_one_chain": "update accounts set status = 'lapsed' where person = '1000190007'",
    "relations_were_said": "delete from event_streams where aggregate like 'identity.relation:%'",
}


async def violations(house) -> dict[str, int]:
    """What the reader of all rows finds, by invariant."""
    reader = Database(house.database.verify_dsn)
    try:
        async with reader.transaction() as session:
            found = {name: len(list(await session.execute(sa.text(query)))) for name, query in FILES.items()}
    finally:
        await reader.close()
    return {name: count for name, count in found.items() if count}


async def found_when_planted(house, statement: str, query: str) -> bool:
    """Change rows as no code of ours may (their owner, past the triggers and the walls), look, and take it back."""
    owner = Database(house.database.owner_dsn)
    try:
        async with owner.engine.connect() as connection:
            for table in [*Base.metadata.tables, "case_moves"]:
                await connection.execute(sa.text(f"alter table {table} disable trigger user"))
                await connection.execute(sa.text(f"alter table {table} no force row level security"))
            await connection.execute(sa.text(statement))
            found = list(await connection.execute(sa.text(query)))
            await connection.rollback()
            return bool(found)
    finally:
        await owner.close()


async def lived_in(house, driving):
    """Sign-ins, tokens, a reuse, a sign-out and a suspension."""
    for holder in HOLDERS[:3]:
        browser = house.browser()
        await browser.sign_in(holder.number, mobile=holder.mobile)
        tokens = await house.tokens(browser)
        await house.refresh(tokens["refresh_token"])
        await house.refresh(tokens["refresh_token"])
    await browser.form("/sign-out", "/sign-out")
    async with house.service.database.transaction(SYSTEM, now=house.service.clock.now()) as session:
        await suspend_deceased(house.service, session, await account_of(session, HOLDERS[1].number, lock=True))


async def test_they_hold_after_a_life(seeded, driving):
    await lived_in(seeded, driving)
    assert await violations(seeded) == {}
    seeded.service.clock.advance(timedelta(days=3))
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        assert await forget(seeded.service, session) > 0
        assert await forget(seeded.service, session) == 0
    assert await violations(seeded) == {}


def test_each_has_something_planted_against_it():
    assert set(PLANTED) == set(FILES)
    assert all(query.startswith("-- ") for query in FILES.values())


async def test_each_finds_what_was_planted(seeded, driving):
    await lived_in(seeded, driving)
    found = {name: await found_when_planted(seeded, PLANTED[name], query) for name, query in FILES.items()}
    assert found == dict.fromkeys(FILES, True)
    assert await violations(seeded) == {}


def test_the_listed_moves_are_those_of_the_lifecycle():
    arrows = {
        f"('{origin}', '{move.action}', '{move.target}', '{standing}')"
        for move in ACCOUNT.moves
        for origin in move.origins
        for standing in move.by
    }
    query = FILES["i43_moves_are_listed"]
    assert {line.strip().rstrip(",") for line in query.splitlines() if line.strip().startswith("('")} == arrows
