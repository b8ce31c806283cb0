"""Events exactly once in effect, in order per aggregate, nothing lost: the same promises on both transports."""

import asyncio
import uuid
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sample.papers import Effect, reactions
from tests_support import record_contact, record_ticket, rows, working

from chassis.database import Sight
from chassis.events.bus import Bus
from chassis.events.inbox import Inbox
from chassis.events.parking import discard, replay
from chassis.events.relay import Relay
from chassis.models import InboxRow, OutboxRow
from chassis.testing.fixtures import eventually
from chassis.wiring import Service
from chassis.worker import Worker
from contracts.envelope import Envelope
from contracts.events import ContactChanged, TicketOpened


async def effects(service: Service) -> list[tuple[str, str]]:
    return [(row.aggregate, row.what) for row in await rows(service, sa.select(Effect).order_by(Effect.id))]


def envelope_of(event: Any, version: int) -> Envelope:
    return Envelope(
        id=uuid.uuid4(),
        source="/sample",
        type=event.key,
        time="2026-11-22T00:00:00Z",
        aggregate=event.aggregate,
        version=version,
        data=event.model_dump(mode="json"),
    )


def ticket(reference: str, ticket_id: uuid.UUID | None = None) -> TicketOpened:
    return TicketOpened(ticket_id=ticket_id or uuid.uuid4(), reference=reference, person="1000000008")


def contact(mobile: str, account: uuid.UUID) -> ContactChanged:
    return ContactChanged(account_id=account, person="1000000008", mobile=mobile)


async def take(inbox: Inbox, envelope: Envelope, attempts: int = 0) -> None:
    await inbox.deliver(envelope.model_dump_json().encode(), type_hint=envelope.type, attempts=attempts)


async def test_every_event_arrives_once_and_in_its_aggregates_order(make_service: Any, bus: Bus) -> None:
    producer, consumer = await make_service(), await make_service()
    aggregates = [uuid.uuid4() for _ in range(8)]
    async with working(Worker(producer, bus), Worker(consumer, bus, reactions(set()))):
        for number in range(15):
            await asyncio.gather(*(record_ticket(producer, ticket(f"{number:03}", each)) for each in aggregates))

        async def all_there() -> bool:
            return len(await effects(consumer)) == 15 * len(aggregates)

        await eventually(all_there)
        left = await rows(producer, sa.select(OutboxRow).where(OutboxRow.published_at.is_(None)))
    for each in aggregates:
        seen = [what for aggregate, what in await effects(consumer) if aggregate.endswith(str(each))]
        assert seen == [f"{number:03}" for number in range(15)]
    assert left == []


async def test_what_was_rolled_back_is_never_published(make_service: Any, bus: Bus) -> None:
    producer, consumer = await make_service(), await make_service()
    async with working(Worker(producer, bus), Worker(consumer, bus, reactions(set()))):
        with pytest.raises(RuntimeError):
            await record_ticket(producer, ticket("undone"), fail=True)
        await record_ticket(producer, ticket("done"))

        async def arrived() -> bool:
            return bool(await effects(consumer))

        await eventually(arrived)
    assert [what for _, what in await effects(consumer)] == ["done"]


async def test_an_event_nobody_is_bound_to_stays_and_says_why(service: Service, bus: Bus) -> None:
    if hasattr(bus, "_channel"):
        await bus._channel()
    async with working(Worker(service, bus)):
        await record_ticket(service, ticket("lonely"))

        async def held_back() -> bool:
            [row] = await rows(service, sa.select(OutboxRow))
            return row.held_back == "Unroutable"

        await eventually(held_back)
    [row] = await rows(service, sa.select(OutboxRow))
    assert row.published_at is None


async def test_only_one_relay_holds_a_partition(service: Service, bus: Bus) -> None:
    holder: Any = await asyncpg.connect(service.database.url)
    first = Relay("sample", service.database.url, bus, service.database.wakes, service.metrics)
    second = Relay("sample", service.database.url, bus, service.database.wakes, service.metrics)
    other: Any = await asyncpg.connect(service.database.url)
    try:
        await first._take_partitions(holder)
        await second._take_partitions(other)
        assert first._holding == set(range(8))
        assert second._holding == set()
    finally:
        await holder.close()
        await other.close()


async def test_the_same_message_twice_has_one_effect(service: Service) -> None:
    inbox = Inbox(service, reactions(set()))
    envelope = envelope_of(ticket("once"), 1)
    await asyncio.gather(*(take(inbox, envelope) for _ in range(5)))
    assert len(await effects(service)) == 1


async def test_a_failing_reaction_parks_and_what_follows_waits_behind_it_in_order(service: Service) -> None:
    failing: set[str] = set()
    declared = reactions(failing)
    inbox = Inbox(service, declared)
    aggregate = uuid.uuid4()
    failing.add(f"support.ticket:{aggregate}")
    await take(inbox, envelope_of(ticket("first", aggregate), 1))
    failing.clear()
    await take(inbox, envelope_of(ticket("second", aggregate), 4))
    await take(inbox, envelope_of(ticket("elsewhere"), 1))
    assert [what for _, what in await effects(service)] == ["elsewhere"]

    from chassis.events.parking import Parking

    async def both_applied() -> bool:
        await Parking(service, declared).retry_due()
        return len(await effects(service)) == 3

    await eventually(both_applied)
    assert [what for _, what in await effects(service)] == ["elsewhere", "first", "second"]


