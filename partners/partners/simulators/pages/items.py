"""What the courier's page shows of each item: its receiver, where it was last seen, what the platform answered."""

from pydantic import BaseModel
from sqlalchemy import select

from partners.simulators.models import Item
from partners.simulators.post import last_scan
from partners.simulators.world import World

_NEWEST = 100


class ShownItem(BaseModel):
    s10: str
    recipient: str
    short_address: str
    last: str | None
    answer_code: int | None
    answer_slug: str | None


async def items_of(world: World) -> list[ShownItem]:
    """The newest items, newest first."""
    shown = []
    async with world.transaction() as session:
        for item in await session.scalars(select(Item).order_by(Item.ordered_at.desc()).limit(_NEWEST)):
            last = await last_scan(session, item.s10)
            shown.append(
                ShownItem(
                    s10=item.s10,
                    recipient=item.recipient,
                    short_address=item.short_address,
                    last=last.kind if last else None,
                    answer_code=last.answer_code if last else None,
                    answer_slug=str(last.answer.get("slug", "")) if last and last.answer else None,
                )
            )
    return shown
