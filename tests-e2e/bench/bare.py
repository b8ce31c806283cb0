"""Bare aio-pika, a process of its own: `bare.py <amqp> <routing key> <batch> <bodies> <result>`. Nothing but the client."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from pathlib import Path

import aio_pika
import uvloop

EXCHANGE = "events"
WARM = 200


async def main(url: str, key: str, batch: int, bodies: list[bytes]) -> dict[str, int]:
    """Publish every body, a batch at a time, each batch until all of it is confirmed; what that took."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    exchange = await channel.get_exchange(EXCHANGE)

    async def send(body: bytes) -> None:
        message = aio_pika.Message(
            body, message_id=str(uuid.uuid4()), type=key, delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        await exchange.publish(message, routing_key=key, mandatory=True)

    await asyncio.gather(*(send(body) for body in bodies[:WARM]))
    began, used = time.perf_counter(), time.process_time()
    for at in range(0, len(bodies), batch):
        await asyncio.gather(*(send(body) for body in bodies[at : at + batch]))
    seconds, used = time.perf_counter() - began, time.process_time() - used
    await connection.close()
    return {
        "sent": len(bodies) + WARM,
        "per_s": round(len(bodies) / seconds),
        "cpu_us_each": round(used / len(bodies) * 1e6),
    }


if __name__ == "__main__":
    words = Path(sys.argv[4]).read_bytes().split(b"\n")
    # The event loop that `python -m <service> worker` runs on.
    found = uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), words))
    Path(sys.argv[5]).write_text(json.dumps(found))
