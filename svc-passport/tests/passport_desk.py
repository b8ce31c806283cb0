"""The passport service's door as a test meets it: people and staff call, delivery speaks, events are heard."""

import asyncio
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2
import sqlalchemy as sa

from chassis.authority import open_relation
from chassis.database import Sight
from chassis.events.inbox import Inbox
from chassis.testing.fixtures import eventually
from contracts.envelope import Envelope
from passport.reactions import reactions
from tests.portraits import drawn, saved

PATH = "/v1/passport-applications"
SYSTEM = Sight.system("test")
BUSY_TRIES = 10


@dataclass
class Desk:
    """The running service as a test meets it."""

    service: object
    bodies: object
    web: httpx2.AsyncClient
    mint: object
    told: list = field(default_factory=list)
    shipments: dict = field(default_factory=dict)

    async def call(self, method, path, who, *, key=None, staff=False, **sent):
        headers = self.mint.bearer(who, kind="staff" if staff else "citizen")
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        headers |= sent.pop("headers", {})
        for _ in range(BUSY_TRIES):
            answer = await self.web.request(method, path, headers=headers, **sent)
            if answer.status_code != 503 or answer.json()["slug"] != "try-again-soon":
                break
            # A loaded machine: nothing was done, and the same key is sent again, as a client does.
            await asyncio.sleep(0.3)
        return answer

    @asynccontextmanager
    async def away(self, body):
        """An outside body is down inside the block, and back after it."""
        (await self.bodies.control("faults", body=body, kind="down", seconds=60)).raise_for_status()
        yield
        (await self.bodies.web.delete("/control/faults")).raise_for_status()

    async def ok(self, method, path, who, **sent):
        answer = await self.call(method, path, who, **sent)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json()

    async def read(self, application, who):
        return await self.ok("GET", f"{PATH}/{application}", who)

    async def until(self, application, who, *statuses, within_s=60.0):
        async def there():
            found = await self.read(application, who)
            return found if found["status"] in statuses else None

        return await eventually(there, within_s=within_s)

    async def eligible(self, who, person=None):
        async def answered():
            asked = await self.ok("POST", f"{PATH}/eligibility", who, json={"person": person} if person else {})
            return None if asked["being_checked"] else asked

        return await eventually(answered)

    async def draft(self, who, person=None, **changed):
        await self.eligible(who, person)
        body = {"validity_years": 5, **({"person": person} if person else {}), **changed}
        return (await self.ok("POST", PATH, who, json=body))["id"]

    async def prepared(self, who, person=None, **changed):
        """A draft with everything but the fee."""
        application = await self.draft(who, person, **changed)
        seen = await self.read(application, who)
        place = f"{PATH}/{application}"
        await self.ok("PUT", f"{place}/photo", who, content=PORTRAIT, headers={"Content-Type": "image/jpeg"})
        name = {part: seen["english_name"][part] for part in ("given_names", "family_name")}
        await self.ok("PUT", f"{place}/english-name", who, json=name)
        await self.ok("PUT", f"{place}/delivery-address", who, json={"short_address": seen["addresses"][0]})
        for pledge in seen["pledges"]:
            accepted = {"version": pledge["version"], "language": "ar"}
            await self.ok("POST", f"{place}/pledges/{pledge['pledge']}/accept", who, json=accepted)
        await self.ok("POST", f"{place}/review", who)
        return application

    async def paid(self, who, person=None, **changed):
        """A draft with its fee reserved."""
        application = await self.prepared(who, person, **changed)
        await self.bodies.deposit(who, "37", 60000)
        await self.ok("POST", f"{PATH}/{application}/reserve", who)
        await self.until(application, who, "fee_reserved")
        return application

    async def in_review(self, who, person=None, **changed):
        application = await self.paid(who, person, **changed)
        await self.ok("POST", f"{PATH}/{application}/submit", who)
        await self.until(application, who, "in_review")
        return application

    async def printed(self, who, person=None):
        application = await self.in_review(who, person)
        await self.ok("POST", f"{PATH}/{application}/take", OFFICER, staff=True)
        await self.ok("POST", f"{PATH}/{application}/approve", OFFICER, staff=True)
        return await self.until(application, who, "printed")

    async def ships(self, case, event_class, **more):
        """Delivery says something about this case's envelope, in order, as its relay would."""
        shipment, version = self.shipments.get(case["id"], (uuid.uuid4(), 0))
        self.shipments[case["id"]] = (shipment, version + 1)
        event = event_class(
            shipment_id=shipment, case_id=case["id"], reference=case["reference"], person=case["person"], **more
        )
        await self.hears(event, version + 1)

    async def hears(self, event, version=1):
        envelope = Envelope(
            id=uuid.uuid4(),
            source=event.producer(),
            type=event.key,
            time=datetime.now(UTC),
            aggregate=event.aggregate,
            version=version,
            data=event.model_dump(mode="json"),
        )
        inbox = Inbox(self.service, reactions)
        await inbox.deliver(envelope.model_dump_json().encode(), type_hint=event.key, attempts=0)

    async def rows(self, statement, **values):
        async with self.service.database.transaction(SYSTEM) as session:
            return (await session.execute(sa.text(statement), values)).all()

    async def relate(self, relation, subject, object_):
        async with self.service.database.transaction(SYSTEM) as session:
            await open_relation(session, relation, subject, object_, datetime.now(UTC) - timedelta(days=1))

    def events(self, application=None):
        """Type words of what the service said, in order; of one application if named."""
        return [
            each.type.removeprefix("passport.application.").removesuffix(".v1")
            for each in self.told
            if application is None or each.data.get("application_id") == application
        ]

    def said(self, type_word, application):
        found = [e.data for e in self.told if e.type == f"passport.application.{type_word}.v1"]
        return [data for data in found if data["application_id"] == application][-1]


PORTRAIT = saved(drawn())
OFFICER, SECOND, CLERK = "S-1001", "S-1002", "S-2001"
