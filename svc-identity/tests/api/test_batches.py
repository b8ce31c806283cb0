"""Batches of activations: who may, who releases, a verdict for every line, one activation and one text each, kill or not."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.database import Sight
from chassis.models import IntentRow
from chassis.testing.fixtures import eventually
from identity.domain.account import Channel
from identity.intake import Intake
from identity.models import Account, ActivationRow, Binding, Client
from identity.seeds import HOLDERS
from partners.testing import magic

SYSTEM = Sight.system("test")
URL = "/v1/activation-batches"
CSV = {"content-type": "text/csv"}


def mobile(place: int) -> str:
    return f"+96650777{7000 + place}"


async def finished(web, headers, batch, within_s=60.0):
    async def done():
        view = (await web.get(f"{URL}/{batch}", headers=headers)).json()
        return view if view["finished_at"] else None

    return await eventually(done, within_s=within_s)


async def rows_of(house):
    async with house.service.database.transaction(SYSTEM) as session:
        return list(await session.scalars(sa.select(ActivationRow).order_by(ActivationRow.line)))


def client_bearer(house, name, scope="activations"):
    """An access token of a client, as the provider signs one."""
    now = int(house.service.clock.now().timestamp())
    claims = {
        "iss": house.service.settings.public_url,
        "aud": "urn:jawaz:api",
        "sub": name,
        "person": f"client:{name}",
        "kind": "client",
        "client_id": name,
        "sid": "11111111-1111-7111-8111-111111111111",
        "iat": now,
        "exp": now + 300,
        "channel": "api",
        "scope": scope,
    }
    return {"Authorization": f"Bearer {house.service.keys.sign({'typ': 'at+jwt'}, claims)}"}


async def test_a_batch_of_staff_is_released_by_another_and_every_line_has_its_verdict(seeded, driving):
    web = seeded.web()
    officer, operator = await seeded.bearer_of("officer"), await seeded.bearer_of("operator")
    clerk = await seeded.bearer_of("clerk")
    head, taken = magic("900", block=3), HOLDERS[0]
    lines = [
        f"{head},{mobile(1)},en",
        f"{magic('900', block=3, place=1)},{mobile(2)}",
        "1000000009,0501234567",
        f"{magic('901')},{mobile(3)}",
        f"{magic('923')},{mobile(4)}",
        f"{magic('924')},{mobile(5)}",
        f"{taken.number},{mobile(6)}",
        f"{magic('002')},{taken.mobile}",
        f"{head},{mobile(7)}",
    ]
    body = "\n".join(lines).encode()
    for headers, content, kind, status, slug in (
        (clerk, body, "text/csv", 403, "role-needed"),
        (officer, b"", "text/csv", 422, "batch-empty"),
        (officer, body, "application/json", 422, "batch-format-unknown"),
        (officer, b"\xff", "text/csv", 422, "batch-not-text"),
    ):
        refused = await web.post(URL, headers=headers | driving.once() | {"content-type": kind}, content=content)
        assert (refused.status_code, refused.json()["slug"]) == (status, slug)
    assert (
        await web.post(f"{URL}?channel=bank", headers=officer | driving.once() | CSV, content=body)
    ).status_code == 422
    key = driving.once()
    taken_in = await web.post(URL, headers=officer | key | CSV, content=body)
    again = await web.post(URL, headers=officer | key | CSV, content=body)
    assert (taken_in.status_code, again.json()) == (202, taken_in.json())
    view = taken_in.json()
    assert (view["rows"], view["waits_for_release"], view["counts"]["held"], view["counts"]["refused"]) == (
        9,
        True,
        7,
        2,
    )
    batch = f"{URL}/{view['id']}"
    own = await web.post(f"{batch}/release", headers=officer | driving.once())
    assert (own.status_code, own.json()["slug"]) == (403, "own-batch")
    assert (await web.post(f"{batch}/release", headers=clerk | driving.once())).status_code == 403
    assert (await web.get(f"{batch}/rows", headers=operator)).status_code == 404
    assert (await web.post(f"{batch}/release", headers=operator | driving.once())).status_code == 200
    twice = await web.post(f"{batch}/release", headers=operator | driving.once())
    assert (twice.status_code, twice.json()["slug"]) == (409, "batch-released")

    done = await finished(web, officer, view["id"])
    assert {state: count for state, count in done["counts"].items() if count} == {"activated": 2, "refused": 7}
    first = (await web.get(f"{batch}/rows?limit=5", headers=officer)).json()
    rest = (await web.get(f"{batch}/rows?limit=5&cursor={first['next']}", headers=officer)).json()
    verdicts = {row["line"]: [reason["slug"] for reason in row["reasons"]] for row in first["items"] + rest["items"]}
    assert verdicts == {
        1: [],
        2: [],
        3: ["person-number-not-valid"],
        4: ["holder_is_alive"],
        5: ["holder_is_alive", "mobile_is_in_the_holders_name"],
        6: ["mobile_is_in_the_holders_name"],
        7: ["account-active"],
        8: ["mobile_has_no_other_owner"],
        9: ["number-twice"],
    }
    for row in first["items"] + rest["items"]:
        for words in [row["texts"], *(reason["texts"] for reason in row["reasons"])]:
            assert words["ar"]
            assert words["en"]
    assert all(row.mobile is None for row in await rows_of(seeded))

    async with seeded.service.database.transaction(SYSTEM) as session:
        account = await session.scalar(sa.select(Account).where(Account.person == head))
        bindings = list(await session.scalars(sa.select(Binding).where(Binding.batch_id == view["id"])))
        acts = list(await session.scalars(sa.select(ActRow).where(ActRow.reason == view["reference"])))
    assert (account.status, account.language, account.password_hash) == ("active", "en", None)
    assert {(each.clerk, each.channel, each.office) for each in bindings} == {("S-100002", "office", "riyadh-main")}
    assert [each.actor for each in acts] == ["S-100002", "S-100002"]

    async def said():
        told = [e.data for e in seeded.told if e.type == "identity.contact.changed.v1" and e.data["person"] == head]
        heads = [e for e in seeded.told if e.type == "identity.relation.changed.v1" and e.data["subject"] == head]
        # The whole household, and its two workers, once each though head and spouse were in the batch.
        return (told, heads) if told and len(heads) == 6 else None

    told, heads = await eventually(said)
    assert (told[0]["mobile"], told[0]["language"]) == (mobile(1), "en")
    assert len({(e.data["relation"], e.data["object"]) for e in heads}) == 6

    async def texted():
        return [t for place in (1, 2) for t in await seeded.texts(mobile(place))]

    async def both():
        return len(await texted()) == 2

    await eventually(both)
    assert [await seeded.texts(mobile(place)) for place in (3, 4, 5, 6, 7)] == [[]] * 5


async def test_a_bank_hands_in_its_own_at_once_and_nobody_elses_client_may(seeded, driving):
    web = seeded.web()
    async with seeded.service.database.transaction(SYSTEM) as session:
        for name, channel in (("bank-one", Channel.BANK), ("shop", "api")):
            session.add(
                Client(
                    id=name,
                    name_ar="جهة",
                    name_en=name,
                    channel=str(channel),
                    redirect_uris=[],
                    after_sign_out_uris=[],
                    scopes=[],
                )
            )
    bank, shop = client_bearer(seeded, "bank-one"), client_bearer(seeded, "shop")
    line = b'{"number": "%s", "mobile": "%s"}' % (magic("001").encode(), mobile(11).encode())
    written = {"content-type": "application/x-ndjson"}
    for headers, slug in ((shop, "role-needed"), (client_bearer(seeded, "bank-one", scope="other"), "scope-needed")):
        refused = await web.post(URL, headers=headers | driving.once() | written, content=line)
        assert (refused.status_code, refused.json()["slug"]) == (403, slug)
    taken = await web.post(URL, headers=bank | driving.once() | written, content=line)
    assert (taken.status_code, taken.json()["waits_for_release"], taken.json()["channel"]) == (202, False, "bank")
    assert (await web.get(f"{URL}/{taken.json()['id']}", headers=shop)).status_code == 404
    done = await finished(web, bank, taken.json()["id"])
    assert done["counts"]["activated"] == 1
    # The same bank does not bind the same person again with another mobile, even when the account has lapsed.
    async with seeded.service.database.transaction(SYSTEM) as session:
        bound = await session.scalar(sa.select(Binding).where(Binding.person == magic("001")))
    assert (bound.channel, bound.office, bound.clerk) == ("bank", "bank-one", "client:bank-one")


async def test_workers_that_die_or_sleep_activate_nobody_twice(seeded, driving):
    """Six workers at once, each killed or outlived by its lease at some point: one activation, one binding, one text each."""
    web, officer, operator = seeded.web(), await seeded.bearer_of("officer"), await seeded.bearer_of("operator")
    people = [magic(f"{code:03d}", block=4) for code in range(1, 41)]
    body = "\n".join(f"{person},{mobile(100 + at)}" for at, person in enumerate(people)).encode()
    await seeded.bodies.control("faults", body="registry", kind="down", count=7)
    batch = (await web.post(URL, headers=officer | driving.once() | CSV, content=body)).json()["id"]
    await web.post(f"{URL}/{batch}/release", headers=operator | driving.once())
    for pause in (0.02, 0.05, 0.1, 0.15, 0.2):
        racing = [asyncio.create_task(Intake(seeded.service).work()) for _ in range(2)]
        await asyncio.sleep(pause)
        for each in racing:
            each.cancel()
        await asyncio.gather(*racing, return_exceptions=True)
        # What the killed ones held is free again at once instead of after their lease.
        async with seeded.service.database.transaction(SYSTEM) as session:
            past = sa.func.clock_timestamp() - timedelta(seconds=1)
            await session.execute(
                sa.update(ActivationRow)
                .where(ActivationRow.state == "working")
                .values(lease_until=past)
                .execution_options(synchronize_session=False)
            )
    done = await finished(web, officer, batch)
    assert done["counts"]["activated"] == len(people)
    async with seeded.service.database.transaction(SYSTEM) as session:
        bound = await session.execute(sa.select(Binding.person, sa.func.count()).group_by(Binding.person))
        counted = {person: count for person, count in bound if person in set(people)}
        intents = await session.scalar(
            sa.select(sa.func.count()).select_from(IntentRow).where(IntentRow.reference.like("activated:%"))
        )
        again = await session.scalar(sa.select(sa.func.max(ActivationRow.fence)))
    assert counted == dict.fromkeys(people, 1)
    assert intents == len(people)
    assert again > 1
