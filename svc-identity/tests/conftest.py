"""Identity over a real database, with its worker running and the simulated outside bodies on real sockets."""

import asyncio
import base64
import contextlib
import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pyotp
import pytest
import pytest_asyncio
import sqlalchemy as sa

from chassis.clock import Clock
from chassis.database import Sight
from chassis.events.bus import MemoryBus
from chassis.http.app import wrapped
from chassis.identifiers import new_reference
from chassis.models import OutboxRow
from chassis.testing.fixtures import Databases, Plant, eventually
from contracts.envelope import Envelope
from contracts.events import REGISTRY
from deploy.embedded.databases import ServiceDatabase
from identity import intake
from identity.app import create_api
from identity.keys import FILE, SigningKeys
from identity.seeds import PASSWORD, STAFF, seed, totp_seed_of
from identity.settings import IdentitySettings
from identity.wiring import Identity, create_service
from identity.worker import create_worker
from partners.testing import Bodies, open_bodies

ISSUER = "http://localhost:8080"
REDIRECT = "http://127.0.0.1:51234/callback"
SCOPE = "openid profile phone email"
intake.POLL_S = 0.1  # what waits for its next turn has it soon
_CODE = re.compile(r"\b(\d{6})\b")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """A browser: follows nothing by itself, keeps cookies, fills in plain forms."""

    def __init__(self, house: "House") -> None:
        self.house = house
        self.web = house.web()

    async def get(self, url: str, **words: Any) -> httpx2.Response:
        return await self.web.get(url, **words)

    async def form(self, page: str, target: str, **fields: str) -> httpx2.Response:
        """Open a page, take its proof, post a form."""
        shown = await self.web.get(page)
        found = _CSRF.search(shown.text)
        assert found, f"{page} has no form: {shown.status_code} {shown.headers.get('location')}"
        return await self.web.post(target, data={"csrf": found[1], **fields})

    async def password(self, number: str, password: str = PASSWORD, next: str = "/") -> httpx2.Response:
        page = f"/sign-in?{urlencode({'next': next})}"
        return await self.form(page, "/sign-in", number=number, password=password, next=next)

    async def code(self, code: str) -> httpx2.Response:
        return await self.form("/sign-in/code", "/sign-in/code", code=code)

    async def sign_in(
        self, number: str, *, mobile: str = "", totp: str = "", next: str = "/", password: str = PASSWORD
    ) -> httpx2.Response:
        """The whole sign-in; returns the redirect that ends it."""
        known = len(await self.house.codes(mobile)) if mobile else 0
        answer = await self.password(number, password, next)
        assert answer.status_code == 303, answer.text
        code = pyotp.TOTP(totp).now() if totp else await self.house.code_to(mobile, known)
        return await self.code(code)


