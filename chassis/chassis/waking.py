"""Waking another process of the same service after a commit: one coalesced NOTIFY on a connection of its own.

Never inside a business transaction (it would serialise commits); a lost wake costs one poll, nothing else.
"""

import asyncio
from typing import Any

import asyncpg

from chassis.database import Wakes

CHANNEL = "wakes"
COALESCE_S = 0.002
RECONNECT_S = 1.0


class WakeCaller:
    """The side that commits: tells the others which loops have work."""

    def __init__(self, url: str, wakes: Wakes) -> None:
        self._url = url
        self._pending: set[str] = set()
        self._called = asyncio.Event()
        wakes.listeners.append(self._collect)

    def _collect(self, names: tuple[str, ...]) -> None:
        self._pending.update(names)
        self._called.set()

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                connection: Any = await asyncpg.connect(self._url, timeout=3)
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await _pause(stopping, RECONNECT_S)
                continue
            try:
                await self._call(connection, stopping)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await _pause(stopping, RECONNECT_S)
            finally:
                connection.terminate()

    async def _call(self, connection: Any, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await _pause(self._called, RECONNECT_S)
            self._called.clear()
            if self._pending:
                names, self._pending = self._pending, set()
                await connection.execute("select pg_notify($1, $2)", CHANNEL, ",".join(sorted(names)))
                await asyncio.sleep(COALESCE_S)


class WakeListener:
    """The side that works: hears the wakes of other processes."""

    def __init__(self, url: str, wakes: Wakes) -> None:
        self._url = url
        self._wakes = wakes

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                connection: Any = await asyncpg.connect(self._url, timeout=3)
                await connection.add_listener(CHANNEL, self._heard)
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await _pause(stopping, RECONNECT_S)
                continue
            while not stopping.is_set() and not connection.is_closed():
                await _pause(stopping, RECONNECT_S)
            connection.terminate()

    def _heard(self, _: Any, __: int, ___: str, names: str) -> None:
        self._wakes.wake(*names.split(","), heard=True)


async def _pause(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
