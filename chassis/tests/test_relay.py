"""The relay reads one batch while another is on its way, and still nothing overtakes and nothing is left."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import pytest
import sqlalchemy as sa
from tests_support import record_ticket, rows, working

from chassis.events import relay
from chassis.events.bus import Bus, BusAway, Outgoing
from chassis.models import OutboxRow
from chassis.testing.fixtures import eventually
from chassis.wiring import Service
from chassis.worker import Worker
from contracts.events import TicketOpened


def ticket(ticket_id: uuid.UUID) -> TicketOpened:
    return TicketOpened(ticket_id=ticket_id, reference="JWZ-1", person="1000000008")


class Faltering:
    """A bus that takes its time, lets new events appear meanwhile, and fails every third message once."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self.meanwhile = meanwhile
        self.busy: set[str] = set()
        self.refused: set[str] = set()
        self.taken: list[tuple[str, int]] = []

    async def publish(self, envelopes: Sequence[Outgoing]) -> list[Exception | None]:
        aggregates = {each.aggregate for each in envelopes}
        assert len(aggregates) == len(envelopes)
        assert not aggregates & self.busy
        self.busy |= aggregates
        await self.meanwhile()
        results = [self._take(number, each) for number, each in enumerate(envelopes)]
        self.busy -= aggregates
        return results

    def _take(self, number: int, envelope: Outgoing) -> Exception | None:
        if number % 3 == 0 and envelope.id not in self.refused:
            self.refused.add(envelope.id)
            return BusAway("not now")
        self.taken.append((envelope.aggregate, envelope.version))
        return None


async def test_nothing_overtakes_while_one_batch_is_read_beside_another(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 7)
    monkeypatch.setattr(relay, "HOLD_BACK_S", 0.05)
    aggregates = [uuid.uuid4() for _ in range(10)]
    told: list[uuid.UUID] = []

    async def tell_more() -> None:
        if len(told) < 60:
            for each in aggregates[:6]:
                told.append(each)
                await record_ticket(service, ticket(each))

    bus = Faltering(tell_more)
    for each in aggregates:
        await record_ticket(service, ticket(each))
    stopping = asyncio.Event()
    carrier = relay.Relay("sample", service.database.url, cast(Bus, bus), service.database.wakes, service.metrics)
    running = asyncio.create_task(carrier.run(stopping))

    async def all_taken() -> bool:
        return len(bus.taken) == len(aggregates) + len(told)

    await eventually(all_taken)
    stopping.set()
    await running
    for each in aggregates:
        versions = [version for aggregate, version in bus.taken if aggregate.endswith(str(each))]
        assert versions == list(range(1, len(versions) + 1))
    assert bus.refused
    assert await rows(service, sa.select(OutboxRow).where(OutboxRow.published_at.is_(None))) == []


async def test_a_loop_that_fails_as_nobody_expected_is_begun_again(service: Service) -> None:
    class Falling:
        falls, taken = 2, 0

        async def publish(self, envelopes: Sequence[Outgoing]) -> list[Exception | None]:
            self.falls -= 1
            if self.falls >= 0:
                raise LookupError("a bug")
            self.taken += len(envelopes)
            return [None for _ in envelopes]

    bus = Falling()
    await record_ticket(service, ticket(uuid.uuid4()))
    async with working(Worker(service, cast(Bus, bus))):

        async def marked() -> bool:
            return not await rows(service, sa.select(OutboxRow).where(OutboxRow.published_at.is_(None)))

        await eventually(marked)
    assert bus.taken == 1
    assert b"worker_loop_failures_total 2.0" in service.metrics.render()
