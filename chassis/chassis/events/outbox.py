"""`record`: an event's row in the transaction of its change. No event without its change, no change without its event."""

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import Session, wake_after_commit
from chassis.identifiers import uuid7
from chassis.telemetry import traces
from contracts.event import Event

PARTITIONS = 8

# One statement: the stream's row lock is taken before the outbox id is drawn, so ids of one aggregate follow its commits.
_RECORD = sa.text(
    """
    with stream as (
        insert into event_streams as s (aggregate, version) values (:aggregate, 1)
        on conflict (aggregate) do update set version = s.version + 1
        returning version
    )
    insert into outbox (event_id, type, aggregate, version, partition, body, traceparent, occurred_at)
    select :event_id, :type, :aggregate, stream.version, :partition, :body, :traceparent, :occurred_at from stream
    """
).bindparams(sa.bindparam("body", type_=JSONB))


def partition_of(aggregate: str) -> int:
    """The partition an aggregate's events always take."""
    return zlib.crc32(aggregate.encode()) % PARTITIONS


async def record(session: Session, event: Event, now: datetime) -> None:
    """Record an event; it is published after the commit, and never if the transaction rolls back."""
    await session.execute(_RECORD, _values(event, now))
    wake_after_commit(session, "outbox")


async def record_all(session: Session, events: Iterable[Event], now: datetime) -> None:
    """Record many events in one round trip, in the order of their aggregates, so that two callers never wait in a circle."""
    # Sorting is stable: events of one aggregate stay in the order they were given.
    if values := [_values(event, now) for event in sorted(events, key=lambda event: event.aggregate)]:
        await session.execute(_RECORD, values)
        wake_after_commit(session, "outbox")


def _values(event: Event, now: datetime) -> dict[str, Any]:
    context = traces.current()
    return {
        "event_id": uuid7(),
        "type": event.key,
        "aggregate": event.aggregate,
        "partition": partition_of(event.aggregate),
        "body": event.model_dump(mode="json"),
        "traceparent": context.traceparent if context else None,
        "occurred_at": now,
    }
