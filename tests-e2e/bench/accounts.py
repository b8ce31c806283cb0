"""Whether identity stays as quick with 3,083,252 accounts as with 30,000: `accounts.py [--count N]`.

PostgreSQL of this run's own, with fsync on, and two databases of identity in it, loaded by `python -m identity load-accounts`
and measured in turn, so that neighbours on the machine slow both alike, by calls of the product itself: the look-up by number, the start of a
sign-in with a password that costs next to nothing to check, the same at the product's own argon2id, and over HTTP the
clerks' list and one's own account. A figure is the median; a ratio is large ÷ small.
One JSON line ends it; the command fails when a ratio is over the bound.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import asyncpg
import httpx2
from ground import Ground, until_listening

from chassis.clock import Clock, machine_now
from chassis.database import Sight
from deploy.embedded.children import LOOPBACK, free_port
from deploy.embedded.databases import ServiceDatabase
from identity.actions.enter_password import Try, enter_password
from identity.keys import SigningKeys
from identity.loading import number_at
from identity.queries import account_of
from identity.seeds import PASSWORD
from identity.settings import IdentitySettings
from identity.wiring import Identity, create_service

SMALL = 30_000
LARGE = 3_083_252
WAITING = 1_000
MOST = 1.3
SAMPLES = 300
_CHEAP = {"argon2_memory_kib": 8, "argon2_passes": 1}
_SIGHT = Sight.system("bench")


async def main() -> int:
    parser = argparse.ArgumentParser(prog="accounts.py", description=__doc__)
    parser.add_argument("--count", type=int, default=LARGE)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    ground = Ground(folder)
    try:
        found = await _measure(ground, given.count)
    finally:
        ground.sweep()
        ground.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found), flush=True)
    return 0 if found["flat"] else 1


@dataclass
class House:
    """Identity over one database: its api as a process, and its own calls here, with and without dear hashing."""

    count: int
    database: ServiceDatabase
    admin: asyncpg.Connection
    web: httpx2.AsyncClient
    cheap: Identity
    dear: Identity

    async def close(self) -> None:
        await self.web.aclose()
        await self.cheap.close()
        await self.dear.close()
        await self.admin.close()


async def _measure(ground: Ground, large: int) -> dict[str, Any]:
    houses, loads = [], []
    for count in (SMALL, large):
        database = await ground.database("identity")
        loads.append(await _load(ground, database, count))
        houses.append(await _open(ground, database, count))
    big = houses[1]
    keys = SigningKeys(ground.folder / "secrets")
    medians = {name: await _interleaved(work, houses, samples) for name, work, samples in _works(keys)}
    loaded = await big.admin.fetchval("select count(*) from accounts")
    size = await big.admin.fetchval("select pg_total_relation_size('accounts')")
    for house in houses:
        await house.close()
    ratios = {name: round(ms[1] / ms[0], 2) for name, ms in medians.items()}
    return {
        "accounts": loaded,
        "ms_at_30000_and_full": medians,
        "ratios": ratios,
        "flat": loaded == large and all(ratio <= MOST for ratio in ratios.values()),
        "load_s": loads[1]["seconds"],
        "loaded_per_s": loads[1]["per_s"],
        "accounts_mib": size // 2**20,
        "load_average_at_end": round(os.getloadavg()[0], 1),
    }


async def _open(ground: Ground, database: ServiceDatabase, count: int) -> House:
    admin, port = await ground.admin(database), free_port()
    await _plant(admin)
    api = ground.product("identity", "api", database_url=database.run_dsn, port=str(port), log_level="WARNING")
    await until_listening(port, api)
    web = httpx2.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=30)
    cheap, dear = _service(ground, database, **_CHEAP), _service(ground, database)
    return House(count, database, admin, web, cheap, dear)


async def _load(ground: Ground, database: ServiceDatabase, count: int) -> dict[str, Any]:
    words = ["load-accounts", "--count", str(count)]
    child = ground.product("identity", *words, database_url=database.run_dsn, **_texts(_CHEAP))
    await ground.finish(child)
    told: dict[str, Any] = json.loads(ground.said(child).strip().splitlines()[-1])
    return told


async def _plant(admin: asyncpg.Connection) -> None:
    """A clerk's role, and as many waiting accounts as stay the same while the others become a hundred times more."""
    await admin.execute(
        "insert into relations (id, relation, subject, object, starts_at, source)"
        " values (gen_random_uuid(), 'clerk', 'S-100001', 'bench', now() - interval '1 day', 'identity')"
    )
    waiting = [number_at(place) for place in range(SMALL - WAITING, SMALL)]
    await admin.execute("update accounts set status = 'registered' where person = any($1)", waiting)
    await admin.execute("vacuum analyze")


