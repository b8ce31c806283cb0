"""The inbox forgets what it has seen: a redelivered event has its effect again."""

import uuid
from typing import Any


def plant() -> None:
    from chassis.events import inbox

    insert = inbox._insert

    async def forgetful(session: Any, row: dict[str, Any]) -> bool:
        await insert(session, row | {"event_id": uuid.uuid4()})
        return True

    async def no_order(*_: Any) -> None:
        return None

    inbox._insert = forgetful
    inbox.order = no_order
