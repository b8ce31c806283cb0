"""Acting for an employer by their electronic authorisation: within its service, record, days and uses, under both names."""

import asyncio
import uuid
from datetime import timedelta

from residency_desk import LONG_AGO, RENEWALS, SYSTEM, VISAS, household, someone

from chassis.authority import close_relation, open_relation
from chassis.database import Sight
from chassis.http.believing import RelationsOwner
from chassis.http.client import Unreachable
from chassis.testing.fixtures import eventually

GRANTEE, STRANGER = someone("001", thousand=8), someone("001", thousand=9)


async def granted(desk, grantor, scope="exit_reentry", *, grantee=GRANTEE, begins=-LONG_AGO, ends=None, **narrowed):
    """The copy of an authorisation, as identity's event would have brought it."""
    now = desk.service.clock.now()
    async with desk.service.database.transaction(SYSTEM) as session:
        return await open_relation(
            session,
            "grantee",
            grantee,
            grantor,
            now + begins,
            ends_at=None if ends is None else now + ends,
            source="identity",
            scope=scope,
            **narrowed,
        )


async def ended(desk, grant):
    async with desk.service.database.transaction(SYSTEM) as session:
        await close_relation(session, grant, desk.service.clock.now())


async def test_a_grantee_does_what_the_employer_may_under_both_names(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    grant = await granted(desk, employer, narrowed_to=worker, uses_allowed=1)
    place = await desk.paid(GRANTEE, worker)
    await desk.ok("POST", f"{place}/issue", GRANTEE)
    await desk.until(place, GRANTEE, "issued")
    # The case is the employer's: they and the worker see it as if the employer had asked for it.
    seen = await desk.ok("GET", place, employer)
    assert [each["id"] for each in (await desk.ok("GET", VISAS, GRANTEE))["items"]] == [seen["id"]]
    assert [(each["action"], each["standing"]) for each in seen["timeline"] if each["standing"] != "system"] == [
        ("reserve", "grantee"),
        ("issue", "grantee"),
    ]
    (case,) = await desk.rows("select applicant, person, reference from exit_reentry_visas")
    assert (case.applicant, case.person) == (employer, worker)
    for table in ("acts", "looks"):
        kept = await desk.rows(
            f"select distinct actor, person, standing, on_behalf_of from {table} where actor = :a", a=GRANTEE
        )
        assert [tuple(row) for row in kept] == [(GRANTEE, worker, "grantee", employer)], table
    moves = await desk.rows("select distinct actor, on_behalf_of from case_moves where standing = 'grantee'")
    assert [tuple(row) for row in moves] == [(GRANTEE, employer)]
    # One case, one use, said once; and the issue names both.
    spent = await desk.heard("authorisation.spent", authorisation_id=str(grant))
    assert spent["case_reference"] == case.reference
    issued = await desk.heard("exit_reentry_visa.issued")
    assert (issued["acted_by"], issued["on_behalf_of"]) == (GRANTEE, employer)
    assert len(await desk.rows("select 1 from authorisation_uses")) == 1
    # The last use still finishes what it began, and begins nothing new.
    await desk.ok("POST", f"{place}/cancel", GRANTEE)
    cancelled = await desk.heard("exit_reentry_visa.cancelled")
    assert (cancelled["acted_by"], cancelled["on_behalf_of"]) == (GRANTEE, employer)
    body = {"person": worker, "trips": "single", "months": 2}
    await desk.eligible(GRANTEE, VISAS, person=worker)
    await desk.refused("POST", VISAS, GRANTEE, 403, "grant-used-up", json=body)
    # What the employer does in their own right is nobody else's.
    again = await desk.issued(employer, worker)
    own = await desk.heard("exit_reentry_visa.issued", visa_id=again.rpartition("/")[2])
    assert (own["acted_by"], own["on_behalf_of"]) == (None, None)


async def test_a_grant_opens_its_service_its_record_and_its_days_and_nothing_else(desk):
    employer, worker = household()
    other_employer, other = household(skip=1)
    employment = await desk.employ(employer, worker)
    await desk.employ(other_employer, other)
    question = {"person": worker}
    day = timedelta(days=1)

    async def strangers(who=GRANTEE):
        await desk.refused("POST", f"{VISAS}/eligibility", who, 404, "not-found", json=question)
        assert (await desk.ok("GET", VISAS, who))["items"] == []

    await desk.requested(employer, worker)
    await strangers()
    closed = {
        "another service": {"scope": "final_exit"},
        "the renewal alone": {"scope": "iqama_renewal"},
        "tomorrow": {"begins": day},
        "yesterday": {"ends": -day},
        "a second ago": {"ends": -timedelta(seconds=1)},
        "another's record": {"narrowed_to": other},
        "somebody else's": {"grantee": STRANGER},
    }
    for why, changed in closed.items():
        grant = await granted(desk, employer, **changed)
        await strangers()
        await ended(desk, grant)
        assert why
    # Of somebody else, who has nothing to do with the worker; and the worker's own, who may not ask for it themselves.
    for grantor in (other_employer, worker):
        grant = await granted(desk, grantor)
        await strangers()
        await ended(desk, grant)
    # Never transitive: what the grantee was given gives nobody anything.
    first = await granted(desk, employer)
    second = await granted(desk, GRANTEE, grantee=STRANGER)
    await strangers(STRANGER)
    seen = (await desk.ok("GET", VISAS, GRANTEE))["items"]
    assert [each["person"] for each in seen] == [worker]
    # The second wall knows the service as well.
    async with desk.service.database.transaction(Sight(GRANTEE), now=desk.service.clock.now()) as session:
        connection = await session.connection()
        for table, rows in (("exit_reentry_visas", 1), ("iqama_renewals", 0)):
            found = await connection.exec_driver_sql(f"select count(*) from {table}")
            assert found.scalar() == rows, table
    place = f"{VISAS}/{seen[0]['id']}"
    await desk.ok("GET", place, GRANTEE)
    for grant in (first, second):
        await ended(desk, grant)
    # After the end: nothing more, on reads and on acts, and nothing that was begun goes on.
    await desk.refused("GET", place, GRANTEE, 404, "not-found")
    await desk.refused("POST", f"{place}/withdraw", GRANTEE, 404, "not-found")
    assert await desk.rows("select 1 from authorisation_uses") == []
    # Who is no longer the worker's employer has nothing left to grant.
    await granted(desk, employer)
    await desk.ok("GET", place, GRANTEE)
    await ended(desk, employment)
    await desk.refused("GET", place, GRANTEE, 404, "not-found")


async def test_a_renewal_is_opened_and_submitted_for_the_employer(desk):
    employer, worker = household(iqama=(20, 60))
    await desk.employ(employer, worker)
    grant = await granted(desk, employer, "iqama_renewal")
    place = await desk.renewal_paid(GRANTEE, worker)
    await desk.ok("POST", f"{place}/submit", GRANTEE)
    await desk.until(place, GRANTEE, "renewed")
    renewed = await desk.heard("iqama.renewed")
    assert (renewed["acted_by"], renewed["on_behalf_of"]) == (GRANTEE, employer)
    (case,) = await desk.rows("select applicant from iqama_renewals")
    assert case.applicant == employer
    assert (await desk.ok("GET", RENEWALS, GRANTEE))["items"][0]["person"] == worker
    await ended(desk, grant)
    assert (await desk.ok("GET", RENEWALS, GRANTEE))["items"] == []


async def test_fifty_uses_at_once_of_a_single_use_grant_are_one(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    grant = await granted(desk, employer, uses_allowed=1)
    await desk.eligible(GRANTEE, VISAS, person=worker)
    body = {"person": worker, "trips": "single", "months": 2}

    async def one():
        key = str(uuid.uuid4())

        async def answered():
            answer = await desk.call("POST", VISAS, GRANTEE, key=key, json=body)
            busy = answer.status_code == 503 and answer.json()["slug"] == "try-again-soon"
            return None if busy else answer

        return await eventually(answered)

    answers = await asyncio.gather(*(one() for _ in range(50)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(403)) == (1, 49)
    assert {answer.json()["slug"] for answer in answers if answer.status_code == 403} == {"grant-used-up"}
    assert len(await desk.rows("select 1 from exit_reentry_visas")) == 1
    assert len(await desk.rows("select 1 from authorisation_uses where authorisation_id = :id", id=grant)) == 1


async def test_a_token_that_names_an_authorisation_acts_by_that_one_alone(desk):
    employer, worker = household()
    other_employer, other = household(skip=1)
    for who, whom in ((employer, worker), (other_employer, other)):
        await desk.employ(who, whom)
        await desk.requested(who, whom)
    mine, another = await granted(desk, employer), await granted(desk, other_employer)

    def bearer(who, grant):
        return desk.mint.bearer(who, kind="citizen", on_behalf_of={"person": employer, "authorisation": str(grant)})

    async def persons(headers):
        return {each["person"] for each in (await desk.web.get(VISAS, headers=headers)).json()["items"]}

    assert await persons(desk.mint.bearer(GRANTEE)) == {worker, other}
    assert await persons(bearer(GRANTEE, mine)) == {worker}
    assert await persons(bearer(GRANTEE, another)) == {other}
    # What one is in one's own right is not used by such a token, and the token alone gives nothing to anybody.
    assert await persons(bearer(employer, mine)) == set()
    assert await persons(bearer(STRANGER, mine)) == set()
    question = {"person": other}
    refused = await desk.web.post(f"{VISAS}/eligibility", headers=bearer(GRANTEE, mine), json=question)
    assert refused.status_code == 404
    await ended(desk, mine)
    assert await persons(bearer(GRANTEE, mine)) == set()


async def test_no_act_by_a_grant_while_its_owner_cannot_be_asked_and_ones_own_goes_on(desk, monkeypatch):
    employer, worker = household()
    await desk.employ(employer, worker)
    place = await desk.requested(employer, worker)
    await granted(desk, employer)

    async def away(*_):
        raise Unreachable("identity", "gone", never_sent=True)

    monkeypatch.setattr(RelationsOwner, "changed", away)
    refused = await desk.call("POST", f"{place}/withdraw", GRANTEE)
    assert (refused.status_code, refused.json()["slug"]) == (503, "relations-unconfirmed")
    assert int(refused.headers["retry-after"]) > 0
    assert await desk.rows("select 1 from authorisation_uses") == []
    assert (await desk.ok("GET", VISAS, worker))["items"][0]["person"] == worker
