"""The residency service as a test meets it: employers and holders call, bodies outside answer, events are heard."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import asyncpg
import httpx2
import sqlalchemy as sa

from chassis.authority import open_relation
from chassis.database import Sight
from chassis.events.inbox import Inbox
from chassis.testing.fixtures import eventually
from contracts.envelope import Envelope
from partners.simulators.households import domestic_workers, number_at
from partners.simulators.people import ComputedPerson
from residency.reactions import reactions

VISAS, RENEWALS, IQAMAS = "/v1/exit-reentry-visas", "/v1/iqama-renewals", "/v1/iqamas"
SYSTEM = Sight.system("test")
LONG_AGO = timedelta(days=400)


def household(code="001", *, iqama=(300, 350), age=(21, 60), skip=0):
    """A citizen with this magic code and one domestic worker whose iqama runs so many days: (employer, worker)."""
    today = datetime.now(UTC).date()
    for thousand in range(1, 4000):
        block = thousand * 1000 + int(code)
        if not domestic_workers(block):
            continue
        worker = ComputedPerson(number_at("2", block, 0), today)
        days = (worker.iqama_expires_on - today).days
        if iqama[0] <= days <= iqama[1] and age[0] <= worker.age <= age[1]:
            if not skip:
                return number_at("1", block, 0), worker.number
            skip -= 1
    raise LookupError(code)


def someone(code, kind="1", thousand=7):
    """Anybody with this magic code."""
    return number_at(kind, thousand * 1000 + int(code), 0)


@dataclass
class Desk:
    """The running service as a test meets it."""

    service: object
    bodies: object
    web: httpx2.AsyncClient
    mint: object
    database: object
    told: list = field(default_factory=list)

    async def call(self, method, path, who, *, key=None, staff=False, **sent):
        headers = self.mint.bearer(who, kind="staff" if staff else "citizen")
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return await self.web.request(method, path, headers=headers | sent.pop("headers", {}), **sent)

    async def ok(self, method, path, who, **sent):
        answer = await self.call(method, path, who, **sent)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json()

    async def refused(self, method, path, who, status, slug, **sent):
        answer = await self.call(method, path, who, **sent)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        body = answer.json()
        assert body["slug"] == slug, body
        assert set(body["texts"]) == {"ar", "en"}
        return body

    async def until(self, place, who, *statuses, within_s=60.0):
        seen = []

        async def there():
            found = await self.ok("GET", place, who)
            seen[:] = [found["status"], [(m["action"], m["status"]) for m in found["timeline"]]]
            return found if found["status"] in statuses else None

        try:
            return await eventually(there, within_s=within_s)
        except AssertionError:
            raise AssertionError((statuses, seen)) from None

    async def eligible(self, who, path, **question):
        async def answered():
            asked = await self.ok("POST", f"{path}/eligibility", who, json=question)
            return None if asked["being_checked"] else asked

        return await eventually(answered)

    async def requested(self, employer, worker, **changed):
        """A visa requested when everything about it is known."""
        await self.eligible(employer, VISAS, person=worker)
        body = {"person": worker, "trips": "single", **({} if {"days", "return_by"} & set(changed) else {"months": 2})}
        made = await self.ok("POST", VISAS, employer, json=body | changed)
        return f"{VISAS}/{made['id']}"

    async def paid(self, employer, worker, **changed):
        """A visa with its fee reserved."""
        place = await self.requested(employer, worker, **changed)
        fee = (await self.ok("GET", place, employer))["fee"]
        await self.bodies.deposit(worker, fee["service_code"], fee["amount_minor"])
        await self.ok("POST", f"{place}/reserve", employer)
        await self.until(place, employer, "fee_reserved")
        return place

    async def issued(self, employer, worker, **changed):
        place = await self.paid(employer, worker, **changed)
        await self.ok("POST", f"{place}/issue", employer)
        await self.until(place, employer, "issued")
        return place

    async def opened(self, employer, worker, period_months=12):
        made = await self.ok("POST", RENEWALS, employer, json={"person": worker, "period_months": period_months})
        return f"{RENEWALS}/{made['id']}"

    async def ready(self, employer, worker, period_months=12):
        place = await self.opened(employer, worker, period_months)
        await self.until(place, employer, "ready")
        return place

    async def renewal_paid(self, employer, worker, period_months=12):
        place = await self.ready(employer, worker, period_months)
        fee = (await self.ok("GET", place, employer))["fee"]
        await self.bodies.deposit(worker, fee["service_code"], fee["amount_minor"])
        await self.ok("POST", f"{place}/reserve", employer)
        await self.until(place, employer, "fee_reserved")
        return place

    async def hears(self, event, version=1):
        """Another service says something, as the `version`th word of its aggregate."""
        envelope = Envelope(
            id=uuid.uuid4(),
            source=event.producer(),
            type=event.key,
            time=self.service.clock.now(),
            aggregate=event.aggregate,
            version=version,
            data=event.model_dump(mode="json"),
        )
        raw = envelope.model_dump_json().encode()
        await Inbox(self.service, reactions).deliver(raw, type_hint=event.key, attempts=0)

    async def relate(self, relation, subject, object_, *, ends_at=None):
        """Somebody stands in for somebody, since long ago; returns the relation's id."""
        async with self.service.database.transaction(SYSTEM) as session:
            since = self.service.clock.now() - LONG_AGO
            return await open_relation(session, relation, subject, object_, since, ends_at=ends_at)

    async def employ(self, employer, worker):
        return await self.relate("sponsor", employer, worker)

    async def rows(self, statement, **values):
        async with self.service.database.transaction(SYSTEM) as session:
            found = await session.execute(sa.text(statement), values)
            return found.all() if found.returns_rows else []

    def later(self, **by):
        """Business time moves on, here and at the bodies."""
        self.bodies.clock.advance(timedelta(**by))

    async def heard(self, type_word, **fields):
        """The newest event of this kind with these fields, once it has been published."""

        async def there():
            found = [
                each.data
                for each in self.told
                if each.type == f"residency.{type_word}.v1"
                and all(each.data.get(name) == value for name, value in fields.items())
            ]
            return found[-1] if found else None

        return await eventually(there)

    async def violations(self):
        """Every row of every invariant query: none when all is well. Read past row-level security."""
        found = {}
        connection = await asyncpg.connect(self.database.verify_dsn)
        try:
            for file in sorted(resources.files("residency").joinpath("invariants").iterdir(), key=lambda f: f.name):
                if file.name.endswith(".sql") and (rows := await connection.fetch(file.read_text(encoding="utf-8"))):
                    found[file.name] = [tuple(row) for row in rows]
        finally:
            await connection.close()
        return found


def day(view):
    """The Gregorian day of a day in both calendars."""
    return date.fromisoformat(view["date"])
