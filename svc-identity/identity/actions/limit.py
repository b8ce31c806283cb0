"""Limits as rows: the latest uses of something under a keyed digest, locked while it is asked, exact in any window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session
from identity.models import Allowance
from identity.wiring import Identity


@dataclass(frozen=True)
class Limit:
    """At most `most` uses within each window (seconds) of `scope` for `key`; the key is digested before it is kept."""

    scope: str
    key: str
    windows: Sequence[tuple[int, int]]

    @property
    def longest(self) -> int:
        return max(seconds for seconds, _ in self.windows)


async def take(service: Identity, session: Session, limits: Sequence[Limit], now: datetime) -> int:
    """Use all of these once: 0 when all allow it, else nothing is used and the seconds until it is worth asking again.

    Rows are locked in one order, so that two callers never wait for each other in a circle.
    """
    rows = [
        (limit, await locked(service, session, limit.scope, limit.key, now))
        for limit in sorted(limits, key=lambda limit: (limit.scope, limit.key))
    ]
    wait = max((_wait(limit, row.uses, now) for limit, row in rows), default=0)
    if not wait:
        for limit, row in rows:
            keep(row, limit.longest, now)
        await session.flush()
    return wait


async def locked(service: Identity, session: Session, scope: str, key: str, now: datetime) -> Allowance:
    """The row of a limit, locked until the transaction ends."""
    digest = service.cipher.index(f"{scope}:{key}")
    await session.execute(
        insert(Allowance).values(scope=scope, key=digest, uses=[], used_at=now).on_conflict_do_nothing()
    )
    row = await session.scalar(
        sa.select(Allowance).where(Allowance.scope == scope, Allowance.key == digest).with_for_update()
    )
    assert row is not None
    return row


def keep(row: Allowance, seconds: int, now: datetime) -> None:
    """Add a use and forget those older than the longest window."""
    row.uses = [use for use in row.uses if use > now - timedelta(seconds=seconds)] + [now]
    row.used_at = now


def _wait(limit: Limit, uses: Sequence[datetime], now: datetime) -> int:
    wait = 0
    for seconds, most in limit.windows:
        within = [use for use in uses if use > now - timedelta(seconds=seconds)]
        if len(within) >= most:
            frees_at = within[-most] + timedelta(seconds=seconds)
            wait = max(wait, int((frees_at - now).total_seconds()) + 1)
    return wait
