"""Roles with four eyes: proposed by one administrator, decided by another, once; felt at once; the machine when alone."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.authority import Principal
from chassis.database import Sight
from chassis.http.app import wrapped
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from identity.actions.enrol import Person, invite, invite_first_administrator
from identity.actions.suspend import suspend
from identity.app import create_api
from identity.commands import COMMANDS
from identity.models import RoleChange
from identity.queries import account_of
from identity.seeds import OFFICE, email_of

SYSTEM = Sight.system("test")
CLERK, ADMIN, SECOND = "S-100001", "S-100005", "S-100006"


class Door:
    """The routes as one member of staff uses them."""

    def __init__(self, web, once, bearer):
        self.web, self.once, self.bearer = web, once, bearer

    async def propose(self, number=CLERK, role="officer", direction="begin", office=OFFICE):
        body = {"number": number, "role": role, "office": office, "direction": direction, "reason": "the night shift"}
        return await self.web.post("/v1/role-changes", headers=self.bearer | self.once(), json=body)

    async def move(self, change, verb, **body):
        path = f"/v1/role-changes/{change['id']}/{verb}"
        return await self.web.post(path, headers=self.bearer | self.once(), json=body or None)

    async def get(self, path=""):
        return await self.web.get(f"/v1/role-changes{path}", headers=self.bearer)


@pytest_asyncio.fixture
async def doors(seeded, driving, mint):
    """Of the first administrator, the second one and a clerk."""
    app = wrapped(create_api(seeded.service, mint.verifier()))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=driving.ISSUER) as web:
        yield [Door(web, driving.once, mint.bearer(number, kind="staff")) for number in (ADMIN, SECOND, CLERK)]


def missing(answer):
    assert answer.status_code == 409, answer.text
    return [each["name"] for each in answer.json()["details"]["requirements"]]


async def held(house, number):
    async with house.service.database.transaction(SYSTEM) as session:
        rows = await session.scalars(
            sa.select(RelationRow.relation).where(RelationRow.subject == number, RelationRow.ends_at.is_(None))
        )
        return sorted(rows)


async def test_one_proposes_another_decides_and_neither_is_the_one_concerned(seeded, doors):
    first, second, clerk = doors
    made = await first.propose()
    assert made.status_code == 201, made.text
    change = made.json()
    assert made.headers["location"] == f"/v1/role-changes/{change['id']}"
    assert (change["status"], change["names"]["en"], change["proposed_by"]) == ("proposed", "Activation clerk", ADMIN)
    assert {each["action"] for each in change["actions"] if each["possible"]} == {"withdraw"}
    assert (await first.propose()).json()["slug"] == "role-change-proposed-already"
    assert missing(await first.propose(number="S-999999")) == ["member_is_staff"]
    assert missing(await first.propose(role="clerk")) == ["role_is_still_to_be_changed"]
    assert (await first.propose(number="1000190007")).status_code == 422
    for refused in (await clerk.propose(), await clerk.get(), await clerk.move(change, "approve")):
        assert refused.status_code == 403

    assert missing(await first.move(change, "approve")) == ["decider_is_not_the_proposer"]
    assert missing(await first.move(change, "refuse", reason="no need")) == ["decider_is_not_the_proposer"]
    assert missing(await second.move(change, "withdraw")) == ["proposal_is_the_deciders_own"]
    assert await held(seeded, CLERK) == ["clerk"]
    [listed] = (await second.get()).json()["items"]
    assert {each["action"]: each["possible"] for each in listed["actions"]} == {
        "approve": True,
        "refuse": True,
        "withdraw": False,
    }
    assert (await second.move(change, "refuse", reason="no need")).json()["status"] == "refused"
    assert (await second.move(change, "approve")).json()["slug"] == "move-not-open"
    assert (await first.move((await first.propose()).json(), "withdraw")).json()["status"] == "withdrawn"

    about_second = (await first.propose(number=SECOND, role="officer")).json()
    assert missing(await second.move(about_second, "approve")) == ["decider_is_not_the_one_concerned"]
    assert (await second.get()).json()["next"] is None
    async with seeded.service.database.transaction(SYSTEM) as session:
        acts = list(await session.execute(sa.select(ActRow.action, ActRow.actor).order_by(ActRow.at, ActRow.id)))
    propose, refuse, withdraw = (f"role_change.{verb}" for verb in ("propose", "refuse", "withdraw"))
    assert [tuple(act) for act in acts] == [
        (propose, ADMIN), (refuse, SECOND), (propose, ADMIN), (withdraw, ADMIN), (propose, ADMIN),
    ]  # fmt: skip
    for stranger in (Sight("1000190007"), Sight.nobody()):
        async with seeded.service.database.transaction(stranger) as session:
            assert list(await session.scalars(sa.select(RoleChange.person))) == []
    for alone in ("proposed_by", "person", "null"):
        forged = f"update role_changes set status = 'approved', decided_by = {alone} where status = 'proposed'"
        async with seeded.service.database.transaction(SYSTEM) as session:
            with pytest.raises(sa.exc.IntegrityError, match="four_eyes"):
                await session.execute(sa.text(forged))
            await session.rollback()


async def test_parallel_approvals_open_the_role_once_and_an_ended_role_is_felt_at_once(seeded, doors):
    first, second, clerk = doors
    change = (await first.propose()).json()
    seeded.told.clear()
    answers = await asyncio.gather(*(second.move(change, "approve") for _ in range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409, 503}
    assert await held(seeded, CLERK) == ["clerk", "officer"]

    async def said():
        return [each for each in seeded.told if each.type == "identity.relation.changed.v1"]

    assert len(await eventually(said)) == 1
    assert (await clerk.web.get("/v1/activations", headers=clerk.bearer)).status_code == 200
    ending = (await second.propose(role="clerk", direction="end")).json()
    assert (await clerk.web.get("/v1/activations", headers=clerk.bearer)).status_code == 200
    done = await first.move(ending, "approve")
    assert (done.json()["status"], done.json()["decided_by"]) == ("approved", ADMIN)
    assert (await clerk.web.get("/v1/activations", headers=clerk.bearer)).status_code == 403
    assert await held(seeded, CLERK) == ["officer"]
    assert len(await eventually(said)) == 2


async def test_a_proposal_ends_in_time_and_with_its_proposer(seeded, doors):
    service = seeded.service
    first, second, _ = doors
    left = (await second.propose()).json()
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        account = await account_of(session, SECOND)
        administrator = Principal(ADMIN, "staff", "", "ops")
        await suspend(service, session, administrator, account.id, "a stolen telephone")
    assert missing(await first.move(left, "approve")) == ["proposer_is_an_administrator"]
    service.clock.advance(timedelta(days=3, minutes=1))

    async def expired():
        return (await first.get(f"/{left['id']}")).json()["status"] == "expired"

    assert await eventually(expired)
    assert (await first.get()).json()["items"] == []


async def test_whoever_has_the_machine_approves_only_while_nobody_else_could(house, capsys):
    service = house.service
    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        made = await invite_first_administrator(service, session, OFFICE)
        account = await account_of(session, made.account.person)
        await session.execute(sa.update(type(account)).values(status="active", password_hash="-", mobile_index=None))
    first = Principal(made.account.person, "staff", "", "ops")
    async with service.database.transaction(first.sight, now=service.clock.now()) as session:
        invited = await invite(
            service, session, first, Person("مدير ثانٍ", "SECOND"), ["administrator"], OFFICE, "there are two of us"
        )
    assert await held(house, invited.account.person) == []
    [change] = invited.proposed

    approve = COMMANDS["approve-role-change"]
    await approve(service.settings, [change.reference.lower()])
    assert "administrator at riyadh-main: begin" in capsys.readouterr().out
    assert await held(house, invited.account.person) == ["administrator"]
    with pytest.raises(SystemExit, match="is approved already"):
        await approve(service.settings, [change.reference])
    with pytest.raises(SystemExit, match="no role change"):
        await approve(service.settings, ["ROL-NONE"])

    async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
        await session.execute(sa.update(type(account)).values(status="active", password_hash="-"))
    async with service.database.transaction(first.sight, now=service.clock.now()) as session:
        clerk = await invite(service, session, first, Person("كاتب", "CLERK"), ["clerk"], OFFICE, "the counter opens")
    with pytest.raises(SystemExit, match="another administrator who can decide"):
        await approve(service.settings, [clerk.proposed[0].reference])
    async with service.database.transaction(SYSTEM) as session:
        acts = await session.execute(sa.select(ActRow.action, ActRow.actor, ActRow.channel).order_by(ActRow.at))
        assert ("role_change.approve", "machine", "command") in [tuple(act) for act in acts]
        assert [*await session.scalars(sa.select(RoleChange.status).order_by(RoleChange.id))] == [
            "approved",
            "proposed",
        ]


async def letters(house, role):
    return (await house.bodies.web.get("/control/mail", params={"to": email_of(role)})).json()


async def test_who_can_decide_hears_of_a_proposal_and_who_is_concerned_of_the_outcome(seeded, doors):
    first, second, _ = doors
    change = (await first.propose()).json()

    async def arrived(role, count):
        async def there():
            found = await letters(seeded, role)
            return found if len(found) == count else None

        return await eventually(there)

    (waits,) = await arrived("second-administrator", 1)
    assert change["reference"] in waits["subject"]
    for said in ("ضابط جوازات", OFFICE, "منح الصلاحية", "بتوقيت الرياض"):
        assert said in waits["text"]
    for number in (CLERK, ADMIN, SECOND):
        assert number not in waits["subject"] + waits["text"]
    assert (await letters(seeded, "administrator"), await letters(seeded, "clerk")) == ([], [])
    assert (await second.move(change, "approve")).status_code == 200
    (decided,), (proposer,) = await arrived("clerk", 1), await arrived("administrator", 1)
    assert "معتمد" in decided["subject"]
    assert "صلاحيتك" in decided["text"]
    assert "اقترحته" in proposer["text"]
    # A proposal about the only other administrator is nobody's to decide, and a withdrawn one is nobody's concern.
    about_second = (await first.propose(number=SECOND, role="officer")).json()
    assert (await first.move(about_second, "withdraw")).json()["status"] == "withdrawn"
    refused = (await first.propose(role="operator")).json()
    assert (await second.move(refused, "refuse", reason="no need")).json()["status"] == "refused"
    assert "مرفوض" in (await arrived("clerk", 2))[1]["subject"]
    assert len(await letters(seeded, "second-administrator")) == 2
