"""One household before identity and passport as processes over RabbitMQ: what the fault of ended relations is played with."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
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

EVERY_S = 0.05
SIGHT = Sight.system("authority")
ISSUER = "http://localhost:8080"


def _person(number: int) -> str:
    body = f"1{number:08d}"
    return body + str(person_check_digit(body))


HEAD, CHILD = _person(71_000_001), _person(71_000_002)


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
