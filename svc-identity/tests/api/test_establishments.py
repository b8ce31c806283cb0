"""Establishments: opened with an owner, two people for owners and signatories, nobody in without their own word."""

from importlib import resources

import sqlalchemy as sa

from chassis.database import Sight
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from identity.models import Membership
from identity.seeds import HOLDERS
from partners.callbacks import sign
from partners.registry import notice_body

SYSTEM = Sight.system("test")
INVARIANT = (
    resources.files("identity")
    .joinpath("invariants", "i61_members_have_an_active_account.sql")
    .read_text(encoding="utf-8")
)
NUMBER = "7000190000"
OWNER, CLERK, SECOND, STRANGER = HOLDERS[0], HOLDERS[1], HOLDERS[2], HOLDERS[4]


async def bearer_of(house, driving, holder):
    browser = house.browser()
    await browser.sign_in(holder.number, mobile=holder.mobile)
    return driving.bearer((await house.tokens(browser))["access_token"])


async def test_an_establishment_and_its_people(seeded, driving):
    web, once = seeded.web(), driving.once
    administrator = await seeded.bearer_of("administrator")
    owner, clerk, second, stranger = [await bearer_of(seeded, driving, h) for h in (OWNER, CLERK, SECOND, STRANGER)]
    new = {"number": NUMBER, "name_ar": "منشأة", "name_en": "FIRM", "owner": OWNER.number}
    members = f"/v1/establishments/{NUMBER}/members"

    async def post(path, headers, body=None, status=200):
        answer = await web.post(path, headers=headers | once(), json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    await post("/v1/establishments", owner, new, 403)
    opened = await post("/v1/establishments", administrator, new, 201)
    assert opened["status"] == "invited"
    assert (await post("/v1/establishments", administrator, new, 409))["slug"] == "establishment-known"
    # Before the owner has accepted nobody acts for it, not even they.
    await post(members, owner, {"number": CLERK.number, "role": "clerk"}, 404)
    await post(f"/v1/memberships/{opened['id']}/accept", clerk, status=404)
    await post(f"/v1/memberships/{opened['id']}/accept", owner)
    assert (await web.get(members, headers=stranger)).status_code == 404
    await post(members, stranger, {"number": STRANGER.number, "role": "clerk"}, 404)

    hired = await post(members, owner, {"number": CLERK.number, "role": "clerk", "branch": "riyadh"}, 201)
    assert hired["status"] == "invited"
    await post(members, owner, {"number": CLERK.number, "role": "clerk", "branch": "riyadh"}, 409)
    await post(f"/v1/memberships/{hired['id']}/accept", clerk)
    await post(members, clerk, {"number": STRANGER.number, "role": "clerk"}, 403)

    approver = await post(members, owner, {"number": SECOND.number, "role": "approver"}, 201)
    await post(f"/v1/memberships/{approver['id']}/accept", second)
    await post(members, second, {"number": STRANGER.number, "role": "owner"}, 403)
    signing = await post(members, owner, {"number": STRANGER.number, "role": "signatory"}, 201)
    assert signing["status"] == "proposed"
    alone = await post(f"/v1/memberships/{signing['id']}/approve", owner, status=409)
    assert alone["details"]["missing"] == ["second_person_approves"]
    await post(f"/v1/memberships/{signing['id']}/accept", stranger, status=409)
    await post(f"/v1/memberships/{signing['id']}/approve", second)
    await post(f"/v1/memberships/{signing['id']}/decline", stranger)

    listed = (await web.get(members, headers=owner)).json()["items"]
    assert {(each["number"], each["role"], each["status"]) for each in listed} == {
        (OWNER.number, "owner", "member"),
        (CLERK.number, "clerk", "member"),
        (SECOND.number, "approver", "member"),
        (STRANGER.number, "signatory", "declined"),
    }
    mine = (await web.get("/v1/me/memberships", headers=clerk)).json()["items"]
    assert [(each["establishment"], each["branch"]) for each in mine] == [(NUMBER, "riyadh")]

    last = await post(f"/v1/memberships/{opened['id']}/remove", owner, status=409)
    assert last["details"]["missing"] == ["an_owner_remains"]
    await post(f"/v1/memberships/{opened['id']}/remove", second, status=403)
    await post(f"/v1/memberships/{hired['id']}/remove", stranger, status=404)
    await post(f"/v1/memberships/{hired['id']}/remove", owner)
    async with seeded.service.database.transaction(SYSTEM) as session:
        rows = list(await session.scalars(sa.select(RelationRow).where(RelationRow.relation == "establishment_member")))
    assert {(row.subject, row.scope, row.narrowed_to, row.ends_at is None) for row in rows} == {
        (OWNER.number, "owner", None, True),
        (CLERK.number, "clerk", "riyadh", False),
        (SECOND.number, "approver", None, True),
    }

    async def said():
        told = [e.data for e in seeded.told if e.data.get("relation") == "establishment_member"]
        return told if len(told) == 4 else None

    ended = [e for e in await eventually(said) if e["ends_at"]]
    assert [(e["subject"], e["object"], e["scope"], e["narrowed_to"]) for e in ended] == [
        (CLERK.number, NUMBER, "clerk", "riyadh")
    ]


async def test_a_membership_ends_with_the_members_account_and_not_later(seeded, driving):
    """Suspended or dead: in the transaction of the cause, said to the other services, and not back with the account."""
    web, once, service = seeded.web(), driving.once, seeded.service
    administrator = await seeded.bearer_of("administrator")
    owner, clerk = [await bearer_of(seeded, driving, each) for each in (OWNER, CLERK)]
    new = {"number": NUMBER, "name_ar": "منشأة", "name_en": "FIRM", "owner": OWNER.number}
    members = f"/v1/establishments/{NUMBER}/members"

    async def post(path, headers, body=None, status=200):
        answer = await web.post(path, headers=headers | once(), json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def relations(person, *, is_open):
        """How many relations to the firm are open or ended: here, and as the other services were told."""

        async def told():
            said = [
                e.data for e in seeded.told if e.type == "identity.relation.changed.v1" and e.data["object"] == NUMBER
            ]
            ends = {e["relation_id"]: e["ends_at"] for e in said if e["subject"] == person}
            return ends and all((end is None) == is_open for end in ends.values())

        await eventually(told)
        async with service.database.transaction(SYSTEM) as session:
            kept = sa.select(RelationRow.ends_at).where(RelationRow.subject == person, RelationRow.object == NUMBER)
            return all((end is None) == is_open for end in await session.scalars(kept))

    async def member_status(person):
        async with service.database.transaction(SYSTEM) as session:
            statement = sa.select(Membership.status).where(Membership.person == person).order_by(Membership.id)
            return list(await session.scalars(statement))

    opened = await post("/v1/establishments", administrator, new, 201)
    await post(f"/v1/memberships/{opened['id']}/accept", owner)
    hired = await post(members, owner, {"number": CLERK.number, "role": "clerk"}, 201)
    await post(f"/v1/memberships/{hired['id']}/accept", clerk)
    await post(members, owner, {"number": CLERK.number, "role": "approver"}, 201)
    assert await relations(CLERK.number, is_open=True)

    account = (await web.get("/v1/me", headers=clerk)).json()["id"]
    await post(f"/v1/activations/{account}/suspend", administrator, {"reason": "asked by the court"})
    assert await member_status(CLERK.number) == ["ended", "ended"], "what they were, and what they were invited to"
    assert await relations(CLERK.number, is_open=False)
    await post(f"/v1/activations/{account}/restore", administrator, {"reason": "the court says no more"})
    assert await member_status(CLERK.number) == ["ended", "ended"]
    assert (await web.get(members, headers=owner)).status_code == 200

    # The last owner dies: nobody acts for the firm, and an administrator opens it again for another.
    assert (await post("/v1/establishments", administrator, new, 409))["slug"] == "establishment-known"
    body = notice_body(OWNER.number, "died", service.clock.now())
    headers = sign(service.registry_secrets[0], "msg_died", service.clock.now(), body)
    assert (await web.post("/callbacks/registry", headers=headers, content=body)).json() == {"applied": True}
    assert await member_status(OWNER.number) == ["ended"]
    assert await relations(OWNER.number, is_open=False)
    again = await post("/v1/establishments", administrator, new | {"owner": SECOND.number}, 201)
    assert (again["number"], again["status"]) == (SECOND.number, "invited")
    assert (await post("/v1/establishments", administrator, new, 409))["slug"] == "establishment-known"
    await post(f"/v1/memberships/{again['id']}/accept", await bearer_of(seeded, driving, SECOND))
    async with service.database.transaction(SYSTEM) as session:
        assert list(await session.execute(sa.text(INVARIANT))) == []