def _works(keys: SigningKeys) -> list[tuple[str, Callable[[House], Awaitable[None]], int]]:
    """What is measured, and how often; every call about a person drawn from all there are."""
    drawn = random.Random(SMALL)
    clerk = _bearer(keys, "S-100001", "staff")

    def person(house: House) -> str:
        place = drawn.randrange(house.count - WAITING)
        return number_at(place if place < SMALL - WAITING else place + WAITING)

    return [
        ("look_up_by_number", lambda house: _look_up(house.cheap, person(house)), SAMPLES),
        ("sign_in_start_without_hashing", lambda house: _sign_in(house.cheap, person(house)), SAMPLES),
        ("sign_in_start_with_hashing", lambda house: _sign_in(house.dear, person(house)), SAMPLES // 5),
        ("clerks_list_page", lambda house: _get(house.web, "/v1/activations?limit=50", clerk), SAMPLES),
        ("my_account", lambda house: _get(house.web, "/v1/me", _bearer(keys, person(house), "citizen")), SAMPLES),
    ]


async def _interleaved(work: Callable[[House], Awaitable[None]], houses: list[House], samples: int) -> list[float]:
    """Medians in milliseconds, asked of both in turn, so that whatever else the machine does slows both alike."""
    took: list[list[float]] = [[] for _ in houses]
    for _ in range(samples + samples // 4):
        for house, times in zip(houses, took, strict=True):
            began = time.perf_counter()
            await work(house)
            times.append((time.perf_counter() - began) * 1000)
    return [round(statistics.median(times[samples // 4 :]), 3) for times in took]


async def _look_up(service: Identity, number: str) -> None:
    async with service.database.transaction(_SIGHT) as session:
        if await account_of(session, number) is None:
            raise RuntimeError(f"{number} was not loaded")


async def _sign_in(service: Identity, number: str) -> None:
    answer = await enter_password(service, Try(number, PASSWORD, f"bench {number}", "/", "ar"))
    if str(answer.said) not in ("go_on", "wait"):
        raise RuntimeError(f"a sign-in of {number} ended with {answer.said}")


async def _get(web: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> None:
    _expect(await web.get(path, headers=headers))


def _expect(answer: httpx2.Response) -> None:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request.url.path} answered {answer.status_code}: {answer.text[-300:]}")


def _service(ground: Ground, database: ServiceDatabase, **changed: int) -> Identity:
    settings = IdentitySettings(
        environment="test", database_url=database.run_dsn, secrets_dir=ground.folder / "secrets", **changed
    )
    return create_service(settings, Clock())


def _bearer(keys: SigningKeys, person: str, kind: str) -> dict[str, str]:
    now = int(machine_now().timestamp())
    claims = {"iss": "http://localhost:8080", "aud": "urn:jawaz:api", "sub": "bench", "person": person, "kind": kind}
    claims |= {"client_id": "portal", "sid": "bench", "iat": now, "exp": now + 300, "channel": "portal"}
    token = keys.sign({"typ": "at+jwt"}, claims)
    return {"authorization": f"Bearer {token}"}


def _texts(settings: dict[str, int]) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items()}


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
