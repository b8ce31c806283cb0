"""The consumer acknowledges a message and takes it in afterwards: a crash in between loses the event."""

from typing import Any


def plant() -> None:
    import aio_pika.queue

    consume = aio_pika.queue.Queue.consume

    async def early(self: Any, callback: Any, *given: Any, **named: Any) -> Any:
        async def acknowledged_first(message: Any) -> None:
            await message.ack()

            async def nothing(*_: Any, **__: Any) -> None:
                return None

            message.ack = nothing
            await callback(message)

        return await consume(self, acknowledged_first, *given, **named)

    aio_pika.queue.Queue.consume = early  # type: ignore[method-assign]