class House:
    """One identity service with everything it talks to."""

    def __init__(
        self, service: Identity, app: Any, bodies: Bodies, database: ServiceDatabase, told: list[Envelope]
    ) -> None:
        self.told = told
        self.service = service
        self.app = app
        self.bodies = bodies
        self.database = database
        self._clients: list[httpx2.AsyncClient] = []

    def web(self, address: str = "192.0.2.7") -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            base_url=ISSUER,
            headers={"x-forwarded-for": address, "accept-language": "en"},
        )
        self._clients.append(client)
        return client

    def browser(self) -> Browser:
        return Browser(self)

    async def texts(self, mobile: str) -> list[str]:
        answer = await self.bodies.web.get("/control/sms", params={"to": mobile})
        return [each["text"] for each in answer.json()]

    async def code_to(self, mobile: str, after: int = 0) -> str:
        """The code in the newest text to a mobile, once there are more than `after` texts with codes."""

        async def newest() -> str | None:
            codes = await self.codes(mobile)
            return codes[-1] if len(codes) > after else None

        code: str = await eventually(newest)
        return code

    async def codes(self, mobile: str) -> list[str]:
        return [found[1] for text in await self.texts(mobile) if (found := _CODE.search(text))]

    async def nothing_to_tell(self) -> None:
        """Wait until all that was recorded has gone out."""
        waiting = sa.select(sa.func.count()).where(OutboxRow.published_at.is_(None))

        async def none_waits() -> bool:
            async with self.service.database.transaction(Sight.system("test")) as session:
                return await session.scalar(waiting) == 0

        await eventually(none_waits)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def tokens(self, browser: Browser, **wishes: str) -> dict[str, Any]:
        """Code and PKCE with a signed-in browser; the token answer."""
        verifier = secrets.token_urlsafe(48)
        answer = await browser.get(authorise_url(verifier, **wishes))
        assert answer.status_code == 303, answer.text
        given = parse_qs(urlsplit(answer.headers["location"]).query)
        assert "code" in given, answer.headers["location"]
        exchanged = await self.exchange(given["code"][0], verifier)
        assert exchanged.status_code == 200, exchanged.text
        return exchanged.json()

    async def exchange(self, code: str, verifier: str, **changed: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "demo",
            "redirect_uri": REDIRECT,
            "code": code,
            "code_verifier": verifier,
        }
        return await self.web().post("/oauth/token", data={**form, **changed})

    async def refresh(self, token: str, client_id: str = "demo") -> httpx2.Response:
        form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token}
        return await self.web().post("/oauth/token", data=form)

    async def bearer_of(self, role: str) -> dict[str, str]:
        """Sign a seeded member of staff in, all the way, and return their Authorization header."""
        staff = next(each for each in STAFF if each.role == role)
        browser = self.browser()
        assert (await browser.sign_in(staff.number, totp=totp_seed_of(role))).status_code == 303
        return bearer((await self.tokens(browser))["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def once() -> dict[str, str]:
    return {"Idempotency-Key": new_reference("T")}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorise_url(verifier: str, **wishes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": "demo",
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode({name: v for name, v in {**asked, **wishes}.items() if v})}"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture(scope="session")
def driving() -> SimpleNamespace:
    """What tests say over and over: addresses, headers, proofs."""
    return SimpleNamespace(
        ISSUER=ISSUER,
        REDIRECT=REDIRECT,
        bearer=bearer,
        once=once,
        authorise_url=authorise_url,
        challenge_of=challenge_of,
        query_of=query_of,
        opened=opened,
    )


@contextlib.asynccontextmanager
async def opened(
    databases: Databases, secrets_dir: Path, plant: Plant | None = None, **changed: Any
) -> AsyncIterator[House]:
    async with over(await databases("identity", plant), databases, secrets_dir, **changed) as house:
        yield house


@contextlib.asynccontextmanager
async def over(
    database: ServiceDatabase, databases: Databases, secrets_dir: Path, **changed: Any
) -> AsyncIterator[House]:
    """Identity over a database that is there."""
    outside = await databases("partners")
    clock = Clock(sandbox=True)
    bodies = await open_bodies(outside.run_dsn, clock)
    settings = IdentitySettings(
        **{
            "environment": "test",
            "database_url": database.run_dsn,
            "public_url": ISSUER,
            "secrets_dir": secrets_dir,
            "registry_url": bodies.simulators.url("registry"),
            "sms_host": "127.0.0.1",
            "sms_port": bodies.simulators.smpp_port,
            "sms_records_url": bodies.simulators.url("sms"),
            "mail_host": "127.0.0.1",
            "mail_port": bodies.simulators.smtp_port,
            "argon2_memory_kib": 8,
            "argon2_passes": 1,
            **changed,
        }
    )
    service = create_service(settings, clock)
    bus, stopping, told = MemoryBus(), asyncio.Event(), []

    async def hear(message: bytes, *, type_hint: str, attempts: int) -> None:
        told.append(Envelope.model_validate_json(message))

    house = House(service, wrapped(create_api(service)), bodies, database, told)
    ours = [key for key in REGISTRY if key.startswith("identity.")]
    listening = asyncio.create_task(bus.consume("world", ours, hear, stopping))
    working = asyncio.create_task(create_worker(service, bus).run(stopping))
    try:
        yield house
    finally:
        stopping.set()
        await asyncio.gather(listening, working)
        await house.close()
        await service.close()
        await bodies.close()


@pytest.fixture(scope="session")
def signing_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys to sign tokens with, made once: making a pair takes as long as ten requests."""
    folder = tmp_path_factory.mktemp("keys")
    SigningKeys(folder).published()
    return folder / FILE


@pytest.fixture(scope="session")
def told_of_demo_people() -> list[Envelope]:
    """What was said when the demo people were made."""
    return []


@pytest_asyncio.fixture
async def house(
    request: pytest.FixtureRequest,
    databases: Databases,
    signing_keys: Path,
    told_of_demo_people: list[Envelope],
    tmp_path: Path,
) -> AsyncIterator[House]:
    """Identity with its worker and bodies, and nobody registered unless the test asks for `seeded`."""
    shutil.copy(signing_keys, tmp_path)

    async def demo_people(database: ServiceDatabase) -> None:
        async with over(database, databases, tmp_path) as made:
            await seed(made.service)
            await made.nothing_to_tell()
            told_of_demo_people.extend(made.told)

    async with opened(databases, tmp_path, demo_people if "seeded" in request.fixturenames else None) as made:
        yield made


@pytest_asyncio.fixture
async def seeded(house: House, told_of_demo_people: list[Envelope]) -> House:
    """The same with the demo people, of whom all has been told."""
    house.told[:0] = told_of_demo_people
    return house
