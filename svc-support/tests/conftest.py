"""A support desk with a real database, its worker's parts, and callers with tokens."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest_asyncio
import sqlalchemy as sa

from chassis.authority import open_relation
from chassis.clock import Clock
from chassis.database import Sight
from chassis.events.bus import MemoryBus
from chassis.events.inbox import Inbox
from chassis.http.app import wrapped
from chassis.identifiers import uuid7
from chassis.models import OutboxRow
from chassis.testing.fixtures import Databases
from chassis.testing.tokens import TokenMint
from chassis.timers import TimerWheel
from chassis.worker import Worker
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.events import ContactChanged, IqamaRenewalBlocked
from deploy.embedded.databases import ServiceDatabase
from support.app import create_api
from support.models import Ticket
from support.settings import SupportSettings
from support.wiring import Support, create_service
from support.worker import create_worker

SYSTEM = Sight.system("test")
APPLICANT = "1000190007"
STRANGER = "1000190015"
WORKER = "2000190018"
MOBILE = "+966501234567"
SPECIALIST, SECOND = "S1001", "S1002"
MISSING = ["fines_are_paid", "passport_is_valid"]


@dataclass
class House:
    """One support service under test and everything around it."""

    service: Support
    worker: Worker
    api: httpx2.AsyncClient
    mint: TokenMint
    database: ServiceDatabase
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        return self.service.clock

    # ── what happens elsewhere ──────────────────────────────────────────────────────────────────────────────────────

    async def hear(self, event: Event) -> None:
        """Deliver an event to the inbox, as a bus would."""
        self.versions[event.aggregate] = self.versions.get(event.aggregate, 0) + 1
        envelope = Envelope(
            id=uuid7(),
            source=event.producer(),
            type=event.key,
            time=datetime.now(UTC),
            aggregate=event.aggregate,
            version=self.versions[event.aggregate],
            data=event.model_dump(mode="json"),
        )
        inbox = Inbox(self.service, self.worker.reactions)
        await inbox.deliver(envelope.model_dump_json().encode(), type_hint=event.key, attempts=1)

    async def know(self, person: str = APPLICANT, mobile: str = MOBILE) -> None:
        await self.hear(ContactChanged(account_id=uuid7(), person=person, mobile=mobile))

    async def block(self, case: uuid.UUID, applicant: str = APPLICANT, missing: list[str] | None = None) -> None:
        event = IqamaRenewalBlocked(
            renewal_id=case,
            reference="IQR-7K3M-Q9RT-2XWA",
            person=WORKER,
            applicant=applicant,
            missing=missing or MISSING,
        )
        await self.hear(event)

    async def relate(self, relation: str, subject: str, object_: str) -> None:
        async with self.service.database.transaction(SYSTEM) as session:
            await open_relation(session, relation, subject, object_, self.clock.now() - timedelta(days=1))

    async def pass_time(self, by: timedelta) -> None:
        """Move business time and fire what is due, until nothing more is."""
        self.clock.advance(by)
        wheel = TimerWheel(self.service, self.worker.timers)
        while await wheel.fire_due():
            pass

    # ── acts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def person(self, number: str = APPLICANT) -> dict[str, str]:
        return self.mint.bearer(number)

    def staff(self, number: str = SPECIALIST) -> dict[str, str]:
        return self.mint.bearer(number, kind="staff")

    async def post(self, path: str, body: Any = None, *, by: dict[str, str], key: str = "") -> httpx2.Response:
        return await self.api.post(path, json=body, headers={**by, "Idempotency-Key": key or str(uuid.uuid4())})

    async def get(self, path: str, *, by: dict[str, str]) -> httpx2.Response:
        return await self.api.get(path, headers=by)

    async def open(self, by: str = APPLICANT, **more: Any) -> dict[str, Any]:
        body = {"service": "residency", "category": "enquiry", "description": "متى ينتهي طلبي؟", **more}
        answer = await self.post("/v1/tickets", body, by=self.person(by))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def act(self, ticket: dict[str, Any], verb: str, by: dict[str, str], **body: Any) -> httpx2.Response:
        return await self.post(f"/v1/tickets/{ticket['id']}/{verb}", body or None, by=by)

    async def did(self, ticket: dict[str, Any], *verbs: str) -> dict[str, Any]:
        """Make moves by whoever makes them; the ticket as the last answer shows it."""
        shown: dict[str, Any] = {}
        for verb in verbs:
            by = self.person(ticket.get("by", APPLICANT)) if verb in ("answer", "confirm") else self.staff()
            body = {"rating": 5} if verb == "confirm" else {} if verb in ("take", "resume") else {"text": f"{verb}: نص"}
            answer = await self.act(ticket, verb, by, **body)
            assert answer.status_code == 200, (verb, answer.text)
            shown = answer.json()
        return shown

    async def attach(self, ticket: dict[str, Any], *files: tuple[str, bytes], by: str = APPLICANT) -> httpx2.Response:
        headers = {**self.person(by), "Idempotency-Key": str(uuid.uuid4())}
        parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
        return await self.api.post(f"/v1/tickets/{ticket['id']}/attachments", files=parts, headers=headers)

    async def track(self, reference: str, end: str, address: str = "192.0.2.1") -> httpx2.Response:
        body = {"reference": reference, "mobile_last4": end}
        return await self.api.post("/v1/track/tickets", json=body, headers={"X-Forwarded-For": address})

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def row(self, ticket: dict[str, Any]) -> Ticket:
        return await self.scalar(sa.select(Ticket).where(Ticket.id == uuid.UUID(ticket["id"])))

    async def scalar(self, statement: Any) -> Any:
        async with self.service.database.transaction(SYSTEM) as session:
            return await session.scalar(statement)

    async def rows(self, statement: Any) -> list[Any]:
        async with self.service.database.transaction(SYSTEM) as session:
            return list(await session.scalars(statement))

    async def said(self) -> list[str]:
        """The keys of what this service said, in order."""
        return await self.rows(
            sa.select(OutboxRow.type).where(OutboxRow.type.not_like("%.record.seen.%")).order_by(OutboxRow.id)
        )


Build = Callable[..., Awaitable[House]]


@pytest_asyncio.fixture
async def build(databases: Databases, mint: TokenMint, tmp_path: Path) -> AsyncIterator[Build]:
    """`await build(scanner_port=3310)`: a house with these settings; taken down after the test."""
    houses: list[House] = []

    async def make(**changed: Any) -> House:
        database = await databases("support")
        settings = SupportSettings(
            environment="test",
            database_url=database.run_dsn,
            owner_database_url=database.owner_dsn,
            secrets_dir=tmp_path,
            **changed,
        )
        service = create_service(settings, Clock(sandbox=True))
        app = wrapped(create_api(service, mint.verifier()))
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")
        house = House(service, create_worker(service, MemoryBus()), client, mint, database)
        houses.append(house)
        for specialist in (SPECIALIST, SECOND):
            await house.relate("officer", specialist, "riyadh-main")
        return house

    yield make
    for house in houses:
        await house.api.aclose()
        await house.service.close()


@pytest_asyncio.fixture
async def house(build: Build) -> House:
    """A house in which the applicant's mobile is known."""
    made = await build()
    await made.know()
    return made
