"""A service's second process: relay, inbox, timers and senders, each a loop; together or one at a time."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from chassis.events.bus import Bus
from chassis.events.inbox import Inbox
from chassis.events.parking import Parking
from chassis.events.pulse import Pulse
from chassis.events.reactions import Reactions
from chassis.events.relay import Relay
from chassis.intents import Sender, Senders
from chassis.sealing.sealer import Sealer
from chassis.timers import Timers, TimerWheel
from chassis.waking import WakeListener
from chassis.wiring import Service

PARTS = ("relay", "inbox", "timers", "senders", "sealer")
DRAIN_S = 8.0
AGAIN_S = 1.0
Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
log = structlog.get_logger()


@dataclass
class Worker:
    """The loops of one service. `run` returns after `stopping` is set and the loops have drained."""

    service: Service
    bus: Bus
    reactions: Reactions = field(default_factory=Reactions)
    timers: Timers = field(default_factory=Timers)
    senders: dict[str, Sender] = field(default_factory=dict)
    pulse: Pulse | None = None

    def loops(self, parts: Collection[str] = PARTS) -> list[Loop]:
        """The loops of the named parts."""
        service, database = self.service, self.service.database
        loops: list[Loop] = []
        if "relay" in parts:
            loops.append(Relay(service.name, database.url, self.bus, database.wakes, service.metrics).run)
        if "relay" in parts and (pulse := self.pulse) is not None:

            async def beat(stopping: asyncio.Event) -> None:
                await pulse.run(service, self.bus, stopping)

            loops.append(beat)
        if "inbox" in parts and self.reactions.by_key:
            inbox = Inbox(service, self.reactions)

            async def consume(stopping: asyncio.Event) -> None:
                await self.bus.consume(service.name, self.reactions.keys, inbox.deliver, stopping)

            loops += [consume, Parking(service, self.reactions).run]
        if "timers" in parts and self.timers.by_kind:
            loops.append(TimerWheel(service, self.timers).run)
        if "senders" in parts and self.senders:
            loops.append(Senders(service, self.senders).run)
        if "sealer" in parts:
            loops.append(Sealer(service).run)
        return loops

    async def run(self, stopping: asyncio.Event, parts: Collection[str] = PARTS) -> None:
        """Run until stopped, then give the loops a bounded time to finish what they hold."""
        tasks: list[asyncio.Task[None]] = [
            asyncio.create_task(self._kept_going(loop, stopping)) for loop in self.loops(parts)
        ]
        await stopping.wait()
        self.service.database.wakes.wake_all()
        _, late = await asyncio.wait(tasks, timeout=DRAIN_S) if tasks else (set(), set())
        for task in late:
            task.cancel()

    async def _kept_going(self, loop: Loop, stopping: asyncio.Event) -> None:
        """A loop that fails as nobody expected is begun again: its work must not stand still unnoticed."""
        while True:
            try:
                await loop(stopping)
                return
            except Exception as failure:  # edge: nobody else would hear of it
                self.service.metrics.loop_failures.inc()
                log.error("worker.loop_failed", service=self.service.name, reason=repr(failure)[:300])
            if stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AGAIN_S)


async def serve_worker(worker: Worker, parts: Collection[str] = PARTS) -> None:
    """Run as a process of its own: hears other processes' wakes and drains at SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    listener = asyncio.create_task(
        WakeListener(worker.service.database.url, worker.service.database.wakes).run(stopping)
    )
    try:
        await worker.run(stopping, parts)
    finally:
        await listener
        await worker.bus.close()
        await worker.service.close()
