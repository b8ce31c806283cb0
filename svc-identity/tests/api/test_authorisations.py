"""Electronic authorisation over HTTP: confirmed by code, accepted, used, ended; asked for within limits; never passed on."""

import asyncio
from datetime import timedelta
from importlib import resources
from uuid import UUID, uuid4

import asyncpg
import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.clock import civil_day
from chassis.database import Sight
from chassis.events.inbox import Inbox
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from contracts.envelope import Envelope
from contracts.events import ResidencyAuthorisationSpent
from identity.actions.authorisation.end import end_authorisations
from identity.models import Authorisation
from identity.queries_authorisations import live_authorisation
from identity.reactions import reactions
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
PEOPLE = {each.role: each for each in HOLDERS}
GRANTOR, GRANTEE = PEOPLE["sponsor"], PEOPLE["household-head"]
WORKER, OTHER = PEOPLE["worker"], PEOPLE["lost-in-post"]
PATH, REQUESTS = "/v1/authorisations", "/v1/authorisation-requests"


class Desk:
    """Two people and the house between them."""

    def __init__(self, house, driving):
        self.house, self.driving, self.web = house, driving, house.web()
        self.bearers = {}

    async def signed_in(self, *people):
        for each in people:
            browser = self.house.browser()
            await browser.sign_in(each.number, mobile=each.mobile)
            self.bearers[each.number] = self.driving.bearer((await self.house.tokens(browser))["access_token"])
        # Codes of one kind do not hold up those of another, but a mobile takes only one text in a while.
        self.house.service.clock.advance(timedelta(minutes=20))

    async def call(self, method, path, who, **sent):
        headers = self.bearers[who.number] | (self.driving.once() if method == "POST" else {})
        return await self.web.request(method, path, headers=headers, **sent)

    async def ok(self, method, path, who, **sent):
        answer = await self.call(method, path, who, **sent)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json()

    async def refused(self, method, path, who, status, slug, **sent):
        answer = await self.call(method, path, who, **sent)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        body = answer.json()
        assert body["slug"] == slug, body
        assert set(body["texts"]) == {"ar", "en"}
        return body

    async def born(self, person):
        return (await self.house.service.registry.person(person.number)).born_on.isoformat()

    async def wish(self, grantee=GRANTEE, **changed):
        last = self.house.service.clock.today() + timedelta(days=30)
        return {
            "grantee": grantee.number,
            "grantee_born_on": await self.born(grantee),
            "service": "exit_reentry",
            "ends_on": last.isoformat(),
            **changed,
        }

    async def drafted(self, grantor=GRANTOR, grantee=GRANTEE, **changed):
        known = len(await self.house.codes(grantor.mobile))
        made = await self.ok("POST", PATH, grantor, json=await self.wish(grantee, **changed))
        assert made["status"] == "draft"
        return f"{PATH}/{made['id']}", await self.house.code_to(grantor.mobile, known)

    async def issued(self, grantor=GRANTOR, grantee=GRANTEE, **changed):
        place, code = await self.drafted(grantor, grantee, **changed)
        made = await self.ok("POST", f"{place}/confirm", grantor, json={"code": code})
        assert made["status"] == "issued"
        self.house.service.clock.advance(timedelta(hours=2))
        return place

    async def accepted(self, grantor=GRANTOR, grantee=GRANTEE, **changed):
        place = await self.issued(grantor, grantee, **changed)
        assert (await self.ok("POST", f"{place}/accept", grantee))["status"] == "accepted"
        return place

    async def relation(self, place):
        async with self.house.service.database.transaction(SYSTEM) as session:
            return await session.get(RelationRow, UUID(place.rpartition("/")[2]))

    async def status(self, place):
        async with self.house.service.database.transaction(SYSTEM) as session:
            which = sa.select(Authorisation.status).where(Authorisation.id == UUID(place.rpartition("/")[2]))
            return await session.scalar(which)

    async def spent(self, place, version):
        event = ResidencyAuthorisationSpent(
            authorisation_id=UUID(place.rpartition("/")[2]),
            case_reference="JWZ-7K3M-Q9RT-2XWA",
            used_at=self.house.service.clock.now(),
        )
        envelope = Envelope(
            id=uuid4(),
            source=event.producer(),
            type=event.key,
            time=event.used_at,
            aggregate=event.aggregate,
            version=version,
            data=event.model_dump(mode="json"),
        )
        inbox = Inbox(self.house.service, reactions)
        await inbox.deliver(envelope.model_dump_json().encode(), type_hint=event.key, attempts=0)

    async def told(self, *words):
        """Waits until these events of authorisations were said, in this order and no others."""

        async def all_of_them():
            said = [e.type.split(".")[2] for e in self.house.told if e.type.startswith("identity.authorisation.")]
            return said == list(words)

        await eventually(all_of_them)

    async def violations(self):
        connection = await asyncpg.connect(self.house.database.verify_dsn)
        found = {}
        try:
            for file in resources.files("identity").joinpath("invariants").iterdir():
                if file.name.endswith(".sql") and (rows := await connection.fetch(file.read_text(encoding="utf-8"))):
                    found[file.name] = [tuple(row) for row in rows]
        finally:
            await connection.close()
        return found


