"""Who looked is written down, told and bounded: nobody's record is shown to another without a trace."""

import asyncio
import uuid
from datetime import timedelta
from importlib import resources
from typing import Any

import asyncpg
import httpx2
import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from sample.papers import Paper, ServiceDep, create_api
from tests_support import SIGHT, rows

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.audit.limits import plant_canaries
from chassis.audit.reasons import StatedReason, reason_stands, state_reason
from chassis.audit.rows import ActRow, AlarmRow, LookRow
from chassis.authority import find, open_relation
from chassis.http.app import create_app, wrapped
from chassis.http.unit import PrincipalDep, SessionDep, UnitRoute
from chassis.identifiers import new_reference
from chassis.models import OutboxRow
from chassis.sealing.sealer import Sealer
from chassis.testing.tokens import ISSUER
from chassis.wiring import Service
from contracts.event import REGISTRY
from contracts.events_audit import PassportLooksAlarmed, PassportRecordSeen
from contracts.looking import LookReason

ME, OTHER, THIRD = "1000000008", "1012345672", "1101798278"
STAFF = "S-7"
router = APIRouter(route_class=UnitRoute)


@router.get("/v1/opened/{paper_id}")
async def open_paper(paper_id: uuid.UUID, service: ServiceDep, session: SessionDep, principal: PrincipalDep) -> str:
    paper = await find(session, sa.select(Paper).where(Paper.id == paper_id))
    audit.look(
        session,
        service,
        principal,
        standing="reviewer",
        person=paper.person,
        object_=paper.reference,
        purpose="assigned-case",
    )
    return paper.title


@router.get("/v1/listed")
async def list_references(session: SessionDep, principal: PrincipalDep) -> list[str]:
    found = list(await session.scalars(sa.select(Paper)))
    nothing_personal(session, found)
    return [paper.reference for paper in found]


@router.get("/v1/forgotten/{paper_id}")
async def open_and_forget(paper_id: uuid.UUID, session: SessionDep, principal: PrincipalDep) -> str:
    return (await find(session, sa.select(Paper).where(Paper.id == paper_id))).title


class House:
    """A sample service with papers of several persons, and callers."""

    def __init__(self, service: Service, mint: Any) -> None:
        self.service, self.mint = service, mint
        app = create_app(service, [router], title="Looking", summary="For tests", verifier=mint.verifier())
        papers = create_api(service, mint.verifier())
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(wrapped(app), raise_app_exceptions=False), base_url=ISSUER
        )
        self.papers = httpx2.AsyncClient(transport=httpx2.ASGITransport(wrapped(papers)), base_url=ISSUER)

    async def paper(self, person: str) -> Paper:
        now = self.service.clock.now()
        made = Paper(
            reference=new_reference("SMP"), person=person, status="filed", opened_at=now, moved_at=now, title="t"
        )
        async with self.service.database.transaction(SIGHT) as session:
            session.add(made)
        return made

    async def as_staff(self, path: str, number: str = STAFF) -> httpx2.Response:
        return await self.http.get(path, headers=self.mint.bearer(number, kind="staff"))

    async def told(self) -> list[dict[str, Any]]:
        events = await rows(self.service, sa.select(OutboxRow).order_by(OutboxRow.id))
        return [each.body for each in events if each.type == PassportRecordSeen.key]

    async def said_alarms(self) -> list[tuple[str, str]]:
        """Kind and member of staff of the alarms that left the service."""
        bodies = await rows(self.service, sa.select(OutboxRow.body).where(OutboxRow.type == PassportLooksAlarmed.key))
        return [(each["kind"], each["actor"]) for each in bodies]


