"""The two ends of an event, as processes: a writer that commits at a steady pace and a consumer that commits an effect.

`ends.py writer <dsn> …`, `ends.py consumer <dsn> <amqp> …`, `ends.py embedded <dsn> <dsn> …`, each followed by how many,
how many a second, and the file their stamps go to. Everything between the two stamps is the product's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import orjson
import uvloop

from chassis.audit.rows import ActRow
from chassis.catalogue import Texts
from chassis.clock import Clock
from chassis.database import Database, Session, Sight
from chassis.events.bus import Bus, Delivery, MemoryBus
from chassis.events.outbox import record
from chassis.events.rabbit import RabbitBus
from chassis.events.reactions import Reactions
from chassis.rulebook import Rulebook
from chassis.settings import ServiceSettings
from chassis.waking import WakeCaller
from chassis.wiring import Service
from chassis.worker import Worker
from contracts.events_passport import ApplicationSubmitted

WARM = 25
LATE_S = 10.0
SLOWEST_PER_S = 25
reactions = Reactions()


@reactions.act(ApplicationSubmitted)
async def note(service: Service, session: Session, event: ApplicationSubmitted) -> None:
    """One row of effect."""
    session.add(
        ActRow(
            at=service.clock.now(), actor="bench", standing="system", person=event.person, channel="bench",
            action="noted", object=event.reference, reason=None, rules={}, request_id=None,
        )
    )  # fmt: skip


class StampedBus:
    """A bus that notes when the inbox has returned from each message: its effect is committed then."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.effects: dict[str, int] = {}
        self.publish, self.close = bus.publish, bus.close

    async def consume(self, service: str, keys: Collection[str], deliver: Delivery, stopping: asyncio.Event) -> None:
        async def stamped(message: bytes, *, type_hint: str, attempts: int) -> None:
            await deliver(message, type_hint=type_hint, attempts=attempts)
            at = time.monotonic_ns()
            self.effects[orjson.loads(message)["data"]["application_id"]] = at

        await self._bus.consume(service, keys, stamped, stopping)


def service_at(dsn: str) -> Service:
    """The chassis' parts and nothing else."""
    return Service(
        name="bench",
        settings=ServiceSettings(environment="test", database_url=dsn),
        database=Database(dsn, pool_size=4, name="bench"),
        clock=Clock(),
        rulebook=Rulebook.of("chassis"),
        texts=Texts("chassis"),
    )


async def write(service: Service, count: int, per_s: float, file: Path) -> None:
    """Commit one event after another at a steady pace, whatever the one before took."""
    committed: dict[str, int] = {}

    async def one(keep: bool) -> None:
        case = uuid.uuid4()
        event = ApplicationSubmitted(application_id=case, reference=str(case), person="1000000008")
        async with service.database.transaction(Sight.system("bench")) as session:
            await record(session, event, service.clock.now())
        if keep:
            committed[str(case)] = time.monotonic_ns()

    began, tasks = time.monotonic(), []
    for number in range(WARM + count):
        await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
        tasks.append(asyncio.create_task(one(number >= WARM)))
    await asyncio.gather(*tasks)
    file.with_suffix(".committed").write_text(json.dumps(committed))


async def take(service: Service, bus: StampedBus, count: int, file: Path) -> None:
    """Consume until every commit has had its effect, or until it is too late."""
    stopping = asyncio.Event()
    working = asyncio.create_task(Worker(service, bus, reactions).run(stopping, ("inbox",)))
    until = time.monotonic() + LATE_S + (WARM + count) / SLOWEST_PER_S
    while len(bus.effects) < WARM + count and time.monotonic() < until:
        await asyncio.sleep(0.1)
    stopping.set()
    await working
    file.with_suffix(".effects").write_text(json.dumps(bus.effects))


async def writer(dsn: str, count: int, per_s: float, file: Path) -> None:
    """The side of the api process: commits, and calls the relay's process."""
    service, stopping = service_at(dsn), asyncio.Event()
    calling = asyncio.create_task(WakeCaller(dsn, service.database.wakes).run(stopping))
    await asyncio.sleep(0.5)
    await write(service, count, per_s, file)
    calling.cancel()
    await service.close()


async def consumer(dsn: str, url: str, count: int, file: Path) -> None:
    """The side of another service's worker process."""
    service, bus = service_at(dsn), StampedBus(RabbitBus(url, "bench"))
    await take(service, bus, count, file)
    await bus.close()
    await service.close()


async def embedded(dsn: str, other: str, count: int, per_s: float, file: Path) -> None:
    """Both services and the bus in one process, as `make run` has them."""
    source, target, bus = service_at(dsn), service_at(other), StampedBus(MemoryBus())
    stopping = asyncio.Event()
    relaying = asyncio.create_task(Worker(source, bus, Reactions()).run(stopping, ("relay",)))
    taking = asyncio.create_task(take(target, bus, count, file))
    await asyncio.sleep(0.5)
    await write(source, count, per_s, file)
    await taking
    stopping.set()
    await relaying
    await source.close()
    await target.close()


def main(words: list[str]) -> None:
    """Each end under the event loop the product gives it."""
    role, *more, count, per_s, file = words
    size, pace, stamps = int(count), float(per_s), Path(file)
    starts: dict[str, tuple[Callable[[Any], Any], Callable[[], Awaitable[None]]]] = {
        "writer": (uvloop.run, lambda: writer(more[0], size, pace, stamps)),
        "consumer": (uvloop.run, lambda: consumer(more[0], more[1], size, stamps)),
        "embedded": (uvloop.run, lambda: embedded(more[0], more[1], size, pace, stamps)),
    }
    run, start = starts[role]
    with contextlib.suppress(KeyboardInterrupt):
        run(start())


if __name__ == "__main__":
    main(sys.argv[1:])