async def test_from_the_code_to_the_last_use_and_back(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE, OTHER)
    services = await desk.ok("GET", f"{PATH}/services", GRANTEE)
    assert len(services) == 21
    assert {each["code"] for each in services if each["carried"]} == {
        "passport_renewal",
        "iqama_renewal",
        "exit_reentry",
    }
    place, code = await desk.drafted(narrowed_to=WORKER.number, uses_allowed=2)
    # A draft is the grantor's alone, and the code is theirs alone to type.
    await desk.refused("GET", place, GRANTEE, 404, "not-found")
    await desk.refused("POST", f"{place}/confirm", GRANTEE, 404, "not-found", json={"code": code})
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    await desk.refused("POST", f"{place}/confirm", GRANTOR, 409, "authorisation-code-not-right", json={"code": wrong})
    made = await desk.ok("POST", f"{place}/confirm", GRANTOR, json={"code": code})
    assert (made["status"], made["grantee"]["names"] is not None) == ("issued", True)
    assert await desk.relation(place) is None

    seen = await desk.ok("GET", place, GRANTEE)
    assert {each["action"]: each["possible"] for each in seen["actions"]} == {"accept": True, "reject": True}
    await desk.refused("GET", place, OTHER, 404, "not-found")
    await desk.refused("POST", f"{place}/accept", GRANTOR, 403, "not-your-move")
    await desk.refused("POST", f"{place}/withdraw", GRANTEE, 403, "not-your-move")
    await desk.ok("POST", f"{place}/accept", GRANTEE)
    row = await desk.relation(place)
    assert (row.relation, row.subject, row.object) == ("grantee", GRANTEE.number, GRANTOR.number)
    assert (row.scope, row.narrowed_to, row.uses_allowed) == ("exit_reentry", WORKER.number, 2)
    assert civil_day(row.ends_at).isoformat() > seen["ends_on"]

    for used, status in ((1, "accepted"), (2, "used")):
        await desk.spent(place, used)
        now = await desk.ok("GET", place, GRANTOR)
        assert (now["uses"], now["status"]) == (used, status)
    given = (await desk.ok("GET", f"{PATH}?side=given", GRANTOR))["items"]
    received = (await desk.ok("GET", f"{PATH}?side=received", GRANTEE))["items"]
    assert [each["id"] for each in given] == [each["id"] for each in received] == [made["id"]]
    assert (given[0]["given"], received[0]["given"]) == (True, False)
    assert (given[0]["moves"], received[0]["moves"]) == (["withdraw"], [])
    # The second wall: both sides see the row and nobody else does; other services are told of the grantor's relations.
    for who, rows in ((GRANTOR, 1), (GRANTEE, 1), (OTHER, 0)):
        async with seeded.service.database.transaction(Sight(who.number), now=seeded.service.clock.now()) as session:
            assert len(list(await session.scalars(sa.text("select id from authorisations")))) == rows
    told = (await desk.ok("GET", "/v1/me/relations", GRANTEE))["items"]
    assert (GRANTOR.number, WORKER.number, "sponsor") in {(e["subject"], e["object"], e["relation"]) for e in told}
    others = (await desk.ok("GET", "/v1/me/relations", OTHER))["items"]
    assert not {each["subject"] for each in others} - {OTHER.number}
    assert (await desk.ok("GET", PATH, OTHER))["items"] == []

    await desk.ok("POST", f"{place}/withdraw", GRANTOR)
    assert (await desk.relation(place)).ends_at <= seeded.service.clock.now()
    await desk.refused("POST", f"{place}/accept", GRANTEE, 409, "move-not-open")
    await desk.told("issued", "accepted", "used", "used", "withdrawn")
    closing = [e.data for e in seeded.told if e.data.get("relation") == "grantee"][-1]
    assert (closing["scope"], closing["ends_at"] is not None) == ("exit_reentry", True)
    assert [row["action"] for row in (await desk.ok("GET", place, GRANTOR))["timeline"]] == [
        *("approve", "confirm", "accept", "use", "use", "use_up", "withdraw")
    ]
    assert await desk.violations() == {}


