"""A reaction that failed is logged and its message acknowledged: nothing is parked, the event is gone."""

from typing import Any


def plant() -> None:
    from chassis.events.inbox import Inbox

    async def forget(self: Any, envelope: Any, error: str) -> None:
        return None

    Inbox._park = forget  # type: ignore[method-assign]
