"""A sender never asks what became of a text it is unsure of: it sends again."""

from typing import Any


def plant() -> None:
    from partners.intents.texts import TextSender

    async def again(self: Any, service: Any, intent: Any) -> Any:
        return await self.send(service, intent)

    TextSender.ask = again  # type: ignore[method-assign]