async def test_one_person_per_service_and_record_even_at_once(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE, OTHER)
    first, first_code = await desk.drafted()
    seeded.service.clock.advance(timedelta(minutes=1))
    second, second_code = await desk.drafted(grantee=OTHER)
    answers = await asyncio.gather(
        desk.call("POST", f"{first}/confirm", GRANTOR, json={"code": first_code}),
        desk.call("POST", f"{second}/confirm", GRANTOR, json={"code": second_code}),
        *(desk.call("POST", f"{first}/confirm", GRANTOR, json={"code": first_code}) for _ in range(4)),
    )
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409, 409]
    seeded.service.clock.advance(timedelta(hours=2))
    # The whole holds the part as well; another service is another thing.
    for narrower in (None, WORKER.number):
        body = await desk.wish(OTHER, narrowed_to=narrower)
        refused = await desk.refused("POST", PATH, GRANTOR, 409, "requirements-missing", json=body)
        assert refused["details"]["missing"] == ["no_other_is_live"]
    winner = second if answers[1].status_code == 200 else first
    await desk.ok("POST", f"{winner}/withdraw", GRANTOR)
    await desk.issued(grantee=OTHER, service="iqama_renewal")
    await desk.issued(grantee=OTHER, narrowed_to=WORKER.number)
    assert await desk.violations() == {}


def _is_being_checked(said):
    return any(each["state"] == "being_checked" for each in said["details"].get("requirements", []))


async def test_who_can_be_authorised_is_not_told_to_those_who_try_numbers_out(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE)

    async def tried(**changed):
        async def answered():
            body = await desk.wish(**changed)
            said = (await desk.call("POST", PATH, GRANTOR, json=body)).json()
            return None if _is_being_checked(said) else said

        seeded.service.clock.advance(timedelta(days=1))
        return await eventually(answered, every_s=0.3)

    nobodys = (await seeded.service.registry.person("1000290104")).born_on.isoformat()
    stranger = await tried(grantee_born_on="1980-01-01")
    unknown = await tried(grantee=PEOPLE["dependant"], grantee_born_on="1980-01-02")
    no_account = {**await desk.wish(), "grantee": "1000290104", "grantee_born_on": nobodys}

    async def without_account():
        said = (await desk.call("POST", PATH, GRANTOR, json=no_account)).json()
        return None if _is_being_checked(said) else said

    seeded.service.clock.advance(timedelta(days=1))
    absent = await eventually(without_account, every_s=0.3)
    bodies = []
    for each in (stranger, unknown, absent):
        assert each["details"]["missing"] == ["grantee_is_known"]
        bodies.append({name: value for name, value in each.items() if name != "request_id"})
    assert bodies[0] == bodies[1] == bodies[2]
    # A resident can authorise and cannot be authorised.
    seeded.service.clock.advance(timedelta(days=1))
    resident = await desk.refused("POST", PATH, GRANTOR, 409, "requirements-missing", json=await desk.wish(WORKER))
    assert "grantee_is_a_citizen" in resident["details"]["missing"]
    for _ in range(4):
        await desk.call("POST", PATH, GRANTOR, json=await desk.wish(WORKER))
    limited = await desk.refused("POST", PATH, GRANTOR, 429, "too-many-authorisations", json=await desk.wish(WORKER))
    assert limited["details"] == {}


async def test_its_days_end_it_and_so_does_silence(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE)
    clock = seeded.service.clock
    later = clock.today() + timedelta(days=5)
    silent = await desk.issued(service="iqama_renewal")
    place = await desk.accepted(starts_on=later.isoformat(), ends_on=(later + timedelta(days=1)).isoformat())
    draft, _ = await desk.drafted(service="final_exit")
    identifier = UUID(place.rpartition("/")[2])
    row = await desk.relation(place)
    assert (civil_day(row.starts_at), row.ends_at - row.starts_at) == (later, timedelta(days=2))

    async def acts():
        async with seeded.service.database.transaction(SYSTEM) as session:
            return await live_authorisation(session, identifier, GRANTEE.number, clock.now()) is not None

    assert not await acts()
    clock.advance(timedelta(days=5))
    assert await acts()
    await eventually(lambda: _is(desk, draft, "expired"))
    clock.advance(timedelta(days=2))
    assert not await acts()
    await eventually(lambda: _is(desk, place, "expired"))
    assert (await desk.relation(place)).ends_at == row.ends_at
    clock.advance(timedelta(days=14))
    await eventually(lambda: _is(desk, silent, "expired"))
    await desk.told("issued", "issued", "accepted", "expired", "expired")
    assert await desk.violations() == {}


