"""Lists by cursor: newest first (queues oldest first), keyset on a time-ordered id, never a COUNT and never an OFFSET."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel

from chassis.audit.guard import nothing_personal
from chassis.database import Session
from chassis.refusals import Invalid

LIMIT = 20
LIMIT_MAX = 100
V = TypeVar("V")
T = TypeVar("T")

CursorParam = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]
LimitParam = Annotated[int, Query(ge=1, le=LIMIT_MAX)]


class Page(BaseModel, Generic[V]):
    """One page of a list; `next` is absent on the last."""

    items: list[V]
    next: str | None = None


async def page_of(
    session: Session,
    statement: sa.Select[T],
    key: Any,
    *,
    cursor: str | None,
    limit: int = LIMIT,
    oldest_first: bool = False,
) -> tuple[list[T], str | None]:
    """The rows of one page and the cursor of the next. `key` is a uuid7 column. Raises Invalid for a foreign cursor."""
    if cursor is not None:
        last = _decode(cursor)
        statement = statement.where(key > last if oldest_first else key < last)
    order = key.asc() if oldest_first else key.desc()
    rows = list(await session.scalars(statement.order_by(order).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    # The one that only tells whether there is more is shown to nobody.
    nothing_personal(session, [row for row in rows[limit:] if hasattr(row, "person")])
    return rows[:limit], _encode(getattr(rows[limit - 1], key.key))


def _encode(last: UUID) -> str:
    return urlsafe_b64encode(last.bytes).decode().rstrip("=")


def _decode(cursor: str) -> UUID:
    try:
        return UUID(bytes=urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise Invalid("cursor-unknown") from error
