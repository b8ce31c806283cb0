"""What a bus promises the relay and the inbox, and the in-process bus of the embedded platform.

A bus confirms an envelope only when every subscriber has it safely: committed or parked in its own database, or in a
durable queue. The same test suite holds both transports to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.envelope import Envelope


class Unroutable(Exception):
    """Nobody is bound to the event's key: it stays in the outbox and alarms."""


class BusAway(Exception):
    """The bus did not confirm: not reachable, refused, or too late. The envelope may or may not have arrived."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An envelope on its way out: what a transport needs to know of it, and its bytes."""

    id: str
    type: str
    aggregate: str
    version: int
    traceparent: str | None
    body: bytes

    @classmethod
    def of(cls, envelope: Envelope) -> "Outgoing":
        """An envelope made by hand; the relay writes the bytes from its rows."""
        body = envelope.model_dump_json().encode()
        return cls(str(envelope.id), envelope.type, envelope.aggregate, envelope.version, envelope.traceparent, body)


class Delivery(Protocol):
    """Takes one message in. Returns when the message may be acknowledged; raises nothing but cancellation."""

    def __call__(self, message: bytes, *, type_hint: str, attempts: int) -> Awaitable[None]: ...


class Bus(Protocol):
    """Publishes envelopes and feeds one queue per service."""

    async def publish(self, envelopes: Sequence[Outgoing]) -> list[Exception | None]:
        """Publish together; per envelope None when confirmed, else why not (Unroutable, BusAway)."""
        ...

    async def consume(self, service: str, keys: Collection[str], deliver: Delivery, stopping: asyncio.Event) -> None:
        """Feed the service's queue to `deliver` until stopped; keeps coming back when the bus goes away."""
        ...

    async def close(self) -> None: ...


class MemoryBus:
    """Hands each envelope to every subscriber in this process. The outbox is its only memory."""

    def __init__(self) -> None:
        self._subscribers: dict[str, tuple[frozenset[str], Delivery]] = {}

    async def publish(self, envelopes: Sequence[Outgoing]) -> list[Exception | None]:
        return list(await asyncio.gather(*(self._hand_over(envelope) for envelope in envelopes)))

    async def _hand_over(self, envelope: Outgoing) -> Exception | None:
        takers = [deliver for keys, deliver in self._subscribers.values() if envelope.type in keys]
        if not takers:
            return Unroutable(envelope.type)
        await asyncio.gather(*(deliver(envelope.body, type_hint=envelope.type, attempts=0) for deliver in takers))
        return None

    async def consume(self, service: str, keys: Collection[str], deliver: Delivery, stopping: asyncio.Event) -> None:
        self._subscribers[service] = (frozenset(keys), deliver)
        try:
            await stopping.wait()
        finally:
            self._subscribers.pop(service, None)

    async def close(self) -> None:
        self._subscribers.clear()


Connect = Callable[[], Awaitable[Bus]]
