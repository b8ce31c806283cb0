"""The clerk's desk: who may, what is compared, what is written down and said, and what suspends an account."""

import sqlalchemy as sa

from chassis.audit.rows import ActRow, LookRow
from chassis.database import Sight
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from contracts.authority import Relation
from identity.actions.learn import learn
from identity.actions.relate import relate
from identity.models import Account, Binding, Registration
from identity.queries import account_of
from identity.seeds import HOLDERS
from partners.testing import magic

SYSTEM = Sight.system("test")
PASSWORD = "Sesame-open-7"
MOBILE = "+966507654321"


async def registered(house, number, mobile=MOBILE, address="192.0.2.7"):
    """A registered account that waits for its activation; returns its id."""
    web, known = house.web(address), len(await house.codes(mobile))
    asked = await web.post("/v1/accounts", json={"number": number, "mobile": mobile})
    code = await house.code_to(mobile, known)
    body = {"registration": asked.json()["registration"], "code": code, "password": PASSWORD}
    confirmed = await web.post("/v1/accounts/confirmations", json=body)
    assert confirmed.status_code == 201, confirmed.text
    return confirmed.json()["id"]


async def seen(house, number):
    person = await house.bodies.registry.person(number)
    expires_on = person.iqama_expires_on or person.id_expires_on
    return {"number": number, "expires_on": expires_on.isoformat()}


async def test_an_activation_that_does_not_agree_names_why_and_changes_nothing(seeded, driving):
    number, clerk = magic("001"), await seeded.bearer_of("clerk")
    account_id, web = await registered(seeded, number), seeded.web()
    url = f"/v1/activations/{account_id}/activate"
    good = {"document": await seen(seeded, number), "mobile": MOBILE}

    not_found_first = await web.post(url, headers=clerk | driving.once(), json=good)
    assert (not_found_first.status_code, not_found_first.json()["slug"]) == (403, "not-assigned")
    found = await web.post("/v1/activations/find", headers=clerk, json={"number": number})
    assert found.json()["mobile_ending"] == "…321"
    assert {each["name"]: each["state"] for each in found.json()["requirements"]}["holder_is_alive"] == "met"

    for changed, missing in (
        ({"mobile": "+966501111111"}, ["mobile_is_the_one_confirmed"]),
        (
            {"document": {"number": number, "expires_on": "2020-01-01"}},
            ["document_is_valid", "document_agrees_with_the_registry"],
        ),
        (
            {"document": {**good["document"], "number": magic("001", block=3)}},
            ["document_agrees_with_the_registry"],
        ),
    ):
        refused = await web.post(url, headers=clerk | driving.once(), json=good | changed)
        assert refused.status_code == 409
        assert refused.json()["details"]["missing"] == missing
        for requirement in refused.json()["details"]["requirements"]:
            assert requirement["texts"]["ar"]
            assert requirement["remedy_texts"]["en"]
    key = driving.once()
    first = await web.post(url, headers=clerk | key, json=good)
    replayed = await web.post(url, headers=clerk | key, json=good)
    assert (first.status_code, replayed.status_code) == (200, 200)
    assert first.json() == replayed.json()
    again = await web.post(url, headers=clerk | driving.once(), json=good)
    assert again.status_code in (403, 409)
    async with seeded.service.database.transaction(SYSTEM) as session:
        bindings = list(await session.scalars(sa.select(Binding).where(Binding.person == number)))
        acts = list(await session.scalars(sa.select(ActRow).where(ActRow.person == number)))
        looks = list(await session.scalars(sa.select(LookRow).where(LookRow.person == number)))
    assert [(each.clerk, each.office) for each in bindings] == [("S-100001", "riyadh-main")]
    assert [each.action for each in acts] == ["activate"]
    assert len(looks) == 1


