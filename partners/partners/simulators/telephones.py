"""Texts as a telephone shows them: the operator's parts put together again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select

from partners.segmentation import join
from partners.simulators.models import TextPart
from partners.simulators.world import World

_NEWEST = 400


class ShownText(BaseModel):
    """One text. `copies` counts how often its reference reached this telephone; `whole` is false while parts lack."""

    to: str
    source: str
    reference: str | None
    text: str
    parts: int
    whole: bool
    state: str
    copies: int
    received_at: datetime


async def texts_to(world: World, mobile: str | None = None) -> list[ShownText]:
    """The newest texts, oldest first, of one mobile or of all."""
    query = select(TextPart).order_by(TextPart.seq.desc()).limit(_NEWEST)
    if mobile is not None:
        query = query.where(TextPart.mobile == mobile)
    async with world.transaction() as session:
        rows = list(await session.scalars(query))
    return shown(reversed(rows))


def shown(rows: Iterable[TextPart]) -> list[ShownText]:
    """Parts grouped into texts: one text for each copy of a reference."""
    groups: dict[tuple[str, str, int], list[TextPart]] = {}
    copies: dict[tuple[str, str], int] = {}
    for row in rows:
        name = row.reference or row.message_id
        groups.setdefault((row.mobile, name, row.copy), []).append(row)
        copies[row.mobile, name] = max(copies.get((row.mobile, name), 0), row.copy + 1)
    return [_shown(group, copies[mobile, name]) for (mobile, name, _), group in groups.items()]


def _shown(group: Sequence[TextPart], copies: int) -> ShownText:
    first = group[0]
    octets = {row.part: row.octets for row in group}
    states = {row.state for row in group}
    return ShownText(
        to=first.mobile,
        source=first.source,
        reference=first.reference,
        text=join(first.data_coding, octets, headed=first.parts > 1),
        parts=first.parts,
        whole=len(octets) == first.parts,
        state=first.state if len(states) == 1 else "accepted",
        copies=copies,
        received_at=first.received_at,
    )
