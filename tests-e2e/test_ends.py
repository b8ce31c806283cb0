"""A token whose session has ended opens nothing: at each service asked directly, and at the front door.

Identity, passport, residency, support and the gateway over real sockets and databases; sign-out, suspension, the
registry's word that somebody died, and a new password.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import io
import json
from datetime import date
from pathlib import Path

import httpx2
import pytest_asyncio
import uvicorn
from joserfc import jws

from chassis.clock import Clock
from chassis.http.app import wrapped
from chassis.http.ends import ASKED_S, EVERY_S
from chassis.rulebook import Rulebook
from chassis.testing.fixtures import eventually
from deploy.embedded.children import LOOPBACK, free_port
from gateway.app import create_gateway
from gateway.limits import read as read_limits
from gateway.server import GatewayServer
from gateway.settings import Settings
from identity.seeds import HOLDERS, seed
from partners.callbacks import sign
from partners.registry import notice_body
from partners.simulators.app import QuietServer

ROUTES = {
    "identity": "/v1/me",
    "passport": "/v1/passport-applications",
    "residency": "/v1/iqamas",
    "support": "/v1/tickets",
}
_HOUSE = Path(__file__).resolve().parents[1] / "svc-identity" / "tests" / "conftest.py"


def _house():
    """Identity with its bodies, as its own tests open it."""
    spec = importlib.util.spec_from_file_location("identity_house", _HOUSE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class Town:
    """Every door a token may be shown at: the services' own, and the gateway's."""

    def __init__(self, house, doors):
        self.house = house
        self.doors = {
            name: httpx2.AsyncClient(base_url=url, trust_env=False, timeout=10) for name, url in doors.items()
        }

    async def statuses(self, token):
        """What each door answers a bearer; the gateway is asked for identity's and for passport's route."""
        asked = [*ROUTES.items(), ("gateway", ROUTES["identity"]), ("gateway", ROUTES["passport"])]
        headers = {"Authorization": f"Bearer {token}"}
        answers = await asyncio.gather(*(self.doors[name].get(path, headers=headers) for name, path in asked))
        return {f"{name} {path}": answer.status_code for (name, path), answer in zip(asked, answers, strict=True)}

    async def sign_in(self, holder):
        """A browser of theirs, and an access token that every door takes."""
        browser = self.house.browser()
        assert (await browser.sign_in(holder.number, mobile=holder.mobile)).status_code == 303
        token = (await self.house.tokens(browser))["access_token"]
        assert set((await self.statuses(token)).values()) == {200}
        return browser, token

    async def refused_everywhere(self, token):
        """Ask until each door refuses. How soon is said below; a busy machine is waited for."""

        async def refused():
            return set((await self.statuses(token)).values()) == {401}

        await eventually(refused, within_s=60)


@pytest_asyncio.fixture
async def town(databases, tmp_path):
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(_house().opened(databases, tmp_path))
        await seed(house.service)
        ports = {name: free_port() for name in (*ROUTES, "gateway")}
        apps = {"identity": house.app}
        for name in ("passport", "residency", "support"):
            blueprint = importlib.import_module(f"{name}.blueprint").BLUEPRINT
            settings = blueprint.settings(
                environment="test",
                database_url=(await databases(name)).run_dsn,
                secrets_dir=tmp_path,
                public_url=house.service.settings.public_url,
                identity_url=f"http://{LOOPBACK}:{ports['identity']}",
            )
            service = blueprint.create_service(settings, Clock(sandbox=True))
            stack.push_async_callback(service.close)
            apps[name] = wrapped(blueprint.create_api(service))
        servers = [QuietServer(_config(app, ports[name])) for name, app in apps.items()]
        upstreams = {name: f"http://{LOOPBACK}:{ports[name]}" for name in ROUTES}
        upstreams |= dict.fromkeys(("delivery", "notify", "portal"), f"http://{LOOPBACK}:1")
        front = Settings(environment="test", public_url=house.service.settings.public_url, upstreams=upstreams)
        servers.append(
            GatewayServer(create_gateway(front, io.StringIO()), host=LOOPBACK, port=ports["gateway"], signals=False)
        )
        serving = [asyncio.create_task(server.serve()) for server in servers]
        await eventually(lambda: asyncio.sleep(0, all(server.started for server in servers)), within_s=30)
        town = Town(house, {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()})
        try:
            yield town
        finally:
            for door in town.doors.values():
                await door.aclose()
            for server in reversed(servers):
                server.should_exit = True
            await asyncio.gather(*serving)


def _config(app, port):
    return uvicorn.Config(app, LOOPBACK, port, log_config=None, access_log=False, lifespan="on")


async def _sign_out(town, holder, browser, token):
    session = json.loads(jws.extract_compact(token.encode()).payload)["sid"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "sign-me-out"}
    assert (await town.doors["gateway"].post(f"/v1/me/sessions/{session}/end", headers=headers)).status_code == 204


async def _suspend(town, holder, browser, token):
    account = (await town.house.web().get("/v1/me", headers={"Authorization": f"Bearer {token}"})).json()["id"]
    administrator = await town.house.bearer_of("administrator")
    url = f"/v1/activations/{account}/suspend"
    key = {"Idempotency-Key": "suspend-them"}
    answer = await town.house.web().post(url, headers=administrator | key, json={"reason": "asked by the court"})
    assert answer.status_code == 200, answer.text


async def _set_a_new_password(town, holder, browser, token):
    house, known = town.house, len(await town.house.codes(holder.mobile))
    person = await house.bodies.registry.person(holder.number)
    asked = await house.web().post("/v1/recoveries", json={"number": holder.number, "mobile": holder.mobile})
    proof = {
        "code": await house.code_to(holder.mobile, known),
        "document_number": (person.passport or person.foreign_passport).number,
    }
    new = {"recovery": asked.json()["recovery"], "password": "Another-sesame-9"}
    done = await house.web().post("/v1/recoveries/confirmations", json=new | proof)
    assert done.status_code == 200, done.text


async def _die(town, holder, browser, token):
    service = town.house.service
    now = service.clock.now()
    body = notice_body(holder.number, "died", now)
    headers = sign(service.registry_secrets[0], "msg_died", now, body)
    told = await town.doors["gateway"].post("/callbacks/registry", headers=headers, content=body)
    assert told.json() == {"applied": True}


async def test_what_has_ended_is_refused_by_every_service_itself_and_at_the_front_door(town):
    others = (await town.sign_in(HOLDERS[4]))[1]
    for end, holder in zip((_sign_out, _suspend, _set_a_new_password, _die), HOLDERS, strict=False):
        browser, token = await town.sign_in(holder)
        await end(town, holder, browser, token)
        await town.refused_everywhere(token)
    assert set((await town.statuses(others)).values()) == {200}, "nobody else is touched"


def test_it_is_felt_within_what_the_rule_says():
    """Each asks every so often and waits so long for an answer; together that is the promise."""
    rules = Rulebook.of("identity").on(date(2026, 11, 22))
    bounds = read_limits().ends
    for asked, answered in ((EVERY_S, ASKED_S), (bounds.every, bounds.patience)):
        assert asked + answered < rules.number("identity.token.revoked_within")
