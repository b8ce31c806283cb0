"""An ended relation acts no more: identity and passport as processes over RabbitMQ, with the broker and then identity away.

A head of household reads a dependant's application and gives its pledge, every 50 ms, while the relation ends. Believed
is only what identity itself says or a copy that is at most five seconds old; one's own record never waits. A session that
ends, the broker away, opens one's own record no more either.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import sqlalchemy as sa
from rig import ROOT
from servers import Servers

from chassis.clock import Clock
from chassis.database import Sight
from chassis.settings import AUDIENCE
from contracts.values import person_check_digit
from deploy.embedded.children import free_port, start_child, stop_child

READS_S, WATCHED_S, EVERY_S = 5.0, 8.0, 0.05
SIGHT = Sight.system("authority")
ISSUER = "http://localhost:8080"


def _person(number: int) -> str:
    body = f"1{number:08d}"
    return body + str(person_check_digit(body))


HEAD, CHILD = _person(71_000_001), _person(71_000_002)


@dataclass
class Found:
    """What came out of it. Seconds are after the end of a relation was committed."""

    acts_after_end: int = 0
    last_read_s: float = 0.0
    last_read_without_broker_s: float = 0.0
    last_own_read_s: float = 0.0
    acts_tried: int = 0
    reads_tried: int = 0
    problems: list[str] = field(default_factory=list)


async def ended_relations(servers: Servers) -> Found:
    """Play it once."""
    house, found = House(servers), Found()
    await house.start()
    try:
        relation = await house.relate()
        await house.until(house.reads_child, "the relation never arrived")
        _expect(found, await house.acts(), "the head of household could not act")
        found.last_read_s = await _watch_the_end(house, found, relation)
        relation = await house.relate()
        await house.until(house.reads_child, "the second relation never arrived")
        servers.rabbit.kill()
        await asyncio.sleep(READS_S + 1)
        _expect(found, await house.reads_child(), "with the broker away identity was not asked for a read")
        _expect(found, await house.acts(), "with the broker away identity was not asked for an act")
        found.last_read_without_broker_s = await _watch_the_end(house, found, relation)
        found.last_own_read_s = await _watch_a_session_end(house, found)
        await house.relate()
        house.stop("identity-api")
        await _alone(house, found)
        house.spawn("identity-api")
        servers.rabbit.start()
        await house.until(house.reads_child, "it did not come back")
        await house.until(house.acts, "acts did not come back")
    finally:
        await house.close()
    return found


async def _watch_the_end(house: House, found: Found, relation: uuid.UUID) -> float:
    """End the relation and go on reading and acting; the last read that still showed something, in seconds after."""
    await house.end(relation)
    ended, last = time.monotonic(), 0.0
    while (passed := time.monotonic() - ended) < WATCHED_S:
        acted, read = await asyncio.gather(house.acts(), house.reads_child())
        found.acts_tried, found.reads_tried = found.acts_tried + 1, found.reads_tried + 1
        found.acts_after_end += acted
        last = passed if read else last
        await asyncio.sleep(EVERY_S)
    if last > READS_S:
        found.problems.append(f"read {last:.1f} s after the relation had ended")
    return last


async def _watch_a_session_end(house: House, found: Found) -> float:
    """End a session and go on reading one's own record with its token; the last read that was let in, in seconds after."""
    session_id, bearer = await house.sign_in_again()
    _expect(found, await house.is_let_in(bearer), "a token of a second session was refused")
    await house.sign_out(session_id)
    ended, last = time.monotonic(), 0.0
    while (passed := time.monotonic() - ended) < WATCHED_S:
        last = passed if await house.is_let_in(bearer) else last
        await asyncio.sleep(EVERY_S)
    if last > READS_S:
        found.problems.append(f"one's own record was read {last:.1f} s after the session had ended")
    return last


