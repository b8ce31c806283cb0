"""What identity has ended, asked of it every second: so a sign-out, a revocation or a suspension is felt at the door at once.

An identity that does not answer stops no traffic: tokens are short, and how old our knowledge is stands among the figures.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode

import orjson

from chassis.ended import Told
from gateway.limits import EndsBounds
from gateway.upstream import Broken, Late, Lost, Unreachable, Upstream

PATH = "/internal/ended-sessions"
Drop = Callable[[Iterable[str], Mapping[str, float]], None]


class NotTold(Exception):
    """Identity gave no answer that can be used."""


class Ends:
    """Asks, hands on what it hears, and knows since when it has heard nothing."""

    def __init__(self, upstream: Upstream, bounds: EndsBounds, drop: Drop) -> None:
        self._upstream = upstream
        self._bounds = bounds
        self._drop = drop
        self._after = ""
        self._heard_at = -math.inf
        self._asking: asyncio.Task[None] | None = None
        self.failures = 0

    @property
    def age(self) -> float:
        """Seconds since identity was last heard of it; infinite before the first time."""
        return asyncio.get_running_loop().time() - self._heard_at

    def begin(self) -> None:
        """Ask from now on, until `close`."""
        if self._asking is None and self._bounds.every > 0:
            self._asking = asyncio.create_task(self._ask())

    def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _ask(self) -> None:
        while True:
            try:
                more = await self.hear()
            except NotTold:
                more = False
                self.failures += 1
            if not more:
                await asyncio.sleep(self._bounds.every)

    async def hear(self) -> bool:
        """Ask once; whether there is more to be had at once. Raises NotTold."""
        query = f"?{urlencode({'after': self._after})}" if self._after else ""
        try:
            status, body = await self._upstream.get(
                f"{PATH}{query}", largest=self._bounds.largest, seconds=self._bounds.patience
            )
            told = Told.read(orjson.loads(body) if status == 200 else None)
        except (Unreachable, Lost, Late, Broken, ValueError) as error:
            raise NotTold from error
        self._drop(told.ended, told.stopped)
        self._after = told.after
        self._heard_at = asyncio.get_running_loop().time()
        return told.more
