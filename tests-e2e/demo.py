"""`make demo`: a platform of its own in an empty folder on free ports, on which J1 to J7 are played and told.

Ends with one JSON line; the exit status is not 0 if any check failed. Every check reads the public API or an outside
body's record, never our tables.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import httpx2
import uvloop
from journeys import account, authorised, blocked, lost, refusals, renewal, visa
from journeys.outside import Outside
from journeys.telling import Teller
from journeys.world import World

from deploy.embedded.children import free_port
from deploy.embedded.platform import Platform, running

JOURNEYS = {
    "J1": account.play,
    "J2": renewal.play,
    "J3": visa.play,
    "J4": blocked.play,
    "J5": lost.play,
    "J6": refusals.play,
    "J7": authorised.play,
}
NEEDS = {"J2": "J1"}


async def play(world: World, only: list[str]) -> None:
    """Play the journeys in order; one that breaks off is a failed check, and the next begins."""
    for name, journey in JOURNEYS.items():
        if only and name not in only and name not in [NEEDS.get(each) for each in only]:
            continue
        try:
            await journey(world)
        except Exception as error:  # edge: a journey that breaks off must not hide the others
            where = traceback.extract_tb(error.__traceback__)[-1]
            world.teller.check(False, f"{name} broke off: {error!r} ({Path(where.filename).name}:{where.lineno})")


async def demonstrate(only: list[str], *, quiet: bool, broken: list[str] | None = None) -> dict[str, Any]:
    """Start a platform, play, and sum up; `broken` receives the checks that failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        async with running(Path(folder), public_port=free_port(), say=lambda line: print(f"· {line}")) as platform:
            world = World(
                platform.public_url,
                Outside(platform.simulators_url),
                {each["role"]: each for each in platform.sign_ins},
                Teller(quiet=quiet),
            )
            try:
                await play(world, only)
                if broken is not None:
                    broken += world.teller.failed
                return await _summary(world, platform, began)
            finally:
                await world.close()


async def _summary(world: World, platform: Platform, began: float) -> dict[str, Any]:
    return {
        "journeys": world.teller.journeys,
        "checks": world.teller.checks,
        "failed": len(world.teller.failed),
        "events": await _events(platform),
        "sms": len(await world.outside.texts()),
        "seconds": round(time.monotonic() - began, 1),
    }


async def _events(platform: Platform) -> int:
    """Events published, as each service's own figures tell."""
    total = 0.0
    async with httpx2.AsyncClient(trust_env=False) as client:
        for service in platform.services:
            figures = (await client.get(f"http://127.0.0.1:{platform.ports[service]}/metrics")).text
            for line in figures.splitlines():
                if line.startswith("events_published_total "):
                    total += float(line.split()[1])
    return int(total)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(JOURNEYS), default=[], help="play this journey only")
    parser.add_argument("--quiet", action="store_true", help="tell failures only")
    given = parser.parse_args()
    summary = uvloop.run(demonstrate(given.only, quiet=given.quiet))
    print(json.dumps(summary))
    return 1 if summary["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
