"""Ten thousand activations and their texts, with the worker killed in the middle: `activations.py [--count N] [--no-kill]`.

Real processes on loopback: identity's api and worker, the simulated registry and SMS operator, PostgreSQL with fsync on,
RabbitMQ with a bound queue. A bank hands one batch in over HTTP; the clock runs from that request until the operator has
every text. Nothing is counted that did not happen: one account, one binding, one history row and one text for each
person, no more and no fewer, or the command fails. One JSON line ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import asyncpg
import httpx2
from ground import Ground, bind_queue, until_listening
from processes import cpu_s

from chassis.clock import machine_now
from contracts.events import REGISTRY
from deploy.embedded.children import LOOPBACK, free_port, stop_child
from deploy.embedded.databases import ServiceDatabase
from identity.keys import SigningKeys
from partners.simulators.households import number_at

BOUND_S = 900.0
KILL_AT = 0.3
BANK = "bench-bank"
_ORDINARY = 899  # codes 900 and above mean something to the simulated bodies
_CLIENT = (
    "insert into clients (id, name_ar, name_en, channel, redirect_uris, after_sign_out_uris, scopes)"
    " values ($1, 'مصرف', 'Bank', 'bank', '[]', '[]', '[]')"
)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="activations.py", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--no-kill", action="store_true", help="let the worker live")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    ground = Ground(folder)
    try:
        async with asyncio.timeout(BOUND_S):
            found = await _measure(ground, given.count, kill=not given.no_kill)
    finally:
        ground.sweep()
        ground.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found), flush=True)
    return 0 if found["none_lost_none_twice"] else 1


async def _measure(ground: Ground, count: int, *, kill: bool) -> dict[str, Any]:
    load_at_start = os.getloadavg()[0]
    identity, outside = await ground.database("identity"), await ground.database("partners")
    admin, world = await ground.admin(identity), await ground.admin(outside)
    host = ground.new_host()
    await bind_queue(host, "notify", [key for key in REGISTRY if key.startswith("identity.")])
    settings, processes = await _start(ground, identity, outside, host)
    worker = ground.product("identity", "worker", **settings)
    await admin.execute(_CLIENT, BANK)
    lines = [f"{person},{mobile}" for person, mobile in map(_person_at, range(count))]
    began = time.monotonic()
    try:
        accepted_s = await _hand_in(int(settings["port"]), ground.folder / "secrets", lines)
    except RuntimeError:
        print("".join(ground.said(each) for each in processes), file=sys.stderr)
        raise
    if kill:
        await _until(lambda: _activated(admin), int(count * KILL_AT))
        os.kill(worker.pid, signal.SIGKILL)
        stop_child(worker, (), seconds_each=5)
        worker = ground.product("identity", "worker", **settings)
    await _until(lambda: _activated(admin), count)
    activated_s = time.monotonic() - began
    await _until(lambda: _texts(world), count)
    texts_s = time.monotonic() - began
    names = ("simulated_bodies", "identity_api", "identity_worker")
    used = {name: round(cpu_s(each.pid), 1) for name, each in zip(names, [*processes, worker], strict=True)}
    used |= {name: round(cpu_s(pid), 1) for name, pid in ground.server_pids().items()}
    await _until(lambda: _published(admin), 0, exactly=True)
    whole = await _counted(admin, world, count)
    await admin.close()
    await world.close()
    return {
        "activations": count,
        "accepted_s": round(accepted_s, 2),
        "activated_s": round(activated_s, 1),
        "texts_s": round(texts_s, 1),
        "activations_per_s": round(count / activated_s, 1),
        "killed_in_the_middle": kill,
        "none_lost_none_twice": all(value == count for value in whole.values()),
        "counted": whole,
        "cpu_s": used,
        "load_at_start": round(load_at_start, 1),
        "load_at_end": round(os.getloadavg()[0], 1),
    }


async def _start(
    ground: Ground, identity: ServiceDatabase, outside: ServiceDatabase, host: str
) -> tuple[dict[str, str], list[Any]]:
    """The simulated bodies and identity's api; the settings its worker takes as well."""
    http, smpp, port = free_port(), free_port(), free_port()
    simulators = ground.product(
        "partners", "simulate", database_url=outside.run_dsn, port=str(http), smpp_port=str(smpp), log_level="WARNING"
    )
    await until_listening(http, simulators)
    settings = {
        "database_url": identity.run_dsn,
        "broker_url": host,
        "registry_url": f"http://{LOOPBACK}:{http}/registry",
        "sms_records_url": f"http://{LOOPBACK}:{http}/sms",
        "sms_port": str(smpp),
        "port": str(port),
        "log_level": "WARNING",
    }
    api = ground.product("identity", "api", **settings)
    await until_listening(port, api)
    return settings, [simulators, api]