@pytest.fixture
def house(service: Service, mint: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setitem(REGISTRY, "sample.record.seen.v1", PassportRecordSeen)
    monkeypatch.setitem(REGISTRY, "sample.looks.alarmed.v1", PassportLooksAlarmed)
    return House(service, mint)


async def test_a_look_through_a_relation_is_written_and_told_by_itself(house: House, service: Service) -> None:
    await house.paper(ME)
    theirs = await house.paper(OTHER)
    async with service.database.transaction(SIGHT) as session:
        await open_relation(session, "household_head", ME, OTHER, service.clock.now())
    for _ in range(2):
        answer = await house.papers.get("/v1/papers", headers=house.mint.bearer(ME))
        assert len(answer.json()["items"]) == 2
    looks = await rows(service, sa.select(LookRow))
    assert {(each.actor, each.person, each.standing, each.purpose, each.object) for each in looks} == {
        (ME, OTHER, "household_head", "household_head", theirs.reference)
    }
    assert len(looks) == 2, "every look has its row"
    [told] = await house.told()
    assert (told["actor"], told["office"]) == (ME, None)
    assert [(each["person"], each["object"]) for each in told["entries"]] == [(OTHER, theirs.reference)]
    service.clock.advance(timedelta(hours=1))
    await house.papers.get("/v1/papers", headers=house.mint.bearer(ME))
    assert len(await house.told()) == 2, "told again in another hour"


async def test_ones_own_record_leaves_no_look(house: House, service: Service) -> None:
    await house.paper(ME)
    assert (await house.papers.get("/v1/papers", headers=house.mint.bearer(ME))).status_code == 200
    assert await rows(service, sa.select(LookRow)) == []
    assert await house.told() == []


async def test_a_route_that_forgets_fails_in_tests_and_is_alarmed_in_production(house: House, service: Service) -> None:
    paper = await house.paper(OTHER)
    assert (await house.as_staff(f"/v1/forgotten/{paper.id}")).status_code == 500
    assert await rows(service, sa.select(LookRow)) == []
    assert (await house.as_staff("/v1/listed")).status_code == 200, "references are nobody's"
    object.__setattr__(service.settings, "environment", "production")
    assert (await house.as_staff(f"/v1/forgotten/{paper.id}")).status_code == 200
    [look] = await rows(service, sa.select(LookRow))
    assert (look.person, look.purpose, look.object) == (OTHER, "unstated", paper.reference)
    [alarm] = await rows(service, sa.select(AlarmRow))
    assert (alarm.kind, alarm.actor) == ("unstated", STAFF)


async def test_staff_are_told_of_by_role_and_office(house: House, service: Service) -> None:
    paper = await house.paper(OTHER)
    async with service.database.transaction(SIGHT) as session:
        await open_relation(session, "reviewer", STAFF, "riyadh-main", service.clock.now())
    assert (await house.as_staff(f"/v1/opened/{paper.id}")).status_code == 200
    [told] = await house.told()
    assert (told["actor"], told["office"]) == (None, "riyadh-main")
    assert told.pop("staff") == STAFF, "to be counted by, apart from everything that is shown"
    assert STAFF not in str(told)
    [entry] = told["entries"]
    assert (entry["standing"], entry["purpose"], entry["action"]) == ("reviewer", "assigned-case", None)


async def test_the_record_beyond_the_limit_is_refused_and_alarmed_also_when_many_ask_at_once(
    house: House, service: Service
) -> None:
    papers = [await house.paper(f"20000000{number:02d}") for number in range(8)]
    answers = await asyncio.gather(*(house.as_staff(f"/v1/opened/{paper.id}") for paper in papers))
    assert sorted(each.status_code for each in answers) == [200] * 3 + [429] * 5
    refused = next(each for each in answers if each.status_code == 429)
    assert refused.json()["slug"] == "looks-at-most"
    assert len(await rows(service, sa.select(LookRow))) == 3, "what was refused was not opened"
    alarms = await rows(service, sa.select(AlarmRow))
    assert {(each.kind, each.reason) for each in alarms} == {("limit", "an_hour")}
    assert set(await house.said_alarms()) == {("limit", STAFF)}, "said although the request was refused"
    again = answers.index(next(each for each in answers if each.status_code == 200))
    assert (await house.as_staff(f"/v1/opened/{papers[again].id}")).status_code == 200, "one person counts once"
    assert (await house.as_staff(f"/v1/opened/{papers[0].id}", "S-8")).status_code == 200, "another has their own"
    service.clock.advance(timedelta(hours=1, seconds=1))
    later = [(await house.as_staff(f"/v1/opened/{paper.id}")).status_code for paper in papers[:7]]
    assert later.count(200) <= 3
    assert 429 in later, "the next hour is bounded, too"


async def test_opening_a_canary_is_an_alarm_at_once(house: House, service: Service) -> None:
    paper = await house.paper(THIRD)
    assert await plant_canaries(service, [THIRD, "", f"{THIRD}\n"]) == 1
    assert (await house.as_staff(f"/v1/opened/{paper.id}")).status_code == 200
    [alarm] = await rows(service, sa.select(AlarmRow))
    assert (alarm.kind, alarm.actor, alarm.object) == ("canary", STAFF, paper.reference)
    assert THIRD not in f"{alarm.object}{alarm.reason}"
    assert await house.said_alarms() == [("canary", STAFF)]
    [said] = await rows(service, sa.select(OutboxRow).where(OutboxRow.type == PassportLooksAlarmed.key))
    assert THIRD not in str(said.body)
    assert paper.reference not in str(said.body)
    assert b'audit_alarms_total{kind="canary"} 1.0' in service.metrics.render()


async def test_a_stated_reason_opens_one_object_for_minutes_and_is_seen_by_a_supervisor(
    house: House, service: Service, mint: Any
) -> None:
    paper = await house.paper(OTHER)
    principal = await mint.verifier().principal(mint.token(STAFF, kind="staff"))
    reason = StatedReason(LookReason.TICKET, "the holder asked what is wrong", "TWS-7K3M-Q9RT-2XWA")
    async with service.database.transaction(principal.sight) as session:
        until = await state_reason(
            service,
            session,
            principal,
            reason,
            standing="reviewer",
            person=OTHER,
            object_id=paper.id,
            object_=paper.reference,
        )
    [look] = await rows(service, sa.select(LookRow))
    assert (look.purpose, look.reason) == ("reason-ticket", "the holder asked what is wrong [TWS-7K3M-Q9RT-2XWA]")
    [alarm] = await rows(service, sa.select(AlarmRow))
    assert (alarm.kind, alarm.object) == ("stated-reason", paper.reference)
    assert await house.said_alarms() == [], "how the day goes waits on the page of alarms"
    async with service.database.transaction(principal.sight) as session:
        now = service.clock.now()
        assert await reason_stands(session, principal, paper.id, now)
        assert not await reason_stands(session, principal, uuid.uuid4(), now)
        assert not await reason_stands(session, principal, paper.id, until)
    assert "the holder asked" not in str(await house.told()), "the words are for supervisors"


async def test_what_is_rolled_back_is_neither_written_nor_told(house: House, service: Service, mint: Any) -> None:
    principal = await mint.verifier().principal(mint.token(STAFF, kind="staff"))
    for fails in (True, False):
        async with service.database.transaction(principal.sight) as session:
            audit.act(
                session, service, principal, standing="reviewer", person=OTHER, action="paper.stamp", object_="SMP-1"
            )
            if fails:
                await session.flush()
                await session.rollback()
                session.info.clear()
    acts = await rows(service, sa.select(sa.func.count()).select_from(ActRow))
    assert (acts, len(await house.told())) == ([1], 1)


PLANTED = {
    "i67": (
        "update looks set purpose = ''",
        "update looks set purpose = 'reason-ticket', reason = null",
        "update relations set ends_at = starts_at where relation = 'stated_reason'",
        "delete from audit_alarms",
    ),
    "i68": (
        "delete from acts where seq = 1",
        "update seals set first_seq = first_seq + 1 where number = 2",
        "update acts set seq = 3 where seq = 1",
    ),
}


async def test_the_invariants_of_the_audit_hold_and_find_what_is_planted(
    house: House, service: Service, mint: Any
) -> None:
    paper = await house.paper(THIRD)
    await plant_canaries(service, [THIRD])
    principal = await mint.verifier().principal(mint.token(STAFF, kind="staff"))
    named = {"standing": "reviewer", "person": THIRD, "object_": paper.reference}
    sealer = Sealer(service)
    async with service.database.transaction(principal.sight) as session:
        await open_relation(session, "reviewer", STAFF, "riyadh-main", service.clock.now())
        audit.act(session, service, principal, action="paper.stamp", **named)
        reason = StatedReason(LookReason.FAULT, "a smeared print")
        await state_reason(service, session, principal, reason, object_id=paper.id, **named)
    await sealer.seal_settled()
    await sealer.seal_settled()
    async with service.database.transaction(principal.sight) as session:
        audit.look(session, service, principal, purpose="stated-reason", **named)
    await sealer.seal_settled()
    await sealer.seal_settled()
    files = {each.name[:3]: each.read_text() for each in resources.files("chassis").joinpath("invariants").iterdir()}
    connection = await asyncpg.connect(service.settings.owner_database_url)
    try:
        await connection.execute("select set_config('app.standing', 'system', false)")
        for table in ("acts", "looks", "case_moves", "seals"):
            await connection.execute(f"alter table {table} disable trigger user")
        await connection.execute(
            "alter table looks drop constraint uq_looks_seq; alter table acts drop constraint uq_acts_seq"
        )
        for name, statements in PLANTED.items():
            assert await connection.fetch(files[name]) == []
            for statement in statements:
                planting = connection.transaction()
                await planting.start()
                await connection.execute(statement)
                assert await connection.fetch(files[name]), statement
                await planting.rollback()
    finally:
        await connection.close()
