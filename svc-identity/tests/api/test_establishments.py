"""Establishments: opened with an owner, two people for owners and signatories, nobody in without their own word."""

import sqlalchemy as sa

from chassis.database import Sight
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from identity.seeds import HOLDERS

SYSTEM = Sight.system("test")
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
