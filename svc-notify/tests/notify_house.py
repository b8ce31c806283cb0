"""A running notify for tests: its database, the simulated operator and mail server, events handed to its inbox."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from chassis.clock import Clock
from chassis.database import Sight
from chassis.events.bus import MemoryBus
from chassis.events.inbox import Inbox
from chassis.identifiers import uuid7
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.events import ContactChanged, RelationChanged
from deploy.embedded.databases import ServiceDatabase
from notify.models import Notice
from notify.reactions import reactions
from notify.settings import NotifySettings
from notify.wiring import Notify, create_service
from notify.worker import create_worker
from partners.testing import Bodies

HOLDER, HEAD, WORKER, SPONSOR = "1000000008", "1012345672", "2000000006", "1000000016"
LONG_AGO = "2020-01-01T00:00:00Z"
ALL = Sight.system("test")


@dataclass
class House:
    """`happen(event)` is an event arriving; `start()` lets the senders, timers and receipts run."""

    service: Notify
    database: ServiceDatabase
    versions: dict[str, int] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[None] | None = None

    def envelope(self, event: Event, *, event_id: UUID | None = None, at: datetime | None = None) -> Envelope:
        version = self.versions[event.aggregate] = self.versions.get(event.aggregate, 0) + 1
        return Envelope(
            id=event_id or uuid7(),
            source=event.producer(),
            type=event.key,
            time=at or self.service.clock.now(),
            aggregate=event.aggregate,
            version=version,
            data=event.model_dump(mode="json"),
        )

    async def deliver(self, envelope: Envelope) -> None:
        inbox = Inbox(self.service, reactions)
        await inbox.deliver(envelope.model_dump_json().encode(), type_hint=envelope.type, attempts=0)

    async def happen(self, event: Event, **changed: Any) -> Envelope:
        envelope = self.envelope(event, **changed)
        await self.deliver(envelope)
        return envelope

    async def reach(self, person: str, mobile: str, *, email: str | None = None, language: str = "ar") -> None:
        account = UUID(int=int(person))
        await self.happen(
            ContactChanged(account_id=account, person=person, mobile=mobile, email=email, language=language)
        )

    async def relate(self, relation: str, subject: str, object_: str, **changed: Any) -> None:
        facts = {"relation_id": uuid7(), "starts_at": LONG_AGO, "ends_at": None, **changed}
        await self.happen(
            RelationChanged.model_validate({"relation": relation, "subject": subject, "object": object_, **facts})
        )

    def start(self) -> None:
        worker = create_worker(self.service, MemoryBus())
        self._running = asyncio.create_task(worker.run(self._stopping, ("timers", "senders")))

    async def stop(self) -> None:
        self._stopping.set()
        if self._running is not None:
            await self._running
            self._running = None
        self._stopping = asyncio.Event()

    async def notices(self, **where: Any) -> list[Notice]:
        async with self.service.database.transaction(ALL) as session:
            return list(await session.scalars(sa.select(Notice).filter_by(**where).order_by(Notice.id)))

    async def inbox_states(self) -> dict[str, int]:
        async with self.service.database.transaction(ALL) as session:
            rows = await session.execute(sa.text("select state, count(*) from inbox group by state"))
            return {row[0]: row[1] for row in rows}

    async def run(self, statement: str, **words: Any) -> None:
        async with self.service.database.transaction(ALL) as session:
            await session.execute(sa.text(statement), words)

    async def broken_invariants(self) -> dict[str, list[Any]]:
        """Every invariant that finds something, with what it found, asked as the role that verifies."""
        connection = await asyncpg.connect(self.database.verify_dsn)
        found = {}
        try:
            for file in resources.files("notify").joinpath("invariants").iterdir():
                if file.name.endswith(".sql") and (rows := await connection.fetch(file.read_text(encoding="utf-8"))):
                    found[file.name] = [dict(row) for row in rows]
        finally:
            await connection.close()
        return found

    async def close(self) -> None:
        await self.stop()
        await self.service.close()


def open_house(database: ServiceDatabase, clock: Clock | None = None, **settings: Any) -> House:
    """A house over a migrated database; without ports nothing can be sent."""
    given = {"environment": "test", "database_url": database.run_dsn, "sweep_s": 0.2, **settings}
    return House(create_service(NotifySettings(**given), clock or Clock(sandbox=True)), database)


def outward(bodies: Bodies) -> dict[str, Any]:
    """The settings that aim a house at these bodies."""
    simulators = bodies.simulators
    return {
        "sms_host": "127.0.0.1",
        "sms_port": simulators.smpp_port,
        "sms_records_url": simulators.url("sms"),
        "mail_host": "127.0.0.1",
        "mail_port": simulators.smtp_port,
    }
