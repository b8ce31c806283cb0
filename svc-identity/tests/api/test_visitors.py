"""Visitors: known by border number or passport, answered like nobody, active by themselves or at an airport desk."""

import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.database import Sight
from chassis.testing.fixtures import eventually
from identity.actions.relate import begin_relation
from identity.models import Account, Binding, Registration
from identity.queries import account_of, person_in, registry_person

SYSTEM = Sight.system("test")
BORDER, SECOND, THIRD, NOBODY = "3000123450", "3000123451", "3000123452", "3000192300"
MOBILE, OTHERS_MOBILE = "+966507654321", "+966507654322"
PASSWORD = "Sesame-open-7"


async def said_by(house, number):
    """What a visitor's passport says."""
    person = await house.bodies.registry.person(number)
    return {
        "number": person.foreign_passport.number,
        "nationality": person.nationality,
        "born_on": person.born_on.isoformat(),
    }


async def asked(house, mobile=MOBILE, **body):
    answer = await house.web().post("/v1/accounts/visitors", json={"mobile": mobile, "language": "en", **body})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def looked_into(house, registration):
    """The registration once the registry has answered."""

    async def done():
        async with house.service.database.transaction(SYSTEM) as session:
            row = await session.get(Registration, registration["registration"])
        return row if row.checked_at else None

    return await eventually(done)


async def confirmed(house, registration, known=0, mobile=MOBILE):
    body = {"registration": registration["registration"], "code": await house.code_to(mobile, known)}
    answer = await house.web().post("/v1/accounts/confirmations", json={**body, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_visitor_is_active_by_their_passport_and_the_code_alone(seeded, driving):
    said = await said_by(seeded, BORDER)
    account = await confirmed(seeded, await asked(seeded, passport=said))
    assert (account["kind"], account["status"], account["next_step"]) == ("visitor", "active", None)
    assert account["names"]["en"]
    async with seeded.service.database.transaction(SYSTEM) as session:
        row = await account_of(session, BORDER)
        binding = await session.scalar(sa.select(Binding).where(Binding.person == BORDER))
        acts = list(await session.scalars(sa.select(ActRow.action).where(ActRow.person == BORDER)))
    assert (str(row.id), binding.channel, binding.clerk, acts) == (account["id"], "self", BORDER, ["activate"])
    browser = seeded.browser()
    assert (await browser.sign_in(BORDER, mobile=MOBILE, password=PASSWORD)).status_code == 303
    tokens = await seeded.tokens(browser)
    me = await seeded.web().get("/v1/me", headers=driving.bearer(tokens["access_token"]))
    assert (me.status_code, me.json()["kind"]) == (200, "visitor")

    async def told():
        contacts = [e.data for e in seeded.told if e.type == "identity.contact.changed.v1"]
        return next((each for each in contacts if each["person"] == BORDER), None)

    assert (await eventually(told))["mobile"] == MOBILE
    # Whoever asks again, even with the passport, is answered alike and gets no code; the holder hears of it.
    known = len(await seeded.codes(MOBILE))
    again = await looked_into(seeded, await asked(seeded, OTHERS_MOBILE, passport=said))
    assert again.finding == "has an account"
    assert (len(await seeded.codes(MOBILE)), await seeded.codes(OTHERS_MOBILE)) == (known, [])


async def test_known_and_unknown_visitors_are_answered_alike_and_only_who_agrees_gets_a_code(seeded):
    said, others = await said_by(seeded, BORDER), await said_by(seeded, SECOND)
    tried = [
        ({"border_number": NOBODY}, "not in the registry"),
        ({"passport": {**said, "born_on": "1990-01-01"}}, "not in the registry"),
        ({"passport": {**said, "nationality": "ZZZ"}}, "not in the registry"),
        ({"passport": {**said, "number": "X1234567"}}, "not in the registry"),
        ({"border_number": BORDER, "passport": others}, "not in the registry"),
        ({"border_number": THIRD}, None),
    ]
    answers = [await asked(seeded, **body) for body, _ in tried]
    assert {tuple(answer) for answer in answers} == {("registration", "expires_at")}
    found = [await looked_into(seeded, answer) for answer in answers]
    assert [row.finding for row in found] == [finding for _, finding in tried]
    assert not any(row.proved_by_passport for row in found)
    await seeded.code_to(MOBILE)
    assert len(await seeded.codes(MOBILE)) == 1
    # A wrong passport beside it has not made the border number unknown.
    async with seeded.service.database.transaction(SYSTEM) as session:
        assert await registry_person(seeded.service, session, BORDER) is None
        assert person_in(await registry_person(seeded.service, session, THIRD)) is not None
        assert await session.scalar(sa.select(sa.func.count()).where(Account.kind == "visitor")) == 0
    wrong = [
        {},
        {"border_number": "1000000008"},
        {"passport": {**said, "nationality": "Egypt"}},
        {"passport": {**said, "number": "1"}},
    ]
    for body in wrong:
        answer = await seeded.web().post("/v1/accounts/visitors", json={"mobile": MOBILE, **body})
        assert answer.status_code == 422, body
        assert answer.json()["details"]["fields"][0]["texts"]["ar"]


async def test_a_visitor_with_a_border_number_alone_is_activated_at_an_airport_desk(seeded, driving):
    account = await confirmed(seeded, await asked(seeded, border_number=BORDER))
    assert (account["kind"], account["status"]) == ("visitor", "registered")
    assert "airport" in account["next_step"]["en"]
    person, web = await seeded.bodies.registry.person(BORDER), seeded.web()
    passport = person.foreign_passport
    clerk = await seeded.bearer_of("clerk")
    found = await web.post("/v1/activations/find", headers=clerk, json={"number": BORDER})
    assert found.status_code == 200, found.text
    url = f"/v1/activations/{account['id']}/activate"
    good = {"document": {"number": passport.number, "expires_on": passport.expires_on.isoformat()}, "mobile": MOBILE}
    in_town = await web.post(url, headers=clerk | driving.once(), json=good)
    assert in_town.json()["details"]["missing"] == ["visitor_is_at_an_airport"]
    async with seeded.service.database.transaction(SYSTEM) as session:
        await begin_relation(seeded.service, session, "clerk", "S-100001", "riyadh-airport")
    of_the_border_number = {**good, "document": {**good["document"], "number": "A1234567"}}
    another = await web.post(url, headers=clerk | driving.once(), json=of_the_border_number)
    assert another.json()["details"]["missing"] == ["document_agrees_with_the_registry"]
    done = await web.post(url, headers=clerk | driving.once(), json=good)
    assert (done.status_code, done.json()["status"]) == (200, "active"), done.text
    async with seeded.service.database.transaction(SYSTEM) as session:
        binding = await session.scalar(sa.select(Binding).where(Binding.person == BORDER))
    assert (binding.channel, binding.office, binding.clerk) == ("airport", "riyadh-airport", "S-100001")
