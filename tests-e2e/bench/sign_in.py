"""Signing in by password against argon2 itself, and what others feel of it: `sign_in.py [--rounds N] [--seconds N]`.

PostgreSQL of this run's own, with fsync on, and one identity process as it ships: hashing threads on all cores but one,
argon2id of 19 MiB and 2 passes. Its accounts have a passkey, so that a right password leads on without a text. In turn, in
every round: bare argon2 in as many threads of this process; quiet, with a request a fiftieth of a second to the key set and
a sign-in page; the same beside a closed loop of 8 browsers that post right passwords. CPU is that of the process tree from
/proc.

One JSON line: sign-ins a second as a share of bare argon2's, CPU of a sign-in (the service's) as a multiple of a bare hash's,
and the p99 of the others' requests beside sign-ins as a multiple of the quiet one; medians over the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import asyncpg
import httpx2
from argon2 import PasswordHasher
from ground import Ground, until_listening
from processes import cpu_s

from chassis.clock import machine_now
from chassis.identifiers import uuid7
from deploy.embedded.children import LOOPBACK, free_port
from identity.passwords import give_way
from identity.seeds import PASSWORD
from identity.settings import IdentitySettings

ACCOUNTS, BROWSERS, EVERY_S = 4_000, 8, 0.02
QUIET = ("/oauth/jwks", "/sign-in")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Bench:
    """One identity process, people to sign in, and two ways to ask it."""

    def __init__(self, port: int, api: subprocess.Popen[bytes], hasher: PasswordHasher) -> None:
        self.api, self.hasher, self.kept = api, hasher, hasher.hash(PASSWORD)
        self.web = httpx2.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=30)
        self.next, self.csrf, self.refused = 0, "", 0

    async def open(self) -> None:
        """Get the proof that forms are ours; every post here comes from this one browser."""
        found = _CSRF.search((await self.web.get("/sign-in")).text)
        assert found is not None
        self.csrf = found[1]

    def bare(self, seconds: float, threads: int) -> dict[str, float]:
        """Verifications a second of the library alone, and the CPU seconds of each."""
        until, before = time.monotonic() + seconds, time.process_time()

        def work() -> int:
            done = 0
            while time.monotonic() < until:
                self.hasher.verify(self.kept, PASSWORD)
                done += 1
            return done

        began = time.monotonic()
        # Ranked as the service ranks its own, else a busy machine would favour these.
        with ThreadPoolExecutor(threads, initializer=give_way) as pool:
            done = sum(each.result() for each in [pool.submit(work) for _ in range(threads)])
        return {"per_s": done / (time.monotonic() - began), "cpu_s": (time.process_time() - before) / done}

    async def sign_ins(self, seconds: float) -> dict[str, float]:
        """Right passwords by browsers that wait for their answer; every one is another account."""
        until, began, before, done = time.monotonic() + seconds, time.monotonic(), cpu_s(self.api.pid), 0

        async def browser() -> None:
            nonlocal done
            while time.monotonic() < until:
                self.next += 1
                form = {"csrf": self.csrf, "number": _number(self.next % ACCOUNTS), "password": PASSWORD, "next": "/"}
                headers = {"x-forwarded-for": f"198.51.{self.next // 250 % 250}.{self.next % 250}"}
                answer = await self.web.post("/sign-in", data=form, headers=headers)
                if answer.headers.get("location") == "/sign-in/code":
                    done += 1
                else:
                    self.refused += 1

        await asyncio.gather(*(browser() for _ in range(BROWSERS)))
        return {"per_s": done / (time.monotonic() - began), "cpu_s": cpu_s(self.api.pid) - before, "done": done}

    async def others(self, stopping: asyncio.Event) -> list[float]:
        """Seconds each of the others' requests took, one begun every fiftieth of a second."""
        took: list[float] = []
        tasks: list[asyncio.Task[None]] = []

        async def ask(path: str) -> None:
            began = time.monotonic()
            self.refused += (await self.web.get(path)).status_code != 200
            took.append(time.monotonic() - began)

        while not stopping.is_set():
            tasks.append(asyncio.create_task(ask(QUIET[len(tasks) % len(QUIET)])))
            await asyncio.sleep(EVERY_S)
        await asyncio.gather(*tasks)
        return took


