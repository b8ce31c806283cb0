"""Counting what happens, per day, in one row each: the operators' page never counts a big table."""

import sqlalchemy as sa

from chassis.database import Session
from identity.wiring import Identity

_COUNT = sa.text("""
    insert into tallies (day, what, count) values (:day, :what, :count)
    on conflict (day, what) do update set count = tallies.count + excluded.count
""")


async def tally(service: Identity, session: Session, what: str, by: int = 1) -> None:
    """Count `what` once more today. Call it last in a transaction: the day's row is everybody's."""
    await session.execute(_COUNT, {"day": service.clock.today(), "what": what, "count": by})


async def tally_move(service: Identity, session: Session, before: str | None, after: str) -> None:
    """Count an account out of one status and into another; None for an account that is new.

    In the order of the names, so that two moves the other way round do not wait for each other in a circle.
    """
    steps = {f"account.{after}": 1} | ({} if before is None else {f"account.{before}": -1})
    for what in sorted(steps):
        await tally(service, session, what, steps[what])
