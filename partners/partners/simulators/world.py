"""What every simulator works with: settings, the clock, the rows, the faults, and the day this world began."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.clock import Clock
from chassis.database import Database, Session
from chassis.identifiers import uuid7
from partners.simulators.faults import Faults
from partners.simulators.models import WorldRow
from partners.simulators.people import ComputedPerson, person_of
from partners.simulators.settings import PartnersSettings

ONLY_ROW = 1


class Refuses(Exception):
    """A body's no on the wire: status, slug and details without personal data. Nothing was done."""

    def __init__(self, slug: str, *, status: int = 409, **details: Any) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status = status
        self.details = details


@dataclass
class World:
    """One set of simulators. `begin` must run before the first question."""

    settings: PartnersSettings
    clock: Clock
    database: Database
    faults: Faults = field(default_factory=Faults)
    _began_on: date | None = None
    _gate: asyncio.Semaphore | None = None

    @property
    def began_on(self) -> date:
        if self._began_on is None:
            raise RuntimeError("this world has not begun")
        return self._began_on

    async def begin(self) -> None:
        """Read the day this world began (the first start makes it today) and take up its clock where it was left."""
        self._gate = asyncio.Semaphore(self.settings.pool_size)
        async with self.transaction() as session:
            first = insert(WorldRow).values(id=ONLY_ROW, began_on=self.clock.today()).on_conflict_do_nothing()
            await session.execute(first)
            row = await session.get_one(WorldRow, ONLY_ROW)
            self._began_on = row.began_on
        self.clock.follow(timedelta(seconds=row.ahead_s))

    async def advance(self, by: timedelta) -> None:
        """Move the sandbox clock and keep how far: rows of the future must not be met by an earlier now. Raises ClockRefused."""
        self.clock.advance(by)
        async with self.transaction() as session:
            row = await session.get_one(WorldRow, ONLY_ROW, with_for_update=True)
            row.ahead_s = max(row.ahead_s, self.clock.ahead.total_seconds())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction. Whoever finds no free connection waits here, not in the pool, which would give up."""
        assert self._gate is not None, "begin first"
        async with self._gate, self.database.transaction() as session:
            yield session

    def person(self, number: str) -> ComputedPerson:
        """The computed person. Raises Refuses `person-unknown`."""
        person = person_of(number, self.began_on)
        if person is None:
            raise Refuses("person-unknown", status=404)
        return person

    def stamp(self, prefix: str) -> dict[str, Any]:
        """What every answer carries: the body's reference for it and when it answered."""
        return {"reference": f"{prefix}-{uuid7()}", "answered_at": self.clock.now()}


def digest_of(order: dict[str, Any]) -> str:
    """Whether two orders are the same order."""
    return hashlib.sha256(json.dumps(order, sort_keys=True, default=str).encode()).hexdigest()
