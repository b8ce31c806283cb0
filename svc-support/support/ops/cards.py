"""The first four numbers: open and nobody's, past their promise, waiting for their applicants, what blocks most."""

from collections.abc import Sequence
from functools import partial

from chassis.database import Session
from chassis.ops import Card
from chassis.ops.kit import Cards
from support import figures
from support.wiring import Support


def cards(service: Support) -> Sequence[Cards]:
    """In the order in which they are looked at."""
    return [partial(_unassigned, service), partial(_past_promise, service), _returned, _blocking]


async def _unassigned(service: Support, session: Session) -> Card:
    found = await figures.unassigned(session, service.clock.now())
    return Card("ops.support.unassigned", figures.bounded(found))


async def _past_promise(service: Support, session: Session) -> Card:
    found = await figures.past_promise(session, service.clock.today())
    return Card("ops.support.past-promise", figures.bounded(found), is_bad=found > 0)


async def _returned(session: Session) -> Card:
    return Card("ops.support.returned", figures.bounded(await figures.returned(session)))


async def _blocking(session: Session) -> Card:
    name, count = await figures.blocks_most(session)
    return Card("ops.support.blocks-most", figures.bounded(count), note=name)