async def _is(desk, place, status):
    return await desk.status(place) == status


async def test_it_is_not_passed_on_and_ends_with_either_account_in_the_same_transaction(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE)
    place = await desk.accepted()
    body = await desk.wish(OTHER, narrowed_to=WORKER.number)
    await desk.refused("POST", PATH, GRANTEE, 403, "authorisation-not-transitive", json=body)
    async with seeded.service.database.transaction(SYSTEM) as session:
        kept = list(await session.scalars(sa.select(ActRow).where(ActRow.action == "authorisation.regrant_refused")))
    assert [(row.actor, row.object) for row in kept] == [(GRANTEE.number, "exit_reentry")]
    # A record that is nobody's of theirs does not exist for them, whoever granted what.
    body = await desk.wish(OTHER, narrowed_to=WORKER.number, service="final_exit")
    await desk.refused("POST", PATH, GRANTEE, 404, "not-found", json=body)
    # The second wall: a grant opens nothing of identity's own.
    async with seeded.service.database.transaction(Sight(GRANTEE.number), now=seeded.service.clock.now()) as session:
        assert GRANTOR.number not in set(await session.scalars(sa.text("select person from accounts")))

    waiting = await desk.issued(service="iqama_renewal")
    administrator = await seeded.bearer_of("administrator")
    async with seeded.service.database.transaction(SYSTEM) as session:
        account = await session.scalar(sa.text("select id from accounts where person = :p"), {"p": GRANTEE.number})
    headers = administrator | driving.once()
    url = f"/v1/activations/{account}/suspend"
    answer = await desk.web.post(url, headers=headers, json={"reason": "lost telephone"})
    assert answer.status_code == 200, answer.text
    assert [await desk.status(each) for each in (place, waiting)] == ["ended", "ended"]
    assert (await desk.relation(place)).ends_at <= seeded.service.clock.now()
    async with seeded.service.database.transaction(SYSTEM) as session:
        now = seeded.service.clock.now()
        assert await live_authorisation(session, UUID(place.rpartition("/")[2]), GRANTEE.number, now) is None
        await end_authorisations(seeded.service, session, GRANTEE.number)
    await desk.told("issued", "accepted", "issued", "ended", "ended")
    assert await desk.violations() == {}


async def test_somebody_asks_and_the_grantor_decides(seeded, driving):
    desk = Desk(seeded, driving)
    await desk.signed_in(GRANTOR, GRANTEE)
    clock = seeded.service.clock
    last = (clock.today() + timedelta(days=30)).isoformat()
    body = {"grantor": GRANTOR.number, "service": "exit_reentry", "ends_on": last}
    asked = await desk.ok("POST", REQUESTS, GRANTEE, json=body)
    assert (asked["status"], asked["grantor"]["names"]) == ("requested", None)
    await desk.refused("POST", REQUESTS, GRANTEE, 409, "authorisation-asked-already", json=body)
    # A number without an account is answered alike.
    nobody = await desk.ok("POST", REQUESTS, GRANTEE, json={**body, "grantor": "1000290104"})
    same = ("status", "state", "service", "asked_by_grantee", "grantee")
    assert {name: asked[name] for name in same} == {name: nobody[name] for name in same}
    await desk.refused("POST", REQUESTS, GRANTEE, 429, "too-many-authorisations", json=body)

    place = f"{PATH}/{asked['id']}"
    await desk.refused("POST", f"{REQUESTS}/{asked['id']}/approve", GRANTEE, 403, "not-your-move")
    approved = await desk.ok("POST", f"{REQUESTS}/{asked['id']}/approve", GRANTOR)
    code = await seeded.code_to(GRANTOR.mobile, 1)
    assert approved["status"] == "draft"
    assert (await desk.ok("POST", f"{place}/confirm", GRANTOR, json={"code": code}))["status"] == "issued"
    await desk.ok("POST", f"{place}/reject", GRANTEE)

    clock.advance(timedelta(hours=2))
    again = await desk.ok("POST", REQUESTS, GRANTEE, json=body)
    await desk.ok("POST", f"{REQUESTS}/{again['id']}/decline", GRANTOR)
    await desk.refused("POST", REQUESTS, GRANTEE, 409, "authorisation-asked-already", json=body)
    withdrawn = await desk.ok("POST", f"{PATH}/{nobody['id']}/withdraw", GRANTEE)
    assert withdrawn["status"] == "withdrawn"
    await desk.told("requested", "issued", "rejected", "requested", "declined")
    assert await desk.violations() == {}
