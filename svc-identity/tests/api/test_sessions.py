"""My sessions: seen and ended by me, idle by themselves, and nobody else's."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Sight
from identity.models import SignedIn
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")


async def test_my_sessions_are_listed_and_ended_by_me_alone(seeded, driving):
    mine, other = HOLDERS[0], HOLDERS[2]
    web, first, second, stranger = seeded.web(), seeded.browser(), seeded.browser(), seeded.browser()
    await first.sign_in(mine.number, mobile=mine.mobile)
    seeded.service.clock.advance(timedelta(seconds=40))
    await second.sign_in(mine.number, mobile=mine.mobile)
    await stranger.sign_in(other.number, mobile=other.mobile)
    bearer = driving.bearer((await seeded.tokens(first))["access_token"])
    tokens = await seeded.tokens(second)
    foreign = driving.bearer((await seeded.tokens(stranger))["access_token"])

    listed = (await web.get("/v1/me/sessions", headers=bearer)).json()["items"]
    assert len(listed) == 2
    assert sorted(each["is_this_one"] for each in listed) == [False, True]
    elsewhere = next(each["id"] for each in listed if not each["is_this_one"])
    url = f"/v1/me/sessions/{elsewhere}/end"
    assert (await web.post(url, headers=foreign | driving.once())).status_code == 404
    assert (await web.post(url, headers=bearer)).status_code == 400
    assert (await web.post(url, headers=bearer | driving.once())).status_code == 204
    assert (await web.post(url, headers=bearer | driving.once())).status_code == 404
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await second.get(driving.authorise_url("v" * 64))).headers["location"].startswith("/sign-in")
    assert len((await web.get("/v1/me/sessions", headers=bearer)).json()["items"]) == 1


async def test_a_session_idles_out_and_runs_out(seeded, driving):
    browser = seeded.browser()
    await browser.sign_in(HOLDERS[0].number, mobile=HOLDERS[0].mobile)
    tokens = await seeded.tokens(browser)
    for column in (SignedIn.seen_at, SignedIn.expires_at):
        async with seeded.service.database.transaction(SYSTEM) as session:
            kept = await session.scalar(sa.select(column))
            long_ago = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, 1801)
            await session.execute(sa.update(SignedIn).values({column.key: long_ago}))
        assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await browser.get(driving.authorise_url("v" * 64))).headers["location"].startswith("/sign-in")
        async with seeded.service.database.transaction(SYSTEM) as session:
            await session.execute(sa.update(SignedIn).values({column.key: kept}))
    assert (await seeded.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_new_sign_in_ends_the_browsers_old_session(seeded):
    browser = seeded.browser()
    await browser.sign_in(HOLDERS[0].number, mobile=HOLDERS[0].mobile)
    await browser.sign_in(HOLDERS[2].number, mobile=HOLDERS[2].mobile)
    async with seeded.service.database.transaction(SYSTEM) as session:
        live = list(await session.scalars(sa.select(SignedIn.person).where(SignedIn.ended_at.is_(None))))
    assert live == [HOLDERS[2].number]
