"""The relay publishes without asking the broker to confirm: what a broken line swallowed counts as published."""

from typing import Any


def plant() -> None:
    import aio_pika.connection

    channel = aio_pika.connection.Connection.channel

    def unconfirmed(self: Any, *given: Any, **named: Any) -> Any:
        if named.pop("publisher_confirms", None):
            named.pop("on_return_raises", None)
            named["publisher_confirms"] = False
        return channel(self, *given, **named)

    aio_pika.connection.Connection.channel = unconfirmed  # type: ignore[method-assign]
