"""What the registry tells by itself: signed, once, and effective within seconds."""

import time

import pytest_asyncio
import sqlalchemy as sa
import uvicorn

from chassis.database import Sight
from chassis.models import RelationRow
from chassis.testing.fixtures import eventually
from deploy.embedded.children import free_port
from identity.models import RegistryNotice
from identity.queries import account_of
from identity.seeds import HOLDERS
from partners.callbacks import sign
from partners.registry import notice_body
from partners.simulators.app import QuietServer

SYSTEM = Sight.system("test")
URL = "/callbacks/registry"
HEAD = HOLDERS[0]


@pytest_asyncio.fixture
async def heard(seeded):
    """Identity on a socket of its own, and the simulated registry's herald aimed at it."""
    import asyncio

    port = free_port()
    server = QuietServer(uvicorn.Config(seeded.app, port=port, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    await seeded.bodies.web.put("/control/registry/callback", json={"url": f"http://127.0.0.1:{port}{URL}"})
    yield seeded
    server.should_exit = True
    await serving


async def test_a_death_ends_access_relations_and_tokens_within_five_seconds(heard, driving):
    browser, web = heard.browser(), heard.web()
    await browser.sign_in(HEAD.number, mobile=HEAD.mobile)
    tokens = await heard.tokens(browser)
    bearer = driving.bearer(tokens["access_token"])
    assert (await web.get("/v1/me", headers=bearer)).status_code == 200
    began = time.monotonic()
    made = await heard.bodies.control("registry/notices", person=HEAD.number, kind="died")
    assert (made.status_code, made.json()["answer_code"]) == (201, 200)

    async def out():
        refreshed = await heard.refresh(tokens["refresh_token"])
        return refreshed.status_code == 400 and (await browser.get(driving.authorise_url("v" * 43))).status_code == 303

    await eventually(out, within_s=5)
    assert time.monotonic() - began < 5

    async def closed():
        said = [e.data for e in heard.told if e.type == "identity.relation.changed.v1"]
        ended = {e["relation_id"] for e in said if e["ends_at"] and HEAD.number in (e["subject"], e["object"])}
        begun = {e["relation_id"] for e in said if HEAD.number in (e["subject"], e["object"])}
        return begun and ended == begun

    await eventually(closed)
    async with heard.service.database.transaction(SYSTEM) as session:
        account = await account_of(session, HEAD.number)
        left = await session.scalar(
            sa.select(sa.func.count())
            .select_from(RelationRow)
            .where(sa.or_(RelationRow.subject == HEAD.number, RelationRow.object == HEAD.number))
            .where(RelationRow.ends_at.is_(None))
        )
    assert (account.status, left) == ("suspended", 0)
    administrator = await heard.bearer_of("administrator")
    refused = await web.post(
        f"/v1/activations/{account.id}/restore", headers=administrator | driving.once(), json={"reason": "by mistake"}
    )
    assert refused.json()["details"]["missing"] == ["holder_is_alive"]
    person = await heard.bodies.registry.person(HEAD.number)
    assert not person.alive


async def test_what_is_not_signed_or_old_or_told_before_changes_nothing(seeded):
    web, service = seeded.web(), seeded.service
    body, secret = notice_body(HEAD.number, "stopped", service.clock.now()), service.registry_secrets[0]
    good = sign(secret, "msg_1", service.clock.now(), body)
    for headers, sent, status in (
        ({}, body, 401),
        (sign("another secret", "msg_1", service.clock.now(), body), body, 401),
        (good, body.replace(b"stopped", b"died"), 401),
        (sign(secret, "msg_1", service.clock.now().replace(year=2020), body), body, 401),
        (sign(secret, "msg_2", service.clock.now(), b"{}"), b"{}", 422),
    ):
        assert (await web.post(URL, headers=headers, content=sent)).status_code == status
    async with service.database.transaction(SYSTEM) as session:
        assert (await account_of(session, HEAD.number)).status == "active"
    first = await web.post(URL, headers=good, content=body)
    again = await web.post(URL, headers=good, content=body)
    assert (first.json(), again.json()) == ({"applied": True}, {"applied": False})
    async with service.database.transaction(SYSTEM) as session:
        assert (await account_of(session, HEAD.number)).status == "suspended"
        assert await session.scalar(sa.select(sa.func.count()).select_from(RegistryNotice)) == 1
    unknown = notice_body("1000000008", "died", service.clock.now())
    told = await web.post(URL, headers=sign(secret, "msg_3", service.clock.now(), unknown), content=unknown)
    assert told.json() == {"applied": True}


async def test_a_notice_nobody_heard_is_told_again(seeded):
    made = await seeded.bodies.control("registry/notices", person=HEAD.number, kind="died")
    assert made.json()["answer_code"] is None
