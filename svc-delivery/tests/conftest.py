"""A delivery with a real database, the real simulators of post and texts, and callers with tokens."""

import asyncio
import re
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
from chassis.database import Sight, is_contended
from chassis.events.bus import MemoryBus
from chassis.events.inbox import Inbox
from chassis.http.app import wrapped
from chassis.http.client import trust
from chassis.identifiers import uuid7
from chassis.models import IntentRow, OutboxRow
from chassis.testing.fixtures import Databases, eventually
from chassis.testing.tokens import TokenMint
from chassis.timers import TimerWheel
from chassis.worker import Worker
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.events import ApplicationPrinted, ContactChanged
from delivery.app import create_api
from delivery.models import Shipment
from delivery.settings import DeliverySettings
from delivery.wiring import Delivery, create_service
from delivery.worker import create_worker
from deploy.embedded.databases import ServiceDatabase
from partners.callbacks import sign
from partners.post import callback_body
from partners.simulators.app import Simulators, create_simulators
from partners.simulators.households import number_at
from partners.simulators.settings import PartnersSettings

SYSTEM = Sight.system("test")
HOLDER = number_at("1", 1001, 0)
STRANGER = number_at("1", 1001, 5)
CHILD = number_at("1", 1002, 3)
MOBILE = "+966501234567"
CLERK = "S1001"
OPERATOR = "S2001"
OFFICE = "riyadh-main"
OLD = "B00000017"