async def test_a_copy_keeps_the_newest_and_records_the_older_as_superseded(service: Service) -> None:
    inbox = Inbox(service, reactions(set()))
    account = uuid.uuid4()
    await take(inbox, envelope_of(contact("+966501234568", account), 2))
    await take(inbox, envelope_of(contact("+966501234567", account), 1))
    assert [what for _, what in await effects(service)] == ["+966501234568"]
    states = {row.version: row.state for row in await rows(service, sa.select(InboxRow))}
    assert states == {2: "applied", 1: "superseded"}


async def test_an_act_older_than_what_was_applied_is_kept_as_dead_and_does_not_block(service: Service) -> None:
    inbox = Inbox(service, reactions(set()))
    aggregate = uuid.uuid4()
    for version in (2, 1, 3):
        await take(inbox, envelope_of(ticket(f"v{version}", aggregate), version))
    assert [what for _, what in await effects(service)] == ["v2", "v3"]
    [dead] = await rows(service, sa.select(InboxRow).where(InboxRow.state == "dead"))
    assert dead.version == 1
    assert "out of order" in (dead.error or "")


@pytest.mark.parametrize(
    "message",
    [b"", b"not json", b'{"id": 1}', b"\xff\xfe", b'{"type":"support.ticket.opened.v1"}'],
    ids=["empty", "not-json", "half", "bytes", "no-data"],
)
async def test_a_malformed_message_is_kept_dead_and_others_flow(service: Service, message: bytes) -> None:
    inbox = Inbox(service, reactions(set()))
    await inbox.deliver(message, type_hint="support.ticket.opened.v1", attempts=0)
    await take(inbox, envelope_of(ticket("good"), 1))
    [dead] = await rows(service, sa.select(InboxRow).where(InboxRow.state == "dead"))
    assert dead.error == "malformed"
    assert [what for _, what in await effects(service)] == ["good"]


async def test_a_type_nobody_reacts_to_is_kept_and_named(service: Service) -> None:
    inbox = Inbox(service, reactions(set()))
    event = envelope_of(ticket("x"), 1).model_copy(update={"type": "support.ticket.vanished.v9"})
    await take(inbox, event)
    [dead] = await rows(service, sa.select(InboxRow))
    assert (dead.state, dead.error) == ("dead", "unknown type")


async def test_a_message_delivered_too_often_is_parked_before_its_reaction_runs(service: Service) -> None:
    inbox = Inbox(service, reactions(set()))
    await take(inbox, envelope_of(ticket("crasher"), 1), attempts=3)
    assert await effects(service) == []
    [row] = await rows(service, sa.select(InboxRow))
    assert row.state == "parked"


async def test_a_dead_event_is_replayed_or_discarded_by_hand(service: Service) -> None:
    from chassis.events.parking import Parking

    failing: set[str] = set()
    declared = reactions(failing)
    inbox = Inbox(service, declared)
    first, second = envelope_of(ticket("again"), 1), envelope_of(ticket("never"), 1)
    failing.update({first.aggregate, second.aggregate})
    for envelope in (first, second):
        await take(inbox, envelope)
    async with service.database.transaction(Sight.system("test")) as session:
        await session.execute(sa.update(InboxRow).values(state="dead"))
    failing.clear()
    async with service.database.transaction(Sight.system("test")) as session:
        await replay(session, first.id)
        await discard(session, second.id, "not wanted")
    await Parking(service, declared).retry_due()
    assert [what for _, what in await effects(service)] == ["again"]
    states = {row.event_id: row.state for row in await rows(service, sa.select(InboxRow))}
    assert states == {first.id: "applied", second.id: "discarded"}


async def test_versions_count_without_gap_or_repeat_under_parallel_writers(service: Service) -> None:
    aggregate = uuid.uuid4()
    await asyncio.gather(*(record_ticket(service, ticket(str(number), aggregate)) for number in range(20)))
    found = await rows(service, sa.select(OutboxRow).order_by(OutboxRow.id))
    assert [row.version for row in found] == list(range(1, 21))


async def test_contacts_recorded_twice_arrive_as_the_newest(make_service: Any, bus: Bus) -> None:
    producer, consumer = await make_service(), await make_service()
    account = uuid.uuid4()
    async with working(Worker(producer, bus), Worker(consumer, bus, reactions(set()))):
        for mobile in ("+966501234567", "+966501234568"):
            await record_contact(producer, contact(mobile, account))

        async def newest() -> bool:
            found = await effects(consumer)
            return bool(found) and found[-1][1] == "+966501234568"

        await eventually(newest)
