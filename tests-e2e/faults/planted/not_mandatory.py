"""The relay publishes without `mandatory`: the broker confirms what it could route to nobody."""

from typing import Any


def plant() -> None:
    import aiormq

    publish = aiormq.Channel.basic_publish

    async def careless(self: Any, body: bytes, **named: Any) -> Any:
        return await publish(self, body, **(named | {"mandatory": False}))

    aiormq.Channel.basic_publish = careless  # type: ignore[method-assign]
