"""In a sandbox of several processes: follow how far business time has been moved, asked of the simulators each second."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from chassis.clock import Clock
from chassis.http.client import HttpClient, Unreachable

EVERY_S = 0.5
log = structlog.get_logger()


async def follow_clock(clock: Clock, url: str, stopping: asyncio.Event) -> None:
    """Keep the clock as far ahead as the one served at the url (`{"ahead_seconds": …}`) until stopped."""
    parts = urlsplit(url)
    client = HttpClient("sandbox clock", f"{parts.scheme}://{parts.netloc}", total_s=1.0)
    while not stopping.is_set():
        try:
            response = await client.request("GET", parts.path)
            clock.follow(timedelta(seconds=float(response.json()["ahead_seconds"])))
        except (Unreachable, ValueError, KeyError) as error:
            log.warning("clock.not_told", reason=repr(error)[:200])
        await asyncio.sleep(EVERY_S)