async def main() -> int:
    parser = argparse.ArgumentParser(prog="sign_in.py", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    async with _bench() as bench:
        rounds = [await _round(bench, given.seconds) for _ in range(given.rounds)]
    figures = {name: round(statistics.median(each[name] for each in rounds), 3) for name in rounds[0]}
    figures["refused"] = bench.refused
    holds = not bench.refused and figures["share_of_bare"] >= 0.9 and figures["others_p99_ratio"] < 2
    told = {**figures, "holds": holds, "rounds": len(rounds), "load_at_start": round(load, 2), "cores": os.cpu_count()}
    print(json.dumps(told), flush=True)
    return 0 if holds else 1


async def _round(bench: Bench, seconds: float) -> dict[str, float]:
    settings = IdentitySettings()
    bare = await asyncio.to_thread(bench.bare, seconds, settings.hash_threads)
    quiet, beside, before = asyncio.Event(), asyncio.Event(), cpu_s(bench.api.pid)
    asking = asyncio.create_task(bench.others(quiet))
    await asyncio.sleep(seconds)
    quiet.set()
    alone = await asking
    each_other_s = (cpu_s(bench.api.pid) - before) / len(alone)
    asking = asyncio.create_task(bench.others(beside))
    signed_in = await bench.sign_ins(seconds)
    beside.set()
    crowded = await asking
    # What the others' requests cost meanwhile is theirs.
    own_s = (signed_in["cpu_s"] - len(crowded) * each_other_s) / signed_in["done"]
    return {
        "bare_per_s": bare["per_s"],
        "sign_ins_per_s": signed_in["per_s"],
        "share_of_bare": signed_in["per_s"] / bare["per_s"],
        "bare_cpu_ms": bare["cpu_s"] * 1000,
        "sign_in_cpu_ms": own_s * 1000,
        "cpu_ratio": own_s / bare["cpu_s"],
        "others_quiet_p99_ms": _p99(alone) * 1000,
        "others_p99_ms": _p99(crowded) * 1000,
        "others_p99_ratio": _p99(crowded) / _p99(alone),
    }


@asynccontextmanager
async def _bench() -> AsyncIterator[Bench]:
    settings = IdentitySettings()
    hasher = PasswordHasher(time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    ground = Ground(folder)
    try:
        database = await ground.database("identity")
        port = free_port()
        told = {"port": str(port), "log_level": "WARNING", "hash_threads": str(settings.hash_threads)}
        api = ground.product("identity", "api", database_url=database.run_dsn, **told)
        await until_listening(port, api)
        bench = Bench(port, api, hasher)
        await _people(await ground.admin(database), bench.kept)
        await bench.open()
        try:
            yield bench
        finally:
            await bench.web.aclose()
    finally:
        ground.sweep()
        ground.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _people(admin: asyncpg.Connection, kept: str) -> None:
    """Active accounts with one password and a passkey each."""
    now = machine_now()
    people = [(uuid7(), _number(each)) for each in range(ACCOUNTS)]
    await admin.copy_records_to_table(
        "accounts",
        records=[(i, f"ACC-{n}", n, "active", 1, now, now, "citizen", "ar", kept) for i, n in people],
        columns=[
            "id",
            "reference",
            "person",
            "status",
            "version",
            "opened_at",
            "moved_at",
            "kind",
            "language",
            "password_hash",
        ],
    )
    await admin.copy_records_to_table(
        "passkeys",
        records=[(uuid7(), i, n, str(uuid4()), b"", 0, "bench", False, now) for i, n in people],
        columns=[
            "id",
            "account_id",
            "person",
            "credential_id",
            "public_key",
            "sign_count",
            "name",
            "is_backed_up",
            "added_at",
        ],
    )
    await admin.execute("analyze accounts, passkeys")
    await admin.close()


def _number(each: int) -> str:
    """A number whose check digit is right."""
    for check in range(10):
        number = f"1{each:08d}{check}"
        doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(number)]
        if sum(sum(divmod(digit, 10)) for digit in doubled) % 10 == 0:
            return number
    raise AssertionError(each)


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