@dataclass
class House:
    """One delivery under test and everything around it."""

    service: Delivery
    simulators: Simulators
    worker: Worker
    api: httpx2.AsyncClient
    control: httpx2.AsyncClient
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

    async def know(self, person: str = HOLDER, mobile: str = MOBILE) -> None:
        await self.hear(ContactChanged(account_id=uuid7(), person=person, mobile=mobile))

    async def relate(self, relation: str, subject: str, object_: str) -> None:
        async with self.service.database.transaction(SYSTEM) as session:
            await open_relation(session, relation, subject, object_, self.clock.now() - timedelta(days=1))

    async def print(self, person: str = HOLDER, number: str = "A12345678", **more: Any) -> ApplicationPrinted:
        event = ApplicationPrinted(
            **{
                "application_id": uuid7(),
                "reference": "JWZ-7K3M-Q9RT-2XWA",
                "person": person,
                "passport_number": number,
                "short_address": "RAAA2919",
                "recipient": "Somebody Invented",
                "collect_old_number": OLD,
                **more,
            }
        )
        await self.hear(event)
        return event

    # ── acts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def as_person(self, person: str = HOLDER) -> dict[str, str]:
        return self.mint.bearer(person)

    def as_staff(self, number: str = CLERK) -> dict[str, str]:
        return self.mint.bearer(number, kind="staff")

    async def post(self, path: str, body: Any = None, *, headers: dict[str, str], key: str = "") -> httpx2.Response:
        headers = {**headers, "Idempotency-Key": key or str(uuid.uuid4())}
        return await self.api.post(path, json=body, headers=headers)

    async def labelled(self, number: str = "A12345678", **more: Any) -> Shipment:
        """A shipment that the post has given its label."""
        await self.print(number=number, **more)

        async def has_label() -> Shipment | None:
            try:
                return await self.shipment(Shipment.document_number == number, Shipment.status == "labelled")
            except sa.exc.DBAPIError as busy:
                if not is_contended(busy):
                    raise
                return None  # a machine with more work than time: look again

        return await eventually(has_label)

    async def packed(self, number: str = "A12345678", **more: Any) -> Shipment:
        shipment = await self.labelled(number, **more)
        body = {"document_number": number, "envelope": shipment.envelope}
        answer = await self.post(f"/v1/shipments/{shipment.id}/pack", body, headers=self.as_staff())
        assert answer.status_code == 200, answer.text
        return await self.again(shipment)

    async def handed_over(self, number: str = "A12345678", **more: Any) -> Shipment:
        shipment = await self.packed(number, **more)
        body = {"envelopes": [shipment.envelope]}
        answer = await self.post("/v1/shipments/hand-overs", body, headers=self.as_staff())
        assert answer.status_code == 201, answer.text
        return await self.again(shipment)

    async def at_the_door(self, number: str = "A12345678", **more: Any) -> tuple[Shipment, str]:
        """Out for delivery; the shipment and the code that was sent."""
        shipment = await self.handed_over(number, **more)
        for kind in ("in_transit", "at_branch", "out_for_delivery"):
            assert (await self.scan(shipment, kind)).json()["verdict"] == "applied"
        return await self.again(shipment), await self.code()

    async def scan(self, shipment: Shipment | str, kind: str, **told: Any) -> httpx2.Response:
        """Tell one scan, signed as the post signs it."""
        envelope = shipment if isinstance(shipment, str) else str(shipment.envelope)
        message_id = told.pop("message_id", f"msg_{uuid7()}")
        secret, sent_at = told.pop("secret", self.service.callback_secrets[0]), told.pop("sent_at", self.clock.now())
        scanned_at = told.pop("scanned_at", self.clock.now())
        body = callback_body(envelope, kind, scanned_at, **told)
        headers = {**sign(secret, message_id, sent_at, body), "content-type": "application/json"}
        return await self.api.post("/callbacks/post", content=body, headers=headers)

    async def code(self, mobile: str = MOBILE) -> str:
        """The door code in the newest text to this mobile, once it has arrived."""

        async def arrived() -> str | None:
            texts = (await self.control.get("/control/sms", params={"to": mobile})).json()
            found = [re.search(r"\b(\d{6})\b", each["text"]) for each in texts]
            return found[-1][1] if found and found[-1] else None

        await self.settled("sms.send")
        return str(await eventually(arrived))

    async def settled(self, kind: str) -> None:
        """Wait until every intent of this kind was carried out."""
        waiting = sa.select(sa.func.count()).where(IntentRow.kind == kind, IntentRow.settled_at.is_(None))

        async def none_waits() -> bool:
            return await self.scalar(waiting) == 0

        await eventually(none_waits)

    async def pass_time(self, by: timedelta) -> None:
        """Move business time and fire what is due, until nothing more is."""
        self.clock.advance(by)
        wheel = TimerWheel(self.service, self.worker.timers)
        while await wheel.fire_due():
            pass

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def shipment(self, *where: Any) -> Shipment | None:
        async with self.service.database.transaction(SYSTEM) as session:
            return await session.scalar(sa.select(Shipment).where(*where))

    async def again(self, shipment: Shipment) -> Shipment:
        found = await self.shipment(Shipment.id == shipment.id)
        assert found is not None
        return found

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
    """`await build(investigation_seconds=60)`: a house whose simulators have these settings; taken down after the test."""
    opened: list[tuple[House, asyncio.Event, list[asyncio.Task[None]]]] = []

    async def make(**changed: Any) -> House:
        clock = Clock(sandbox=True)
        partners = PartnersSettings(
            environment="test",
            database_url=(await databases("partners")).run_dsn,
            callback_round_s=0.2,
            secrets_dir=tmp_path,
            **changed,
        )
        simulators = create_simulators(partners, clock)
        await simulators.start()
        database = await databases("delivery")
        settings = DeliverySettings(
            environment="test",
            database_url=database.run_dsn,
            post_url=simulators.url("post"),
            sms_port=simulators.smpp_port,
            sms_records_url=simulators.url("sms"),
            search_asks_every_s=0.1,
            secrets_dir=tmp_path,
        )
        service = create_service(settings, clock)
        worker = create_worker(service, MemoryBus())
        app = wrapped(create_api(service, mint.verifier()))
        house = House(
            service,
            simulators,
            worker,
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test"),
            httpx2.AsyncClient(base_url=simulators.url(), verify=trust(), trust_env=False),
            mint,
            database,
        )
        stopping = asyncio.Event()
        tasks = [asyncio.create_task(loop(stopping)) for loop in worker.loops(["senders"])]
        opened.append((house, stopping, tasks))
        await house.relate("clerk", CLERK, OFFICE)
        await house.relate("operator", OPERATOR, OFFICE)
        return house

    yield make
    for house, stopping, tasks in opened:
        stopping.set()
        house.service.database.wakes.wake("intents", heard=True)
        await asyncio.gather(*tasks)
        await house.api.aclose()
        await house.control.aclose()
        await house.service.close()
        await house.simulators.stop()


@pytest_asyncio.fixture
async def house(build: Build) -> House:
    """A house in which the holder's mobile is known."""
    made = await build()
    await made.know()
    return made
