"""The bus over RabbitMQ: durable topic exchange, one quorum queue per service, confirms and returns taken seriously.

Queue arguments cannot be changed later, so they are right from the first version and compared with what the broker has
at start. The library's own reconnecting connection is not used: its publishes hang while the broker is away.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, cast

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError

from chassis.events.bus import BusAway, Delivery, Outgoing, Unroutable

EXCHANGE = "events"
DEAD_EXCHANGE = "events.dead"
CONFIRM_S = 5.0
PREFETCH = 10
# The client queues ten frames for writing. As long as they fit, they leave in one piece and nobody waits for a place.
AT_ONCE = 8
RECONNECT_S = 0.5
HEARTBEAT_S = 5
log = structlog.get_logger()


def queue_arguments(service: str) -> dict[str, Any]:
    """What every service queue is declared with; see docs/decisions on why these cannot change."""
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": 1000,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": f"{service}.dead",
        "x-dead-letter-strategy": "at-least-once",
    }


class RabbitBus:
    """One connection for publishing and one for consuming, each reopened by its own loop when lost."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._publisher: tuple[AbstractConnection, aiormq.Channel] | None = None
        self._opening = asyncio.Lock()
        self._consumers: list[AbstractConnection] = []

    async def publish(self, envelopes: Sequence[Outgoing]) -> list[Exception | None]:
        try:
            channel = await self._channel()
        except (AMQPError, OSError, TimeoutError, RuntimeError) as away:  # RuntimeError: a channel lost while it opens
            return [BusAway(type(away).__name__) for _ in envelopes]
        sent: list[asyncio.Task[Exception | None]] = []
        for at in range(0, len(envelopes), AT_ONCE):
            some = envelopes[at : at + AT_ONCE]
            sent += [asyncio.create_task(self._publish_one(channel, envelope)) for envelope in some]
            await asyncio.sleep(0)
        # One deadline for all of them: a timer for each would cost a tenth of sending it.
        _, late = await asyncio.wait(sent, timeout=CONFIRM_S) if sent else ((), ())
        for each in late:
            each.cancel()
        results = [BusAway("no confirm") if each in late else each.result() for each in sent]
        if any(isinstance(result, BusAway) for result in results):
            await self._drop_publisher()
        return results

    async def _publish_one(self, channel: aiormq.Channel, envelope: Outgoing) -> Exception | None:
        message = aio_pika.Message(
            envelope.body,
            message_id=envelope.id,
            type=envelope.type,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers={
                "aggregate": envelope.aggregate,
                "version": envelope.version,
                **({"traceparent": envelope.traceparent} if envelope.traceparent else {}),
            },
        )
        try:
            # Not `Exchange.publish`: it waits for each message to be written before it takes the next one.
            await channel.basic_publish(
                message.body,
                exchange=EXCHANGE,
                routing_key=envelope.type,
                properties=message.properties,
                mandatory=True,
                wait=False,
            )
        except PublishError:
            return Unroutable(envelope.type)
        except (DeliveryError, AMQPError, OSError, TimeoutError, RuntimeError) as away:
            return BusAway(type(away).__name__)
        return None

    async def _channel(self) -> aiormq.Channel:
        async with self._opening:
            if self._publisher is not None and not self._publisher[0].is_closed:
                return self._publisher[1]
            connection = await self._connect()
            try:
                # Without on_return_raises a returned message looks like a confirmed one.
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
                underlay = cast(aiormq.Channel, await channel.get_underlay_channel())
            except BaseException:
                await _close_quietly(connection)
                raise
            self._publisher = (connection, underlay)
            return underlay

    async def _connect(self) -> AbstractConnection:
        return await aio_pika.connect(
            self._url, timeout=CONFIRM_S, heartbeat=HEARTBEAT_S, client_properties={"connection_name": self._name}
        )

    async def _drop_publisher(self) -> None:
        gone, self._publisher = self._publisher, None
        if gone is not None:
            await _close_quietly(gone[0])

    async def consume(self, service: str, keys: Collection[str], deliver: Delivery, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                await self._consume_once(service, keys, deliver, stopping)
            except (AMQPError, OSError, TimeoutError, RuntimeError) as away:
                log.warning("bus.away", consumer=service, reason=type(away).__name__)
                await _pause(stopping, RECONNECT_S)

    async def _consume_once(
        self, service: str, keys: Collection[str], deliver: Delivery, stopping: asyncio.Event
    ) -> None:
        connection = await self._connect()
        self._consumers.append(connection)
        try:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=PREFETCH)
            await declare_topology(channel, service, keys)
            closed = asyncio.Event()
            connection.close_callbacks.add(lambda *_: closed.set())
            channel.close_callbacks.add(lambda *_: closed.set())

            async def take(message: AbstractIncomingMessage) -> None:
                attempts = int(str((message.headers or {}).get("x-delivery-count", 0) or 0))
                await deliver(message.body, type_hint=message.type or message.routing_key or "", attempts=attempts)
                if not closed.is_set():
                    await message.ack()

            for name in (f"{service}.events", f"{service}.dead"):
                queue = await channel.get_queue(name)
                await queue.consume(take)
            await _first(stopping, closed)
        finally:
            self._consumers.remove(connection)
            await _close_quietly(connection)

    async def close(self) -> None:
        await self._drop_publisher()
        for connection in list(self._consumers):
            await _close_quietly(connection)


async def declare_topology(channel: AbstractChannel, service: str, keys: Collection[str]) -> None:
    """Exchange, dead-letter exchange and the service's two queues, bound to exactly the keys it reacts to.

    The broker refuses a queue that exists with other arguments, which is the comparison at start.
    """
    events = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    dead = await channel.declare_exchange(DEAD_EXCHANGE, aio_pika.ExchangeType.DIRECT, durable=True)
    dead_queue = await channel.declare_queue(
        f"{service}.dead", durable=True, arguments={"x-queue-type": "quorum", "x-overflow": "reject-publish"}
    )
    await dead_queue.bind(dead, routing_key=f"{service}.dead")
    queue = await channel.declare_queue(f"{service}.events", durable=True, arguments=queue_arguments(service))
    for key in sorted(keys):
        await queue.bind(events, routing_key=key)


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


async def _close_quietly(connection: AbstractConnection) -> None:
    try:
        await asyncio.wait_for(connection.close(), 2)
    except (AMQPError, OSError, TimeoutError, RuntimeError):
        return
