"""The relay: outbox rows confirmed by a quorum queue and marked, by the product's own process, beside bare aio-pika.

Bare means: the same bodies in the same batches to the same queue with gathered confirms, and no database at all. Rounds of
both are interleaved; the ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

import asyncpg
from ground import Ground, bind_queue, purge, queued
from processes import cpu_s

from chassis.events.relay import BATCH
from chassis.waking import CHANNEL
from contracts.events_passport import ApplicationSubmitted

ROUNDS = 4
ROWS = 5_000
QUEUE = "bench"
PARTITIONS_HELD = 8
DONE_WITHIN_S = 30.0
_FILL = """
    insert into outbox (event_id, type, aggregate, version, partition, body, occurred_at)
    select e.event_id, $2, 'passport.application:' || e.id, 1, n % 8,
           jsonb_build_object('application_id', e.id, 'reference', 'JWZ-' || n, 'person', '1000000008'), now()
    from (select gen_random_uuid() as event_id, gen_random_uuid() as id, n from generate_series(1, $1::int) n) e
"""


async def measure(ground: Ground, cores: tuple[int, int] | None) -> dict[str, Any]:
    """Rounds of the product's relay and of the bare client in turn."""
    database, host = await ground.database("passport"), ground.new_host()
    await bind_queue(host, QUEUE, [ApplicationSubmitted.key])
    relay = ground.product("passport", "worker", "--only", "relay", database_url=database.run_dsn, broker_url=host)
    admin = await ground.admin(database)
    rounds = []
    try:
        await _holding(admin)
        await _relayed(admin, host, relay.pid, 500)  # connections and statements are warm after these
        for _ in range(ROUNDS):
            ours = await _relayed(admin, host, relay.pid, ROWS)
            bare = await _bare(ground, admin, host)
            rounds.append({"relay": ours, "bare": bare, "ratio": round(ours["per_s"] / bare["per_s"], 3)})
    finally:
        await admin.close()
        ground.end(relay)
    return {
        "relay_events_per_s": max(each["relay"]["per_s"] for each in rounds),
        "relay_ratio_to_bare": round(statistics.median(each["ratio"] for each in rounds), 3),
        "rows": ROWS * ROUNDS,
        "batch": BATCH,
        "pinned": "nothing pinned",
        "rounds": rounds,
    }


async def _holding(admin: asyncpg.Connection) -> None:
    """Until the relay holds every partition."""
    locks = "select count(*) from pg_locks where locktype = 'advisory' and objsubid = 2 and granted"
    until = time.monotonic() + DONE_WITHIN_S
    while await admin.fetchval(locks) < PARTITIONS_HELD:
        if time.monotonic() > until:
            raise TimeoutError("the relay does not hold its partitions")
        await asyncio.sleep(0.05)


async def _relayed(admin: asyncpg.Connection, host: str, pid: int, rows: int) -> dict[str, Any]:
    """One round: rows appear in one commit; over when the last is marked, by the marks themselves."""
    used = cpu_s(pid)
    await admin.execute("truncate outbox")
    await admin.execute(_FILL, rows, ApplicationSubmitted.key)
    began = await admin.fetchval("select clock_timestamp()")
    await admin.execute("select pg_notify($1, 'outbox')", CHANNEL)
    until = time.monotonic() + DONE_WITHIN_S
    while await admin.fetchval("select exists (select 1 from outbox where published_at is null)"):
        if time.monotonic() > until:
            raise TimeoutError("the relay did not get through its rows")
        await asyncio.sleep(0.05)
    ended = await admin.fetchval("select max(published_at) from outbox")
    used = cpu_s(pid) - used
    if (there := await queued(host, QUEUE)) != rows:
        raise RuntimeError(f"{rows} rows are marked, {there} messages are in the queue")
    await purge(host, QUEUE)
    return {"per_s": round(rows / (ended - began).total_seconds()), "cpu_us_each": round(used / rows * 1e6)}


async def _bare(ground: Ground, admin: asyncpg.Connection, host: str) -> dict[str, Any]:
    bodies, told = ground.folder / "bodies.txt", ground.folder / "bare.json"
    if not bodies.exists():
        bodies.write_text("\n".join(await _bodies(admin)))
    child = ground.role("bare.py", host, ApplicationSubmitted.key, str(BATCH), str(bodies), str(told))
    await ground.finish(child)
    found: dict[str, Any] = json.loads(told.read_text())
    if (there := await queued(host, QUEUE)) != found["sent"]:
        raise RuntimeError(f"{found['sent']} sent, {there} messages are in the queue")
    await purge(host, QUEUE)
    return {name: found[name] for name in ("per_s", "cpu_us_each")}


async def _bodies(admin: asyncpg.Connection) -> list[str]:
    """What the relay has just sent, byte for byte as it writes it."""
    from chassis.events.relay import _outgoing

    columns = "event_id::text as event_id, type, aggregate, version, body::text, traceparent, occurred_at"
    rows = await admin.fetch(f"select {columns} from outbox order by id")
    return [_outgoing("passport", row).body.decode() for row in rows]
