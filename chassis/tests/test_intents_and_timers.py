"""What leaves the house happens once whatever dies in between; deadlines fire once, under a fence."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sample.papers import Effect
from tests_support import SIGHT, rows

from chassis.clock import Clock, ClockRefused
from chassis.database import Session
from chassis.events.bus import MemoryBus
from chassis.http.client import Unreachable
from chassis.intents import Done, Intent, NeverArrived, NotYet, Outcome, Refused, Senders, intend
from chassis.models import IntentRow, TimerRow
from chassis.testing.fixtures import eventually
from chassis.timers import Timers, TimerWheel, arm, disarm
from chassis.wiring import Service
from chassis.worker import Loop, Worker


class Operator:
    """An outside body that remembers what it accepted, and can be told to misbehave for the first calls."""

    def __init__(self, *misbehaviours: str) -> None:
        self.accepted: list[str] = []
        self.asked = 0
        self._misbehaviours = list(misbehaviours)

    async def send(self, service: Any, intent: Intent) -> Outcome:
        how = self._misbehaviours.pop(0) if self._misbehaviours else "well"
        if how == "refused connection":
            raise Unreachable("operator", how, never_sent=True)
        if how == "lost before":
            raise Unreachable("operator", how)
        if how == "refuses":
            return Refused("no-such-number")
        self.accepted.append(intent.reference)
        if how == "lost after":
            raise Unreachable("operator", how)
        return NotYet(0.05) if how == "not yet" else Done({"id": len(self.accepted)})

    async def ask(self, service: Any, intent: Intent) -> Outcome | NeverArrived:
        self.asked += 1
        return Done() if intent.reference in self.accepted else NeverArrived()

    async def settle(self, service: Any, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        session.add(Effect(aggregate=intent.reference, what=type(outcome).__name__))


async def carried_out(service: Service, operator: Operator, *, reference: str = "r1", **intent: Any) -> IntentRow:
    async with service.database.transaction(SIGHT) as session:
        await intend(session, service, "send", {}, reference=reference, **intent)
    stopping = asyncio.Event()
    loop = asyncio.create_task(Senders(service, {"send": operator}).run(stopping))

    async def settled() -> bool:
        [row] = await rows(service, sa.select(IntentRow))
        return row.settled_at is not None

    try:
        await eventually(settled)
    finally:
        stopping.set()
        await loop
    [row] = await rows(service, sa.select(IntentRow))
    return row


@pytest.mark.parametrize(
    ("misbehaviours", "asked"),
    [
        ([], 0),
        (["refused connection"], 0),
        (["lost before"], 1),
        (["lost after"], 1),
        (["not yet"], 1),
        (["lost before", "lost after"], 2),
    ],
    ids=lambda value: "+".join(value) or "well" if isinstance(value, list) else "",
)
async def test_an_unknown_outcome_is_asked_about_and_nothing_is_sent_twice(
    service: Service, misbehaviours: list[str], asked: int
) -> None:
    operator = Operator(*misbehaviours)
    row = await carried_out(service, operator)
    assert row.state == "done"
    assert operator.accepted == ["r1"]
    assert operator.asked == asked
    assert [effect.what for effect in await rows(service, sa.select(Effect))] == ["Done"]


async def test_a_refusal_by_the_other_side_is_settled_once(service: Service) -> None:
    row = await carried_out(service, Operator("refuses"))
    assert (row.state, row.outcome) == ("refused", {"reason": "no-such-number"})


async def test_an_intent_past_its_time_is_never_sent(service: Service) -> None:
    operator = Operator()
    row = await carried_out(service, operator, expires_at=service.clock.now() - timedelta(seconds=1))
    assert row.state == "expired"
    assert operator.accepted == []


async def test_the_same_reference_is_written_once(service: Service) -> None:
    async with service.database.transaction(SIGHT) as session:
        first = await intend(session, service, "send", {}, reference="same")
        second = await intend(session, service, "send", {}, reference="same")
    assert first is not None
    assert second is None


async def test_a_sender_that_died_while_sending_is_followed_by_asking(service: Service) -> None:
    operator = Operator()
    operator.accepted.append("r1")  # it went out, then the process died: the lease is all that is left
    async with service.database.transaction(SIGHT) as session:
        await intend(session, service, "send", {}, reference="r1")
        await session.execute(
            sa.update(IntentRow).values(state="sending", fence=3, lease_until=sa.func.now() - timedelta(seconds=1))
        )
    stopping = asyncio.Event()
    loop = asyncio.create_task(Senders(service, {"send": operator}).run(stopping))

    async def settled() -> bool:
        [row] = await rows(service, sa.select(IntentRow))
        return row.state == "done"

    await eventually(settled)
    stopping.set()
    await loop
    assert operator.accepted == ["r1"]


def wheel(service: Service, fired: list[str], fail: bool = False) -> TimerWheel:
    timers = Timers()

    @timers.on("reminder")
    async def remind(service: Service, session: Session, subject: str) -> None:
        if fail:
            raise RuntimeError("this deadline fails")
        fired.append(subject)

    return TimerWheel(service, timers)


async def test_a_deadline_fires_in_business_time_once_for_many_workers(service: Service) -> None:
    fired: list[str] = []
    async with service.database.transaction(SIGHT) as session:
        for number in range(20):
            await arm(session, "reminder", f"s{number}", service.clock.now() + timedelta(days=1))
    wheels = [wheel(service, fired) for _ in range(4)]
    assert sum([await each.fire_due() for each in wheels]) == 0
    service.clock.advance(timedelta(days=1, seconds=1))
    await asyncio.gather(*(each.fire_due() for each in wheels))
    assert sorted(fired) == sorted(f"s{number}" for number in range(20))


async def test_a_disarmed_deadline_never_fires_and_a_moved_one_fires_at_its_new_time(service: Service) -> None:
    fired: list[str] = []
    now = service.clock.now()
    async with service.database.transaction(SIGHT) as session:
        await arm(session, "reminder", "gone", now)
        await arm(session, "reminder", "moved", now)
        await disarm(session, "reminder", "gone")
        await arm(session, "reminder", "moved", now + timedelta(days=2))
    assert await wheel(service, fired).fire_due() == 0
    service.clock.advance(timedelta(days=3))
    assert await wheel(service, fired).fire_due() == 1
    assert fired == ["moved"]


async def test_a_worker_that_slept_through_its_lease_changes_nothing(service: Service) -> None:
    fired: list[str] = []
    async with service.database.transaction(SIGHT) as session:
        await arm(session, "reminder", "s", service.clock.now())
    sleeper = wheel(service, fired)
    [lease] = await sleeper._lease()
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.update(TimerRow).values(lease_until=sa.func.now() - timedelta(seconds=1)))
    assert await wheel(service, fired).fire_due() == 1
    assert await sleeper._fire(lease) is False
    assert fired == ["s"]


async def test_a_failing_deadline_is_kept_and_named(service: Service) -> None:
    async with service.database.transaction(SIGHT) as session:
        await arm(session, "reminder", "s", service.clock.now())
    assert await wheel(service, [], fail=True).fire_due() == 0
    [row] = await rows(service, sa.select(TimerRow))
    assert (row.state, row.attempts) == ("armed", 1)
    assert "fails" in (row.error or "")


def test_the_clock_moves_forward_only_and_only_in_a_sandbox() -> None:
    with pytest.raises(ClockRefused):
        Clock().advance(timedelta(seconds=1))
    clock = Clock(sandbox=True)
    with pytest.raises(ClockRefused):
        clock.advance(timedelta(seconds=-1))
    before = clock.now()
    assert clock.advance(timedelta(days=40)) - before >= timedelta(days=40)


async def test_a_loop_of_a_services_own_is_woken_when_it_is_to_stop(service: Service) -> None:
    waits, ended = asyncio.Event(), []

    class Own(Worker):
        def loops(self, parts: Collection[str] = ()) -> list[Loop]:
            async def waits_for_work_of_its_own(stopping: asyncio.Event) -> None:
                waits.set()
                await self.service.database.wakes.event("own work").wait()
                ended.append(stopping.is_set())

            return [waits_for_work_of_its_own]

    stopping = asyncio.Event()
    running = asyncio.create_task(Own(service, MemoryBus()).run(stopping))
    await waits.wait()
    stopping.set()
    await running
    assert ended == [True], "it was not given up, it ended"