async def _hand_in(port: int, secrets: Path, lines: list[str]) -> float:
    """One request with the whole batch; seconds until it was accepted."""
    now = int(machine_now().timestamp())
    claims = {"iss": "http://localhost:8080", "aud": "urn:jawaz:api", "sub": BANK, "person": f"client:{BANK}"}
    claims |= {
        "kind": "client",
        "client_id": BANK,
        "sid": "11111111-1111-7111-8111-111111111111",
        "iat": now,
        "exp": now + 300,
        "scope": "activations",
    }
    token = SigningKeys(secrets).sign({"typ": "at+jwt"}, claims)
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "bench", "content-type": "text/csv"}
    async with httpx2.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=30) as web:
        began = time.monotonic()
        answer = await web.post("/v1/activation-batches", headers=headers, content="\n".join(lines).encode())
        if answer.status_code != 202:
            raise RuntimeError(f"the batch was not accepted: {answer.status_code} {answer.text[-300:]}")
        return time.monotonic() - began


def _person_at(place: int) -> tuple[str, str]:
    """Whole households of ordinary people, each with a mobile that means nothing to the operator."""
    block = 10_000 + (place // 10) // _ORDINARY * 1_000 + 1 + (place // 10) % _ORDINARY
    return number_at("1", block, place % 10), f"+96650{place // 9_000:03d}{1_000 + place % 9_000:04d}"


async def _until(count: Callable[[], Any], wanted: int, *, exactly: bool = False) -> None:
    while (found := await count()) != wanted and (exactly or found < wanted):
        await asyncio.sleep(0.25)


async def _activated(admin: asyncpg.Connection) -> int:
    refused = await admin.fetch("select line, reasons from activation_rows where state = 'refused' limit 3")
    if refused:
        raise RuntimeError(f"rows were refused: {refused}")
    return int(await admin.fetchval("select count(*) from activation_rows where state = 'activated'"))


async def _texts(world: asyncpg.Connection) -> int:
    return int(await world.fetchval("select count(distinct mobile) from text_parts where part = 1"))


async def _published(admin: asyncpg.Connection) -> int:
    # The worker says every second how new relations are; only what is older counts as left behind.
    return int(
        await admin.fetchval(
            "select count(*) from outbox where published_at is null and recorded_at < clock_timestamp() - interval '2 s'"
        )
    )


async def _counted(admin: asyncpg.Connection, world: asyncpg.Connection, count: int) -> dict[str, int]:
    """Everything that has to be there once for each person."""
    ours = "select count(*) from"
    return {
        "accounts_active": await admin.fetchval(f"{ours} accounts where status = 'active'"),
        "people_bound_once": await admin.fetchval(
            f"{ours} (select person from bindings group by person having count(*) = 1) once"
        ),
        "activations_in_history": await admin.fetchval(f"{ours} case_moves where action = 'activate'"),
        "contacts_said": await admin.fetchval(
            f"{ours} (select aggregate from outbox where type = 'identity.contact.changed.v1'"
            " group by aggregate having count(*) = 1) once"
        ),
        "texts_settled": await admin.fetchval(f"{ours} intents where kind = 'sms.send' and state = 'done'"),
        "mobiles_texted_once": await world.fetchval(
            f"{ours} (select mobile from text_parts group by mobile having count(distinct reference) = 1"
            " and count(*) = max(parts)) once"
        ),
        "relations_doubled": count
        + await admin.fetchval(
            f"{ours} (select 1 from relations where ends_at is null group by relation, subject, object"
            " having count(*) > 1) twice"
        ),
    }


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
