"""What has ended and may still be carried in a token that is out: sessions, families of tokens, accounts that were stopped."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from identity.domain.account import may_issue
from identity.models import Account, SignedIn, TokenFamily
from identity.wiring import Identity

_FIRST = UUID(int=0)


@dataclass(frozen=True)
class Ends:
    """`ended` are ids of sessions and families; `stopped` accounts with the second (epoch) up to which their tokens are bad.

    `after` is where to go on; `more` says that there is more to be had at once.
    """

    ended: list[str]
    stopped: dict[str, float]
    after: str
    more: bool


class BadCursor(ValueError):
    """The place to go on from is none of ours."""


async def ends_since(service: Identity, session: Session, after: str) -> Ends:
    """Ends after a place; without one, all that a token may outlive. Raises BadCursor.

    What was committed late, by a transaction that began early, is not missed: the newest seconds are told again.
    """
    rules = service.rules()
    told, lifetime = rules.table("identity.token.ends_told"), rules.table("identity.token.lifetime")
    now = machine_now()
    oldest = now - timedelta(seconds=lifetime["access"] + lifetime["skew"])
    since, last = (oldest, _FIRST) if not after else _read(after)
    rows = list(await session.execute(_ended(max(since, oldest), last, told["at_once"])))
    more = len(rows) == told["at_once"]
    again = max(since, now - timedelta(seconds=told["overlap"]))
    place = _written(rows[-1].ended_at, rows[-1].id) if more else _written(again, _FIRST)
    return Ends(
        ended=[str(row.id) for row in rows],
        stopped={str(row.account_id): row.ended_at.timestamp() for row in rows if _is_stopped(row)},
        after=place,
        more=more,
    )


def _ended(since: datetime, last: UUID, most: int) -> sa.Select[Any]:
    """Both kinds in one order, each found by its own index on when it ended."""
    sessions = (
        sa.select(SignedIn.id, SignedIn.ended_at, SignedIn.account_id, Account.status)
        .join(Account, Account.id == SignedIn.account_id)
        .where(_later(SignedIn, since, last))
        .order_by(SignedIn.ended_at, SignedIn.id)
        .limit(most)
    )
    families = (
        sa.select(TokenFamily.id, TokenFamily.ended_at, TokenFamily.account_id, sa.null().label("status"))
        .where(_later(TokenFamily, since, last))
        .order_by(TokenFamily.ended_at, TokenFamily.id)
        .limit(most)
    )
    both = sa.union_all(sessions.subquery().select(), families.subquery().select()).subquery()
    return sa.select(both).order_by(both.c.ended_at, both.c.id).limit(most)


def _later(model: Any, since: datetime, last: UUID) -> sa.ColumnElement[bool]:
    """The first half is said for the partial index, the second is the place itself."""
    return sa.and_(model.ended_at.is_not(None), sa.tuple_(model.ended_at, model.id) > sa.tuple_(since, last))


def _is_stopped(row: Any) -> bool:
    return row.status is not None and not may_issue(row.status)


def _written(at: datetime, last: UUID) -> str:
    return f"{int(at.timestamp() * 1_000_000)}.{last.hex}"


def _read(place: str) -> tuple[datetime, UUID]:
    at, _, last = place.partition(".")
    try:
        return datetime.fromtimestamp(int(at) / 1_000_000, UTC), UUID(last)
    except (ValueError, OverflowError, OSError) as error:
        raise BadCursor(place) from error
