"""Renewing a passport for somebody by their electronic authorisation, and for their dependant; under both names."""

import uuid
from datetime import timedelta

from chassis.authority import close_relation
from chassis.testing.fixtures import eventually
from contracts.events import RelationChanged
from tests.passport_desk import PATH, SYSTEM


async def granted(desk, grantor, grantee, scope="passport_renewal", **narrowed):
    """Identity says it, and this service keeps it, if it is for one of its own."""
    now = desk.service.clock.now()
    said = RelationChanged(
        relation_id=uuid.uuid4(),
        relation="grantee",
        subject=grantee,
        object=grantor,
        starts_at=now - timedelta(days=1),
        scope=scope,
        changed_at=now,
        **narrowed,
    )
    await desk.hears(said)
    return said


async def test_an_authorised_citizen_renews_for_another_under_both_names(desk, person):
    grantor, grantee, stranger = person("900"), person("001"), person("002")
    await granted(desk, grantor, grantee, "exit_reentry")
    assert await desk.rows("select 1 from relations where relation = 'grantee'") == []
    await granted(desk, grantor, stranger, narrowed_to=stranger)
    said = await granted(desk, grantor, grantee, uses_allowed=1)
    assert (await desk.call("POST", f"{PATH}/eligibility", stranger, json={"person": grantor})).status_code == 404

    application = await desk.prepared(grantee, grantor)
    await desk.bodies.deposit(grantor, "37", 60000)
    await desk.ok("POST", f"{PATH}/{application}/reserve", grantee)
    await desk.until(application, grantee, "fee_reserved")
    await desk.ok("POST", f"{PATH}/{application}/submit", grantee)
    seen = await desk.until(application, grantor, "in_review")
    (kept,) = await desk.rows("select applicant, payer, reference from applications")
    assert (kept.applicant, kept.payer) == (grantor, grantor)
    moves = [move for move in seen["timeline"] if move["standing"] == "grantee"]
    assert [move["action"] for move in moves] == ["reserve", "submit"]
    assert all(grantee[-4:] in each["acted_for"]["ar"] and grantor[-4:] in each["acted_for"]["en"] for each in moves)
    for table in ("acts", "looks"):
        rows = await desk.rows(
            f"select distinct actor, person, standing, on_behalf_of from {table} where actor = :a", a=grantee
        )
        assert {tuple(row) for row in rows} == {(grantee, grantor, "grantee", grantor)}, table

    async def told():
        return [each.data for each in desk.told if each.type == "passport.authorisation.spent.v1"]

    (spent,) = await eventually(told)
    assert (spent["authorisation_id"], spent["case_reference"]) == (str(said.relation_id), kept.reference)
    submitted = desk.said("submitted", application)
    assert (submitted["acted_by"], submitted["on_behalf_of"]) == (grantee, grantor)

    # An end at identity ends it here, in the middle of a case, and the grantor goes on by themselves.
    await desk.hears(
        said.model_copy(update={"ends_at": desk.service.clock.now(), "changed_at": desk.service.clock.now()}), 2
    )
    for method, path in (("GET", ""), ("POST", "/cancel")):
        assert (await desk.call(method, f"{PATH}/{application}{path}", grantee)).status_code == 404
    assert (await desk.ok("GET", PATH, grantee))["items"] == []
    await desk.ok("POST", f"{PATH}/{application}/cancel", grantor)
    cancelled = desk.said("cancelled", application) if "cancelled" in desk.events(application) else None
    assert cancelled is None or cancelled["acted_by"] is None

    # What is left of a grant for one use: nothing, whoever opens it again.
    await desk.hears(said.model_copy(update={"ends_at": None, "changed_at": desk.service.clock.now()}), 3)
    body = {"validity_years": 5, "person": grantor}
    refused = await desk.call("POST", PATH, grantee, json=body)
    assert (refused.status_code, refused.json()["slug"]) == (403, "grant-used-up")


async def test_a_head_of_households_grant_reaches_their_dependant_and_a_dependants_own_does_not_reach_the_head(
    desk, person
):
    head, grantee, other = person("900"), person("001"), person("002")
    dependant = (await desk.bodies.registry.person(head)).dependants[0]
    await desk.relate("household_head", head, dependant)
    await granted(desk, dependant, other)
    grant = await granted(desk, head, grantee, narrowed_to=dependant)
    asked = await desk.eligible(grantee, dependant)
    assert {each["name"] for each in asked["requirements"]} >= {"holder_is_a_citizen"}
    for who, whose in ((grantee, head), (other, head)):
        answer = await desk.call("POST", f"{PATH}/eligibility", who, json={"person": whose})
        assert answer.status_code == 404
    async with desk.service.database.transaction(SYSTEM) as session:
        await close_relation(session, grant.relation_id, desk.service.clock.now())
    answer = await desk.call("POST", f"{PATH}/eligibility", grantee, json={"person": dependant})
    assert answer.status_code == 404
