"""The driver: people who open, specialists who process, people who confirm, each retried under one key until answered."""

from __future__ import annotations

import asyncio
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import httpx2
from rig import Rig

from chassis.clock import Clock
from chassis.database import Database, Sight
from chassis.events.inbox import Inbox
from chassis.events.rabbit import EXCHANGE
from contracts.envelope import Envelope
from contracts.events import ContactChanged, SupportRecordSeen
from contracts.values import person_check_digit

TRY_S = 3.0
PAUSE_S = 0.05
GIVE_UP_S = 120.0
TICKETS_OF_ONE = 20  # below what one specialist may open in an hour


@dataclass
class Acknowledged:
    """What the driver was told was done: ticket → acts."""

    tickets: dict[str, set[str]] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def transactions(self) -> int:
        return sum(len(acts) for acts in self.tickets.values())


def specialist(ticket: int) -> str:
    """Who works on this ticket."""
    return f"staff-{ticket // TICKETS_OF_ONE}"


def person(number: int) -> str:
    """A computed national number; nobody's."""
    body = f"1{number:08d}"
    return body + str(person_check_digit(body))


class Driver:
    """Makes the transactions of one run."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.chance = random.Random(seed)
        self.done = Acknowledged()
        self._client = httpx2.AsyncClient(
            base_url=rig.api_url,
            timeout=TRY_S,
            trust_env=False,
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16),
        )

    async def prepare(self, people: int) -> None:
        """Specialists with a role, and how people are reached, as identity's events would have told."""
        support = Database(self.rig.databases["support"].run_dsn, pool_size=2)
        async with support.transaction(Sight.system("rig")) as session:
            from chassis.authority import open_relation

            for each in sorted({specialist(ticket) for ticket in range(people)}):
                await open_relation(session, "officer", each, "riyadh-main", Clock().now())
        await support.close()
        await self._stand_in_for_identity()
        await self._introduce(people)

    async def _stand_in_for_identity(self) -> None:
        """Identity is no part of the rig, and what only it takes in must not wait for a taker."""
        connection = await aio_pika.connect(self.rig.amqp_url)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
            queue = await channel.declare_queue("identity.events", durable=True, arguments={"x-max-length": 1})
            await queue.bind(exchange, SupportRecordSeen.key)

    async def _introduce(self, people: int) -> None:
        from notify.blueprint import BLUEPRINT
        from notify.reactions import reactions

        settings = BLUEPRINT.settings(environment="test", database_url=self.rig.databases["notify"].run_dsn)
        service: Any = BLUEPRINT.create_service(settings, Clock())
        inbox = Inbox(service, reactions)
        for number in range(people):
            told = ContactChanged(
                account_id=uuid.uuid4(), person=person(number), mobile=f"+96655{3141101 + number:07d}", language="ar"
            )
            envelope = Envelope(
                id=uuid.uuid4(),
                source="/identity",
                type=told.key,
                time=Clock().now(),
                aggregate=told.aggregate,
                version=1,
                data=told.model_dump(mode="json"),
            )
            await inbox.deliver(envelope.model_dump_json().encode(), type_hint=told.key, attempts=0)
        await service.database.close()

    async def run(self, tickets: int, at_once: int) -> Acknowledged:
        """Make the tickets' transactions with so many at once."""
        waiting = iter(range(tickets))

        async def work() -> None:
            for number in waiting:
                await self._ticket(number)

        await asyncio.gather(*(work() for _ in range(at_once)))
        await self._client.aclose()
        return self.done

    async def _ticket(self, number: int) -> None:
        applicant = self.rig.mint.bearer(person(number))
        staff = self.rig.mint.bearer(specialist(number), kind="staff")
        case = str(uuid.uuid4())
        new = {"service": "other", "category": "enquiry", "description": "؟", "case_id": case}
        opened = await self._post("/v1/tickets", new, applicant)
        ticket = opened["id"]
        self.done.tickets[ticket] = {"open"}
        self.done.cases[case] = ticket
        await self._post(f"/v1/tickets/{ticket}/take", None, staff)
        await self._post(f"/v1/tickets/{ticket}/process", {"text": "حُلّت"}, staff)
        self.done.tickets[ticket].add("process")
        await self._post(f"/v1/tickets/{ticket}/confirm", {"rating": 5}, applicant)
        self.done.tickets[ticket].add("confirm")

    async def _post(self, path: str, body: Any, caller: dict[str, str]) -> Any:
        """One act, tried under the same key until it is answered; a refusal that is not passing is a finding."""
        key = str(uuid.uuid4())
        loop = asyncio.get_running_loop()
        until = loop.time() + GIVE_UP_S
        while True:
            try:
                answer = await self._client.post(path, json=body, headers={**caller, "Idempotency-Key": key})
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code < 300:
                return answer.json()
            passing = answer is None or answer.status_code >= 500 or answer.json().get("slug") == "still-being-done"
            if not passing:
                self.done.refused.append(f"{path.rsplit('/', 1)[-1]}: {answer.status_code} {answer.json()['slug']}")
                raise RuntimeError(self.done.refused[-1])
            if loop.time() > until:
                raise TimeoutError(f"{path} was never answered")
            self.done.retries += 1
            await asyncio.sleep(PAUSE_S * self.chance.uniform(0.5, 4))
