"""Copies of relations are believed while they are new; acts through them ask the owner; one's own record never waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sample.papers import create_api
from tests_support import SIGHT, rows, working

from chassis.authority import open_relation
from chassis.events.bus import MemoryBus
from chassis.events.inbox import Inbox
from chassis.events.outbox import record
from chassis.events.pulse import Pulse
from chassis.events.reactions import Reactions
from chassis.http.app import wrapped
from chassis.http.client import Unreachable
from chassis.models import InboxRow, OutboxRow, RelationRow, RelationSource
from chassis.relation_copies import copy_relations
from chassis.wiring import Service
from chassis.worker import Worker
from contracts.envelope import Envelope
from contracts.events_identity import RelationChanged, RelationsCurrent

pytestmark = pytest.mark.real_owner_of_relations
HEAD, CHILD = "1000000008", "1012345672"
LONG_AGO = timedelta(minutes=10)


class Owner:
    """The owner of relations, as these tests want it: its words, or none."""

    def __init__(self) -> None:
        self.asked: list[datetime | None] = []
        self.says: list[RelationChanged] | None = []
        self.away = False

    async def changed(self, token: str, since: datetime | None) -> list[RelationChanged] | None:
        self.asked.append(since)
        if self.away:
            raise Unreachable("identity", "away", never_sent=True)
        return self.says


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest_asyncio.fixture
async def house(service: Service, mint: Any, owner: Owner) -> AsyncIterator[httpx2.AsyncClient]:
    """The sample service, with a paper of the child's and one of the head's, and the head's relation to the child."""
    app = create_api(service, mint.verifier())
    app.state.relations_owner = owner
    transport = httpx2.ASGITransport(app=wrapped(app), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def relate(service: Service) -> UUID:
    async with service.database.transaction(SIGHT) as session:
        began = service.clock.now() - timedelta(days=1)
        return await open_relation(session, "household_head", HEAD, CHILD, began, source="identity", changed_at=began)


async def make_stale(service: Service) -> None:
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.update(RelationSource).values(current_at=datetime.now(UTC) - LONG_AGO))


@pytest.fixture
def file(house: httpx2.AsyncClient, mint: Any) -> Callable[..., Any]:
    async def file_one(person: str) -> str:
        answer = await house.post(
            "/v1/papers", json={"title": "a"}, headers=mint.bearer(person) | {"Idempotency-Key": f"file-{person}"}
        )
        assert answer.status_code == 201
        return str(answer.json()["id"])

    return file_one


@pytest.fixture
def stamp(house: httpx2.AsyncClient, mint: Any) -> Callable[..., Any]:
    async def stamp_one(paper: str, key: str = "s") -> httpx2.Response:
        return await house.post(f"/v1/papers/{paper}/stamp", headers=mint.bearer(HEAD) | {"Idempotency-Key": key})

    return stamp_one


def ended(relation: UUID, at: datetime) -> RelationChanged:
    told = {
        "relation_id": str(relation),
        "relation": "household_head",
        "subject": HEAD,
        "object": CHILD,
        "starts_at": (at - timedelta(days=1)).isoformat(),
        "ends_at": at.isoformat(),
        "changed_at": at.isoformat(),
    }
    return RelationChanged.model_validate(told)


async def test_ones_own_record_is_read_and_acted_on_without_asking_anybody(
    house: httpx2.AsyncClient, service: Service, owner: Owner, file: Any, stamp: Any, mint: Any
) -> None:
    owner.away = True
    mine = await file(HEAD)
    assert (await stamp(mine)).status_code == 200
    assert (await house.get("/v1/papers", headers=mint.bearer(HEAD))).status_code == 200
    assert owner.asked == []


async def test_a_relation_that_ended_acts_no_more_although_its_end_has_not_arrived(
    service: Service, owner: Owner, file: Any, stamp: Any
) -> None:
    theirs, relation = await file(CHILD), await relate(service)
    assert (await stamp(theirs)).status_code == 200
    assert len(owner.asked) == 1
    owner.says = [ended(relation, datetime.now(UTC) - timedelta(milliseconds=1))]
    assert (await stamp(theirs, "after")).status_code == 404
    assert (await rows(service, sa.select(RelationRow.ends_at).where(RelationRow.id == relation))) != [None]


async def test_nothing_is_done_through_a_relation_nobody_can_confirm(
    service: Service, owner: Owner, file: Any, stamp: Any
) -> None:
    theirs = await file(CHILD)
    await relate(service)
    owner.away = True
    refused = await stamp(theirs)
    assert (refused.status_code, refused.json()["slug"]) == (503, "relations-unconfirmed")
    assert refused.headers["Retry-After"]
    owner.away = False
    assert (await stamp(theirs)).status_code == 200