async def _alone(house: House, found: Found) -> None:
    """Neither events nor identity: through a relation nothing is done, and one's own record works."""
    refused = await house.pledge(house.childs)
    listed = await house.get("/v1/passport-applications")
    mine = [each["id"] for each in listed.json()["items"]]
    through = await house.get(f"/v1/passport-applications/{house.childs}")
    _expect(found, refused.status_code == 503 and "retry-after" in refused.headers, "an act through it was not put off")
    _expect(found, through.status_code == 503 and "retry-after" in through.headers, "a read through it was not put off")
    _expect(found, mine == [str(house.own)], f"one's own list was {listed.status_code} with {len(mine)} rows")
    _expect(found, listed.headers.get("incomplete") == "relations", "the list does not say that it is incomplete")
    _expect(found, (await house.pledge(house.own)).status_code == 200, "one's own record did not work")


def _expect(found: Found, held: bool, otherwise: str) -> None:
    if not held:
        found.problems.append(otherwise)


class House:
    """Two services as processes, and identity's own code in this one to open and end relations."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.own, self.childs = uuid.uuid4(), uuid.uuid4()
        self._ports = {"identity": free_port(), "passport": free_port()}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._environment: dict[str, str] = {}
        self._http = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self._ports['passport']}", trust_env=False, timeout=5
        )

    async def start(self) -> None:
        broker, secrets = self.servers.new_host(), self.servers.folder / "authority-secrets"
        secrets.mkdir(mode=0o700)
        dsn = {}
        for package in self._ports:
            made = await self.servers.database(package)
            dsn[package] = made.run_dsn
            self._environment |= {
                f"{package.upper()}_{name}": value
                for name, value in {
                    "ENVIRONMENT": "test",
                    "LOG_LEVEL": "WARNING",
                    "DATABASE_URL": made.run_dsn,
                    "BROKER_URL": broker,
                    "SECRETS_DIR": str(secrets),
                    "PUBLIC_URL": ISSUER,
                    "IDENTITY_URL": f"http://127.0.0.1:{self._ports['identity']}",
                }.items()
            }
        from identity.blueprint import BLUEPRINT
        from passport.blueprint import BLUEPRINT as PASSPORT

        told = {"environment": "test", "secrets_dir": secrets, "public_url": ISSUER}
        self.identity: Any = BLUEPRINT.create_service(BLUEPRINT.settings(database_url=dsn["identity"], **told), Clock())
        self.passport: Any = PASSPORT.create_service(PASSPORT.settings(database_url=dsn["passport"], **told), Clock())
        await self._sign_in()
        await self._drafts()
        for name in ("identity-api", "identity-worker", "passport-api", "passport-worker"):
            self.spawn(name)
        await self.until(self._answers, "passport never answered")

    def spawn(self, name: str) -> None:
        """Start one of the four processes."""
        module, part = name.split("-")
        variables = {**os.environ, **self._environment, f"{module.upper()}_PORT": str(self._ports[module])}
        log = (self.servers.folder / "authority.log").open("ab")
        self._running[name] = start_child(
            [sys.executable, "-m", module, part],
            log=log.fileno(),
            env=variables,
            cwd=ROOT,
            at_parent_death=signal.SIGKILL,
        )

    def stop(self, name: str) -> None:
        stop_child(self._running.pop(name), [signal.SIGKILL], seconds_each=2)

    async def close(self) -> None:
        for name in list(self._running):
            self.stop(name)
        await self._http.aclose()
        await self.identity.close()
        await self.passport.close()

    async def relate(self) -> uuid.UUID:
        """Open the relation, as identity does it; its row's id."""
        from chassis.models import RelationRow
        from identity.actions.relate import begin_relation

        async with self.identity.database.transaction(SIGHT) as session:
            await begin_relation(self.identity, session, "household_head", HEAD, CHILD)
            await session.flush()
            open_now = sa.select(RelationRow.id).where(RelationRow.subject == HEAD, RelationRow.ends_at.is_(None))
            row: uuid.UUID = await session.scalar(open_now)  # type: ignore[assignment]
        return row

    async def end(self, relation: uuid.UUID) -> None:
        from chassis.models import RelationRow
        from identity.actions.relate import end_relation

        async with self.identity.database.transaction(SIGHT) as session:
            row = await session.get(RelationRow, relation)
            await end_relation(self.identity, session, row)

    async def reads_child(self) -> bool:
        """Whether the list of applications shows the dependant's."""
        answer = await self.get("/v1/passport-applications")
        return answer.status_code == 200 and str(self.childs) in [each["id"] for each in answer.json()["items"]]

    async def acts(self) -> bool:
        return (await self.pledge(self.childs)).status_code == 200

    async def pledge(self, application: uuid.UUID) -> httpx2.Response:
        name, version = next(iter(self.passport.rules().table("passport.renewal.pledges").items()))
        return await self._http.post(
            f"/v1/passport-applications/{application}/pledges/{name}/accept",
            json={"version": version, "language": "ar"},
            headers={**self._bearer, "Idempotency-Key": str(uuid.uuid4())},
        )

    async def get(self, path: str) -> httpx2.Response:
        return await self._http.get(path, headers=self._bearer)

    async def until(self, holds: Any, otherwise: str) -> None:
        for _ in range(400):
            if await holds():
                return
            await asyncio.sleep(EVERY_S)
        raise TimeoutError(otherwise)

    async def _answers(self) -> bool:
        try:
            return (await self._http.get("/health/ready")).status_code == 200
        except httpx2.TransportError:
            return False

    async def sign_in_again(self) -> tuple[uuid.UUID, dict[str, str]]:
        """One more session of the head of household; its id, and the header with its token."""
        from identity.models import SignedIn

        now, session_id = datetime.now(UTC), uuid.uuid4()
        browser = {"token_digest": session_id.hex, "second": "sms", "device": "rig", "idle_seconds": 3600}
        times = {"signed_in_at": now, "seen_at": now, "expires_at": now + timedelta(hours=1)}
        async with self.identity.database.transaction(SIGHT) as session:
            session.add(SignedIn(**browser, **times, id=session_id, account_id=self._account, person=HEAD))
        at = int(now.timestamp())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(self._account), "person": HEAD, "kind": "citizen"}
        claims |= {"sid": str(session_id), "client_id": "portal", "iat": at, "exp": at + 280, "scope": "openid"}
        return session_id, {"Authorization": f"Bearer {self.identity.keys.sign({'typ': 'at+jwt'}, claims)}"}

    async def sign_out(self, session_id: uuid.UUID) -> None:
        from identity.actions.end_session import end_session

        async with self.identity.database.transaction(SIGHT) as session:
            assert await end_session(session, session_id, "its holder")

    async def is_let_in(self, bearer: dict[str, str]) -> bool:
        """Whether one's own record is read with this token."""
        return (await self._http.get(f"/v1/passport-applications/{self.own}", headers=bearer)).status_code == 200

    async def _sign_in(self) -> None:
        from identity.domain.account import Status
        from identity.models import Account

        now, self._account = datetime.now(UTC), uuid.uuid4()
        who = {"person": HEAD, "id": self._account, "reference": "ACC-AUTHORITY", "kind": "citizen", "language": "ar"}
        async with self.identity.database.transaction(SIGHT) as session:
            session.add(Account(**who, status=Status.ACTIVE, opened_at=now, moved_at=now))
        _, self._bearer = await self.sign_in_again()

    async def _drafts(self) -> None:
        from passport.domain.renewal import RENEWAL
        from passport.models import Application

        now = datetime.now(UTC)
        async with self.passport.database.transaction(SIGHT) as session:
            for row, person in ((self.own, HEAD), (self.childs, CHILD)):
                session.add(
                    Application(
                        id=row,
                        reference=f"JWZ-{row.hex[:8]}",
                        kind=RENEWAL.name,
                        person=person,
                        applicant=HEAD,
                        language="ar",
                        validity_years=5,
                        status=RENEWAL.initial,
                        opened_at=now,
                        moved_at=now,
                    )
                )
