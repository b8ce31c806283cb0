"""Which bug is planted where, and the scenario that must bring it to light. A scenario without its bug must pass."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rig import Rig, Run

SWALLOWS = 60
EVENTS_A_TICKET = 3
Stumble = Callable[[Rig, random.Random], Awaitable[None]]


async def nothing(rig: Rig, chance: random.Random) -> None:
    """The scenario's crash points are enough."""


async def swallow_publishes(rig: Rig, chance: random.Random) -> None:
    """The line to the broker swallows what is sent, again and again while there is something to send, and then breaks."""
    support = await rig.verify("support")
    try:
        for _ in range(SWALLOWS):
            await rig.proxies["relay-amqp"].suffer("black_hole", 0.4)
            if await support.fetchval("select count(*) from outbox") >= SWALLOWED.tickets * EVENTS_A_TICKET:
                return
            await asyncio.sleep(0.25)
    finally:
        await support.close()


async def consumer_comes_late(rig: Rig, chance: random.Random) -> None:
    """Events are published before anybody is bound to them."""
    await rig.start_late_consumer()


@dataclass(frozen=True)
class Scenario:
    """How a run is made to stumble. The same seed, size and checks with and without a bug."""

    name: str
    tickets: int = 12
    crash: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flaky: float = 0.0
    late_consumer_s: float = 0.0
    stumble: Stumble = nothing
    drain_s: float = 90.0

    def run(self, planted: Planted | None) -> Run:
        return Run(
            f"{self.name}-{planted.bug if planted else 'clean'}",
            planted.bug if planted else None,
            planted.where if planted else (),
            self.crash,
            self.flaky,
            self.late_consumer_s,
        )


@dataclass(frozen=True)
class Planted:
    """A bug, the processes it is planted in, and the scenario that shows it."""

    bug: str
    where: tuple[str, ...]
    scenario: Scenario


DYING = Scenario(
    "dying",
    tickets=20,
    crash={
        "api": ("api.before_answer:6",),
        "relay": ("relay.after_publish:12",),
        "inbox": ("inbox.after_commit:6", "inbox.before_apply:6"),
    },
)
HALF_SENT = Scenario("half-sent", tickets=6, crash={"sender": ("sender.third_accept:100",)})
STUMBLING = Scenario("stumbling", tickets=15, flaky=30.0)
SWALLOWED = Scenario("swallowed", tickets=25, stumble=swallow_publishes)
UNBOUND = Scenario("unbound", tickets=6, late_consumer_s=2.5, stumble=consumer_comes_late)
CROWDED = Scenario("crowded", tickets=60)

PLANTED = (
    Planted("no_inbox", ("inbox",), DYING),
    Planted("mark_before_publish", ("relay",), SWALLOWED),
    Planted("ack_before_commit", ("inbox",), DYING),
    Planted("two_transactions", ("api",), DYING),
    Planted("answer_before_commit", ("api",), DYING),
    Planted("key_outside_transaction", ("api",), DYING),
    Planted("no_confirms", ("relay",), SWALLOWED),
    Planted("not_mandatory", ("relay",), UNBOUND),
    Planted("watermark", ("relay",), CROWDED),
    Planted("no_order_guard", ("inbox",), STUMBLING),
    Planted("ack_on_failure", ("inbox",), STUMBLING),
    Planted("act_then_record", ("sender",), HALF_SENT),
)