async def test_an_old_copy_does_not_say_that_there_is_no_relation(
    service: Service, owner: Owner, file: Any, stamp: Any
) -> None:
    theirs = await file(CHILD)
    assert (await stamp(theirs)).status_code == 404
    assert owner.asked == [], "a copy that is new says it by itself"
    await make_stale(service)
    owner.away = True
    assert (await stamp(theirs)).status_code == 503
    owner.away = False
    assert (await stamp(theirs)).status_code == 404


async def test_more_than_the_owner_tells_at_once_is_not_taken_for_a_confirmation(
    service: Service, owner: Owner, file: Any, stamp: Any
) -> None:
    theirs = await file(CHILD)
    await relate(service)
    owner.says = None
    assert (await stamp(theirs)).status_code == 503


async def test_a_new_copy_is_read_by_and_an_old_one_is_confirmed_first(
    house: httpx2.AsyncClient, service: Service, owner: Owner, file: Any, mint: Any
) -> None:
    await file(CHILD)
    relation = await relate(service)
    assert len((await house.get("/v1/papers", headers=mint.bearer(HEAD))).json()["items"]) == 1
    assert owner.asked == []
    await make_stale(service)
    assert len((await house.get("/v1/papers", headers=mint.bearer(HEAD))).json()["items"]) == 1
    (since,) = owner.asked
    assert since is not None
    assert datetime.now(UTC) - since > LONG_AGO, "what was under way then would be missed"
    owner.says = [ended(relation, datetime.now(UTC))]
    assert (await house.get("/v1/papers", headers=mint.bearer(HEAD))).json()["items"] == []


async def test_with_no_word_of_the_owner_only_ones_own_record_is_seen_and_the_answer_says_so(
    house: httpx2.AsyncClient, service: Service, owner: Owner, file: Any, mint: Any
) -> None:
    mine, theirs = await file(HEAD), await file(CHILD)
    await relate(service)
    await make_stale(service)
    owner.away = True
    seen = await house.get("/v1/papers", headers=mint.bearer(HEAD))
    assert seen.status_code == 200
    assert [paper["id"] for paper in seen.json()["items"]] == [mine] != [theirs]
    assert seen.headers["Incomplete"] == "relations"
    forgetful = await house.get("/v1/papers/forgetful", headers=mint.bearer(HEAD))
    assert forgetful.json() == [mine], "the second wall does not believe either"


def _said(version: int, ends_at: datetime | None, changed_at: datetime, relation: UUID) -> bytes:
    event = RelationChanged(
        relation_id=relation,
        relation="household_head",
        subject=HEAD,
        object=CHILD,
        starts_at=changed_at - timedelta(days=1),
        ends_at=ends_at,
        changed_at=changed_at,
    )
    envelope = Envelope(
        id=UUID(int=version),
        source="/identity",
        type=event.key,
        time=changed_at,
        aggregate=event.aggregate,
        version=version,
        data=event.model_dump(mode="json"),
    )
    return envelope.model_dump_json().encode()


async def test_an_older_word_never_takes_the_place_of_a_newer_one(service: Service) -> None:
    copies = Reactions()
    copy_relations(copies)
    inbox, relation, now = Inbox(service, copies), UUID(int=7), datetime.now(UTC)
    await inbox.deliver(_said(1, None, now, relation), type_hint="", attempts=0)
    async with service.database.transaction(SIGHT) as session:  # the owner was asked, and said it had ended
        end = now + timedelta(seconds=1)
        args = {"ends_at": end, "source": "identity", "relation_id": relation}
        await open_relation(session, "household_head", HEAD, CHILD, now, changed_at=now + timedelta(seconds=2), **args)
    await inbox.deliver(_said(2, None, now + timedelta(seconds=1), relation), type_hint="", attempts=0)
    assert await rows(service, sa.select(RelationRow.ends_at).where(RelationRow.id == relation)) == [end]


async def test_the_pulse_vouches_only_for_what_has_gone_out_and_leaves_no_rows(make_service: Any) -> None:
    says, hears = await make_service(), await make_service()
    bus, copies = MemoryBus(), Reactions()
    copy_relations(copies)
    pulse = Pulse(frozenset({RelationChanged.key}), lambda at: RelationsCurrent(source="identity", as_of=at))
    await _clear_sources(hears)
    async with working(Worker(hears, bus, reactions=copies)):
        await asyncio.sleep(0.05)
        async with says.database.transaction(SIGHT) as session:
            event = RelationChanged.model_validate(RelationChanged.example)
            await record(session, event, says.clock.now())
        assert not await pulse.beat(says, bus), "an event it speaks for is still here"
        assert await rows(hears, sa.select(RelationSource)) == []
        async with says.database.transaction(SIGHT) as session:
            await session.execute(sa.update(OutboxRow).values(published_at=sa.func.clock_timestamp()))
        before = datetime.now(UTC)
        assert await pulse.beat(says, bus)
        (current,) = await rows(hears, sa.select(RelationSource.current_at))
        assert current >= before
        assert await rows(hears, sa.select(InboxRow)) == []


async def _clear_sources(service: Service) -> None:
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.delete(RelationSource))