async def test_only_clerks_have_the_desk(seeded, driving):
    web = seeded.web()
    officer = await seeded.bearer_of("officer")
    browser = seeded.browser()
    await browser.sign_in(HOLDERS[0].number, mobile=HOLDERS[0].mobile)
    citizen = driving.bearer((await seeded.tokens(browser))["access_token"])
    for headers in (officer, citizen):
        assert (await web.get("/v1/activations", headers=headers)).status_code == 403
        found = await web.post("/v1/activations/find", headers=headers, json={"number": HOLDERS[1].number})
        assert found.status_code == 403
    assert (await web.get("/v1/activations")).status_code == 401
    clerk = await seeded.bearer_of("clerk")
    unknown = await web.post("/v1/activations/find", headers=clerk, json={"number": magic("001", block=8)})
    assert unknown.status_code == 404
    for place in range(2):
        await registered(seeded, magic("001", block=8, place=place), f"+96650765430{place}", f"192.0.2.{place}")
    # The row that only tells there is more is no look at anybody.
    page = (await web.get("/v1/activations?limit=1", headers=clerk)).json()
    assert (len(page["items"]), page["next"] is not None) == (1, True)


async def test_who_bound_an_account_does_not_bind_it_again(seeded, driving):
    number, clerk, web = magic("001"), await seeded.bearer_of("clerk"), seeded.web()
    account_id = await registered(seeded, number)
    async with seeded.service.database.transaction(SYSTEM) as session:
        session.add(
            Binding(
                account_id=account_id,
                person=number,
                mobile_index="an older mobile",
                clerk="S-100001",
                office="riyadh-main",
                bound_at=seeded.service.clock.now(),
            )
        )
    await web.post("/v1/activations/find", headers=clerk, json={"number": number})
    refused = await web.post(
        f"/v1/activations/{account_id}/activate",
        headers=clerk | driving.once(),
        json={"document": await seen(seeded, number), "mobile": MOBILE},
    )
    assert refused.json()["details"]["missing"] == ["clerk_has_not_bound_it_before"]


async def test_a_mobile_has_one_owner(seeded, driving):
    number, clerk, web = magic("001"), await seeded.bearer_of("clerk"), seeded.web()
    account_id = await registered(seeded, number, HOLDERS[0].mobile)
    await web.post("/v1/activations/find", headers=clerk, json={"number": number})
    refused = await web.post(
        f"/v1/activations/{account_id}/activate",
        headers=clerk | driving.once(),
        json={"document": await seen(seeded, number), "mobile": HOLDERS[0].mobile},
    )
    assert refused.json()["details"]["missing"] == ["mobile_has_no_other_owner"]


async def test_the_newest_registration_counts_and_the_older_password_does_not(seeded):
    number = magic("001")
    stranger, holder = "+966501112233", "+966504445566"
    first = await registered(seeded, number, stranger)
    assert await registered(seeded, number, holder, "192.0.2.8") == first
    async with seeded.service.database.transaction(SYSTEM) as session:
        account = await account_of(session, number)
        assert account.mobile == holder
        assert await session.scalar(sa.select(sa.func.count()).where(Account.person == number)) == 1


async def test_who_the_registry_does_not_know_or_has_as_deceased_gets_no_code(seeded):
    mobiles = {
        magic("923"): "+966501230001",
        magic("901"): "+966501230012",
        magic("924"): "+966501230034",
        HOLDERS[0].number: "+966501230023",
    }
    for number, mobile in mobiles.items():
        await seeded.web().post("/v1/accounts", json={"number": number, "mobile": mobile})

    async def all_checked():
        async with seeded.service.database.transaction(SYSTEM) as session:
            rows = list(await session.scalars(sa.select(Registration)))
        return {row.person: row.finding for row in rows} if all(row.checked_at for row in rows) else None

    findings = await eventually(all_checked)
    assert findings == {
        magic("923"): "not in the registry",
        magic("901"): "deceased",
        magic("924"): "not their mobile",
        HOLDERS[0].number: "has an account",
    }
    for mobile in mobiles.values():
        assert await seeded.texts(mobile) == []

    async def told():
        return [text for text in await seeded.texts(HOLDERS[0].mobile) if "حساب قائم" in text]

    assert len(await eventually(told)) == 1


async def test_a_late_registry_delays_the_code_and_loses_nothing(seeded):
    await seeded.bodies.control("faults", body="registry", kind="down", count=3)
    await registered(seeded, magic("001"))


