"""The relay publishes without `mandatory`: the broker confirms what it could route to nobody."""

from typing import Any


def plant() -> None:
    import aio_pika.exchange

    publish = aio_pika.exchange.Exchange.publish

    async def careless(self: Any, message: Any, routing_key: str, **named: Any) -> Any:
        return await publish(self, message, routing_key, **(named | {"mandatory": False}))

    aio_pika.exchange.Exchange.publish = careless  # type: ignore[method-assign]
