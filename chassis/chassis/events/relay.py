"""The relay: reads unmarked outbox rows in order, publishes them, waits for all confirms, marks what was confirmed.

One holder per partition by a session advisory lock on a connection of its own. Unmarked rows are always read again, so
nothing is lost; of an aggregate one event at most is on its way, so nothing overtakes; a nack or a return holds back
that aggregate only. While a batch is on its way the one before is marked and the one after is read.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import asyncpg
import orjson
import structlog

from chassis.database import Wakes
from chassis.events.bus import Bus, Outgoing
from chassis.events.outbox import PARTITIONS
from chassis.telemetry.metrics import Metrics

BATCH = 500
POLL_S = 0.2
HOLD_BACK_S = 1.0
LOCK_SPACE = 7411

_READ = """
    select id, event_id::text as event_id, type, aggregate, version, body::text, traceparent, occurred_at
    from outbox where published_at is null and partition = any($1::smallint[]) and aggregate <> all($3::text[])
        and not exists (select from unnest($4::bigint[]) as sent where sent = outbox.id)
    order by id limit $2
"""
_MARK = "update outbox set published_at = clock_timestamp(), held_back = null where id = any($1::bigint[])"
_HOLD = "update outbox set held_back = $2 where id = any($1::bigint[])"
log = structlog.get_logger()


class Relay:
    """Carries one service's outbox to the bus until stopped."""

    def __init__(self, service: str, url: str, bus: Bus, wakes: Wakes, metrics: Metrics) -> None:
        self.service = service
        self._url = url
        self._bus = bus
        self._wake = wakes.event("outbox")
        self._metrics = metrics
        self._held_back: dict[str, float] = {}
        self._holding: set[int] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until stopped; a lost database connection gives the partitions up and starts again."""
        while not stopping.is_set():
            try:
                connection: Any = await asyncpg.connect(self._url, timeout=3)
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await self._pause(stopping)
                continue
            try:
                await self._work(connection, stopping)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
                log.warning("relay.database_away", service=self.service, reason=type(lost).__name__)
                await self._pause(stopping)
            finally:
                self._holding.clear()
                await _close_quietly(connection)

    async def _work(self, connection: Any, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self._wake.clear()
            if len(self._holding) < PARTITIONS:
                await self._take_partitions(connection)
            if not self._holding or not await self.carry(connection, stopping):
                await self._pause(stopping)

    async def _take_partitions(self, connection: Any) -> None:
        for partition in range(PARTITIONS):
            if partition not in self._holding and await connection.fetchval(
                "select pg_try_advisory_lock($1, $2)", LOCK_SPACE, partition
            ):
                self._holding.add(partition)

    async def carry(self, connection: Any, stopping: asyncio.Event) -> int:
        """Publish and mark batch after batch until there is nothing to do now; how many rows were published or held back."""
        sent: list[tuple[Any, Exception | None]] = []
        carried, batch = 0, await self._read(connection)
        while batch:
            sending = asyncio.ensure_future(self._bus.publish([_outgoing(self.service, row) for row in batch]))
            try:
                await self._settle(connection, sent)
                following = [] if stopping.is_set() else await self._read(connection, beside=batch)
            finally:
                results = await sending
            sent = list(zip(batch, results, strict=True))
            carried, batch = carried + len(sent), following
        await self._settle(connection, sent)
        return carried

    async def _read(self, connection: Any, beside: Sequence[Any] = ()) -> list[Any]:
        """The oldest unmarked event of each aggregate that is neither held back nor on its way in the batch `beside`."""
        self._release_held_back()
        on_their_way, busy = [row["id"] for row in beside], {row["aggregate"] for row in beside}
        rows = await connection.fetch(_READ, sorted(self._holding), BATCH, list(self._held_back), on_their_way)
        first: dict[str, Any] = {}
        for row in rows:
            if row["aggregate"] not in busy:
                first.setdefault(row["aggregate"], row)
        return list(first.values())

    async def _settle(self, connection: Any, sent: Sequence[tuple[Any, Exception | None]]) -> None:
        """Mark what was confirmed, hold back what was not."""
        confirmed = [row["id"] for row, failure in sent if failure is None]
        if confirmed:
            await connection.execute(_MARK, confirmed)
            self._metrics.published.inc(len(confirmed))
        await self._hold_back(connection, [(row, failure) for row, failure in sent if failure is not None])

    def _release_held_back(self) -> None:
        now = asyncio.get_running_loop().time()
        self._held_back = {aggregate: until for aggregate, until in self._held_back.items() if until > now}

    async def _hold_back(self, connection: Any, failures: list[tuple[Any, Exception]]) -> None:
        until = asyncio.get_running_loop().time() + HOLD_BACK_S
        for row, failure in failures:
            self._held_back[row["aggregate"]] = until
            self._metrics.publish_failures.inc()
            log.warning("event.held_back", type=row["type"], event_id=str(row["event_id"]), reason=repr(failure))
        if failures:
            await connection.execute(_HOLD, [row["id"] for row, _ in failures], type(failures[0][1]).__name__)

    async def _pause(self, stopping: asyncio.Event) -> None:
        if stopping.is_set():
            return
        try:
            await asyncio.wait_for(self._wake.wait(), POLL_S)
        except TimeoutError:
            return


def _outgoing(service: str, row: Any) -> Outgoing:
    """The envelope of a row. Its data is already JSON and is put in as it stands."""
    head = orjson.dumps(
        {
            "specversion": "1.0",
            "id": row["event_id"],
            "source": f"/{service}",
            "type": row["type"],
            "time": row["occurred_at"].astimezone(UTC),
            "aggregate": row["aggregate"],
            "version": row["version"],
            "traceparent": row["traceparent"],
        },
        option=orjson.OPT_UTC_Z,
    )
    body = b'%b,"data":%b}' % (head[:-1], row["body"].encode())
    return Outgoing(row["event_id"], row["type"], row["aggregate"], row["version"], row["traceparent"], body)


async def _close_quietly(connection: Any) -> None:
    try:
        await connection.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
