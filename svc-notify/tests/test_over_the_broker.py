"""From the broker to the telephone: events published to RabbitMQ become texts, twins become none more."""

import asyncio
from uuid import uuid4

from notify_house import HOLDER, open_house, outward

from chassis.events.bus import Outgoing
from chassis.events.rabbit import RabbitBus
from chassis.testing.fixtures import Databases, eventually
from contracts.events import ApplicationApproved, ContactChanged
from notify.worker import create_worker
from partners.simulators.telephones import texts_to
from partners.testing import Bodies

MOBILE = "+966500000100"
COUNT = 12


async def test_every_event_on_the_broker_is_one_text(databases: Databases, bodies: Bodies, broker: str):
    house = open_house(await databases("notify"), bodies.clock, **outward(bodies))
    bus, publisher, stopping = RabbitBus(broker, "notify"), RabbitBus(broker, "test"), asyncio.Event()
    running = asyncio.create_task(create_worker(house.service, bus).run(stopping, ("inbox", "timers", "senders")))
    try:
        contact = house.envelope(ContactChanged(account_id=uuid4(), person=HOLDER, mobile=MOBILE, language="en"))
        envelopes = [Outgoing.of(house.envelope(approved())) for _ in range(COUNT)]

        async def taken() -> bool:
            return await publisher.publish([Outgoing.of(contact), envelopes[0]]) == [None, None]

        await eventually(taken)  # until the queue is bound to both keys there is nobody to take them
        assert await publisher.publish(envelopes * 2) == [None] * (2 * COUNT)

        async def all_came() -> bool:
            return len(await texts_to(bodies.simulators.world, MOBILE)) >= COUNT and all(
                notice.status == "delivered" for notice in await house.notices(channel="sms")
            )

        await eventually(all_came)
        texts = await texts_to(bodies.simulators.world, MOBILE)
        assert (len(texts), {text.copies for text in texts}) == (COUNT, {1})
        assert await house.broken_invariants() == {}
    finally:
        stopping.set()
        await running
        await bus.close()
        await publisher.close()
        await house.close()


def approved() -> ApplicationApproved:
    return ApplicationApproved.model_validate(
        {**ApplicationApproved.example, "application_id": uuid4(), "person": HOLDER}
    )
