"""What identity has ended, asked of it every second by every service that verifies tokens, as the gateway does.

An identity that does not answer stops nobody: tokens are short, and how old our knowledge is stands among the figures.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

from chassis.clock import machine_now
from chassis.database import is_away
from chassis.ended import Ended, Told
from chassis.http.client import HttpClient, Unreachable

PATH = "/internal/ended-sessions"
EVERY_S = 1.0
ASKED_S = 2.0  # with EVERY_S within the five seconds of rule identity.token.revoked_within
Ask = Callable[[str], Awaitable[Any]]
log = structlog.get_logger()


class NotTold(Exception):
    """There was no answer that can be used."""


class Ends:
    """Asks, remembers what it hears, and knows since when it has heard nothing. `ask(after)` gives an answer's body."""

    def __init__(self, ask: Ask, longest_s: float) -> None:
        self._ask = ask
        self._ended = Ended(longest_s)
        self._after = ""
        self._heard_at = -math.inf

    @classmethod
    def from_identity(cls, url: str, longest_s: float) -> "Ends":
        """Asks identity over HTTP, at its inner address."""
        client = HttpClient("identity", url, total_s=ASKED_S)

        async def ask(after: str) -> Any:
            response = await client.request("GET", PATH, params={"after": after} if after else None)
            return response.json() if response.status_code == 200 else None

        return cls(ask, longest_s)

    @property
    def age(self) -> float:
        """Seconds since the last answer; infinite before the first one."""
        return time.monotonic() - self._heard_at

    def is_over(self, rests_on: Iterable[str], issued: float) -> bool:
        """Whether anything that a token issued then rests on has ended."""
        return self._ended.is_over(rests_on, issued)

    async def run(self) -> None:
        """Ask until cancelled."""
        silent = False
        while True:
            try:
                while await self.hear():
                    continue
                silent = False
            except NotTold as missing:
                if not silent:
                    log.warning("ends.not_told", reason=str(missing.__cause__)[:200])
                silent = True
            await asyncio.sleep(EVERY_S)

    async def hear(self) -> bool:
        """Ask once; whether there is more to be had at once. Raises NotTold."""
        try:
            told = Told.read(await self._ask(self._after))
        except (Unreachable, ValueError) as error:
            raise NotTold from error
        except Exception as error:  # edge: identity itself asks its own database, which may be away
            if not is_away(error):
                raise
            raise NotTold from error
        self._ended.take(told.ended, told.stopped, machine_now().timestamp())
        self._after = told.after
        self._heard_at = time.monotonic()
        return told.more