async def test_household_and_sponsor_are_said_and_closed_when_the_registry_no_longer_tells_them(seeded):
    head, sponsor = HOLDERS[0].number, HOLDERS[2].number

    async def relations():
        said = {}
        for envelope in seeded.told:
            if envelope.type == "identity.relation.changed.v1":
                body = envelope.data
                said[body["relation_id"]] = (body["relation"], body["subject"], body["object"], body["ends_at"])
        return said if len(said) > 10 else None

    said = set((await eventually(relations)).values())
    person = await seeded.bodies.registry.person(head)
    for dependant in person.dependants:
        assert (Relation.HOUSEHOLD_HEAD, head, dependant, None) in said
    assert (Relation.SPONSOR, sponsor, HOLDERS[3].number, None) in said
    assert ("clerk", "S-100001", "riyadh-main", None) in said

    left = person.model_copy(update={"dependants": person.dependants[1:]})
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        await relate(seeded.service, session, left)
        await relate(seeded.service, session, left)
    async with seeded.service.database.transaction(SYSTEM) as session:
        ended = list(await session.scalars(sa.select(RelationRow).where(RelationRow.ends_at.is_not(None))))
        every = await session.scalar(sa.select(sa.func.count()).select_from(RelationRow))
    assert [(each.subject, each.object) for each in ended] == [(head, person.dependants[0])]

    async def closing():
        return [e for e in seeded.told if e.data.get("relation_id") == str(ended[0].id) and e.data["ends_at"]]

    assert len(await eventually(closing)) == 1
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        await relate(seeded.service, session, person)
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(RelationRow)) == every + 1


async def test_contacts_are_said_at_activation_and_when_the_language_changes(seeded, driving):
    holder = HOLDERS[0]
    browser = seeded.browser()
    await browser.sign_in(holder.number, mobile=holder.mobile)
    bearer = driving.bearer((await seeded.tokens(browser))["access_token"])
    web = seeded.web()
    assert (await web.patch("/v1/me", headers=bearer, json={"language": "en"})).json()["language"] == "en"
    assert (await web.patch("/v1/me", headers=bearer, json={"language": "xx"})).status_code == 422
    assert (await web.patch("/v1/me", headers=bearer, json={"person": "1000000008"})).status_code == 422

    async def said():
        ours = [
            e.data for e in seeded.told if e.type == "identity.contact.changed.v1" and e.data["person"] == holder.number
        ]
        return ours if len(ours) == 2 else None

    first, second = await eventually(said)
    assert (first["mobile"], first["language"], second["language"]) == (holder.mobile, "ar", "en")


async def test_the_dead_lose_access_when_the_registry_says_so(seeded):
    number = magic("901")
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        account = await account_of(session, HOLDERS[0].number, lock=True)
        account.person = number
    answer = await seeded.bodies.registry.person(number)
    async with seeded.service.database.transaction(SYSTEM, now=seeded.service.clock.now()) as session:
        from chassis.facts import keep

        await keep(
            session,
            number,
            "registry.person",
            answer.model_dump(mode="json"),
            source="registry",
            reference=answer.reference,
            now=seeded.service.clock.now(),
        )
        await learn(seeded.service, session, number)
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert (await account_of(session, number)).status == "suspended"


async def test_an_administrator_suspends_and_restores_with_a_reason(seeded, driving):
    holder, web = HOLDERS[0], seeded.web()
    browser = seeded.browser()
    await browser.sign_in(holder.number, mobile=holder.mobile)
    tokens = await seeded.tokens(browser)
    async with seeded.service.database.transaction(SYSTEM) as session:
        account_id = (await account_of(session, holder.number)).id
    clerk, administrator = await seeded.bearer_of("clerk"), await seeded.bearer_of("administrator")
    url = f"/v1/activations/{account_id}"
    for headers, body, status in (
        (clerk, {"reason": "not mine to do"}, 403),
        (administrator, {}, 422),
        (administrator, {"reason": "reported stolen"}, 200),
        (administrator, {"reason": "twice"}, 409),
    ):
        answer = await web.post(f"{url}/suspend", headers=headers | driving.once(), json=body)
        assert answer.status_code == status, answer.text
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    restored = await web.post(f"{url}/restore", headers=administrator | driving.once(), json={"reason": "found again"})
    assert restored.json()["status"] == "active"
    # What the suspension ended stays ended.
    assert (await seeded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
