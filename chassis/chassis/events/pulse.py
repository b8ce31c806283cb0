"""The pulse: every second the owner of something copied says up to when everything of it has gone out.

It goes past the outbox and into nobody's rows: a lost one is made good by the next. It is silent while an event it
speaks for is still unpublished, so that whoever hears it has, in the queue before it, all that was committed by then.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.database import is_away
from chassis.events.bus import Bus, Outgoing
from chassis.identifiers import uuid7
from chassis.models import OutboxRow
from chassis.wiring import Service
from contracts.envelope import Envelope
from contracts.event import Event

EVERY_S = 1.0


@dataclass(frozen=True)
class Pulse:
    """`speaks_for` are the keys it vouches for; `say` makes the event of an instant."""

    speaks_for: frozenset[str]
    say: Callable[[datetime], Event]

    async def run(self, service: Service, bus: Bus, stopping: asyncio.Event) -> None:
        """Beat until stopped; a database or a bus that is away means silence."""
        while not stopping.is_set():
            try:
                await self.beat(service, bus)
            except Exception as error:  # edge: the loop outlives a database that is away
                if not is_away(error):
                    raise
            try:
                await asyncio.wait_for(stopping.wait(), EVERY_S)
            except TimeoutError:
                continue

    async def beat(self, service: Service, bus: Bus) -> bool:
        """Say how far everything has gone out, if it has; whether that was confirmed."""
        waiting = sa.select(OutboxRow.id).where(
            OutboxRow.published_at.is_(None), OutboxRow.type.in_(sorted(self.speaks_for))
        )
        async with service.database.transaction() as session:
            # The time is read first: what commits after it is vouched for by the next beat.
            as_of: datetime = await session.scalar(sa.select(sa.func.clock_timestamp()))  # type: ignore[assignment]
            if await session.scalar(sa.select(waiting.exists())):
                return False
        return (await bus.publish([Outgoing.of(_envelope(self.say(as_of), as_of))]))[0] is None


def _envelope(event: Event, as_of: datetime) -> Envelope:
    body: dict[str, Any] = event.model_dump(mode="json")
    return Envelope(
        id=uuid7(),
        source=f"/{event.producer()}",
        type=event.key,
        time=as_of,
        aggregate=event.aggregate,
        version=int(as_of.timestamp() * 1000),
        data=body,
    )
