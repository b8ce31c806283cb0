"""The door of notify: one's own messages, what one is told, and what operators may do."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest_asyncio
import sqlalchemy as sa
from notify_house import ALL, HEAD, HOLDER, House

from chassis.audit.rows import ActRow
from chassis.authority import open_relation
from chassis.http.app import wrapped
from chassis.testing.tokens import TokenMint
from contracts.authority import StaffRole
from contracts.events import ApplicationApproved, ApplicationSubmitted, ShipmentPacked, TicketProcessed
from notify.app import create_api

OPERATOR, OFFICER = "S0000001", "S0000002"


@pytest_asyncio.fixture
async def web(house: House, mint: TokenMint) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=wrapped(create_api(house.service, mint.verifier())))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def once(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(uuid4())}


async def approved(house: House, person: str = HOLDER) -> None:
    await house.happen(
        ApplicationApproved.model_validate({**ApplicationApproved.example, "application_id": uuid4(), "person": person})
    )


async def give_role(house: House, who: str, role: StaffRole) -> None:
    async with house.service.database.transaction(ALL) as session:
        await open_relation(session, role, who, "riyadh-main", house.service.clock.now() - timedelta(days=1))


async def test_my_messages_are_what_my_telephone_says(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await house.reach(HOLDER, "+966500000100")
    await approved(house)
    answer = await web.get("/v1/notices", headers=mint.bearer(HOLDER))
    assert answer.status_code == 200
    (message,) = answer.json()["items"]
    (sms,) = await house.notices(channel="sms")
    assert message["texts"] == sms.texts
    assert message["told_on_hijri"].startswith("14")
    assert message["sendings"] == [
        {
            "channel": "sms",
            "status": "queued",
            "state": "being_sent",
            "state_texts": {"ar": "قيد الإرسال", "en": "being sent"},
            "sent_at": None,
            "delivered_at": None,
        }
    ]


async def test_a_head_of_household_reads_their_own_message_and_not_the_dependants(
    house: House, web: httpx2.AsyncClient, mint: TokenMint
):
    await house.relate("household_head", HEAD, HOLDER)
    await approved(house)
    (own,) = await house.notices(person=HOLDER, channel="inbox")
    listed = (await web.get("/v1/notices", headers=mint.bearer(HEAD))).json()["items"]
    assert [message["standing"] for message in listed] == ["household_head"]
    assert (await web.get(f"/v1/notices/{own.id}", headers=mint.bearer(HEAD))).status_code == 404
    assert (await web.get(f"/v1/notices/{own.id}", headers=mint.bearer(HOLDER))).status_code == 200


async def test_reading_is_kept_and_the_unread_can_be_asked_for(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await approved(house)
    await approved(house)
    first, second = await house.notices(channel="inbox")
    answer = await web.post(f"/v1/notices/{first.id}/read", headers=once(mint.bearer(HOLDER)))
    assert answer.status_code == 200
    assert answer.json()["read_at"] is not None
    unread = (await web.get("/v1/notices?unread=true", headers=mint.bearer(HOLDER))).json()["items"]
    assert [message["id"] for message in unread] == [str(second.id)]
    strangers = await web.post(f"/v1/notices/{second.id}/read", headers=once(mint.bearer(HEAD)))
    assert strangers.status_code == 404


async def test_reading_needs_a_key_and_a_token(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await approved(house)
    (message,) = await house.notices(channel="inbox")
    assert (await web.post(f"/v1/notices/{message.id}/read", headers=mint.bearer(HOLDER))).status_code == 400
    assert (await web.get("/v1/notices")).status_code == 401


async def test_messages_come_page_by_page_newest_first(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    for _ in range(5):
        await approved(house)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await web.get(f"/v1/notices?limit=2{cursor}", headers=mint.bearer(HOLDER))).json()
        seen += [message["id"] for message in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen == [str(each.id) for each in reversed(await house.notices(channel="inbox"))]


async def test_the_inbox_shows_as_many_years_as_the_rule_keeps(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await approved(house)
    house.service.clock.advance(timedelta(days=700))
    await approved(house)
    assert len((await web.get("/v1/notices", headers=mint.bearer(HOLDER))).json()["items"]) == 2
    house.service.clock.advance(timedelta(days=60))
    assert len((await web.get("/v1/notices", headers=mint.bearer(HOLDER))).json()["items"]) == 1


def choice(body: dict[str, Any], kind: str, channel: str) -> dict[str, Any]:
    (found,) = [each for each in body["choices"] if (each["kind"], each["channel"]) == (kind, channel)]
    return found


async def test_what_is_muted_is_not_sent_and_still_kept(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await house.reach(HOLDER, "+966500000100")
    chosen = await web.put(
        "/v1/notices/preferences", headers=mint.bearer(HOLDER), json={"muted": [{"kind": "delivery", "channel": "sms"}]}
    )
    assert chosen.status_code == 200
    assert choice(chosen.json(), "delivery", "sms")["is_on"] is False
    await house.happen(ShipmentPacked.model_validate(ShipmentPacked.example))
    assert {each.channel: each.status for each in await house.notices()} == {"sms": "muted", "inbox": "delivered"}
    assert await house.broken_invariants() == {}


async def test_a_critical_notice_cannot_be_muted(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await house.reach(HOLDER, "+966500000100")
    muted = {"muted": [{"kind": "record", "channel": "sms"}]}
    body = (await web.put("/v1/notices/preferences", headers=mint.bearer(HOLDER), json=muted)).json()
    always = [title["en"] for title in choice(body, "record", "sms")["always_told"]]
    assert "Passport application approved" in always
    await approved(house)
    await house.happen(ApplicationSubmitted.model_validate(ApplicationSubmitted.example))
    assert [(each.title["en"], each.status) for each in await house.notices(channel="sms")] == [
        ("Passport application approved", "queued"),
        ("Passport application received", "muted"),
    ]


async def test_what_cannot_be_muted_is_refused_in_two_languages(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    for kind, channel, slug in (
        ("record", "inbox", "channel-always-on"),
        ("record", "email", "channel-not-offered"),
        ("weather", "sms", "invalid"),
    ):
        answer = await web.put(
            "/v1/notices/preferences", headers=mint.bearer(HOLDER), json={"muted": [{"kind": kind, "channel": channel}]}
        )
        assert (answer.status_code, answer.json()["slug"]) == (422, slug)
        assert set(answer.json()["texts"]) == {"ar", "en"}
    kept = (await web.get("/v1/notices/preferences", headers=mint.bearer(HOLDER))).json()
    assert all(each["is_on"] for each in kept["choices"])


async def test_an_operator_revives_what_was_given_up_and_says_why(
    house: House, web: httpx2.AsyncClient, mint: TokenMint
):
    await give_role(house, OPERATOR, StaffRole.OPERATOR)
    await house.reach(HOLDER, "+966500000100", email="someone@example.org")
    await house.happen(TicketProcessed.model_validate(TicketProcessed.example))
    await house.run("update notices set status = 'dead', error = 'mailbox-refused' where channel = 'email'")
    staff = mint.bearer(OPERATOR, kind="staff")
    (dead,) = (await web.get("/v1/notices/dead", headers=staff)).json()["items"]
    assert dead["error"] == "mailbox-refused"
    assert not {"person", "texts", "about"} & set(dead)
    revived = await web.post(
        f"/v1/notices/{dead['id']}/revive", headers=once(staff), json={"reason": "the mailbox was mended"}
    )
    assert (revived.status_code, revived.json()["status"], revived.json()["attempts"]) == (200, "queued", 2)
    async with house.service.database.transaction(ALL) as session:
        (act,) = await session.scalars(sa.select(ActRow))
    assert (act.actor, act.action, act.person, act.reason) == (OPERATOR, "revive", HOLDER, "the mailbox was mended")


async def test_without_a_contact_nothing_can_be_revived(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await give_role(house, OPERATOR, StaffRole.OPERATOR)
    await approved(house)
    await house.run("update notices set status = 'dead' where channel = 'sms'")
    (dead,) = await house.notices(channel="sms")
    answer = await web.post(
        f"/v1/notices/{dead.id}/revive",
        headers=once(mint.bearer(OPERATOR, kind="staff")),
        json={"reason": "try it again"},
    )
    assert (answer.status_code, answer.json()["slug"]) == (409, "requirements-missing")
    assert answer.json()["details"]["missing"] == ["contact_is_known"]


async def test_only_operators_see_the_figures_and_the_dead(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await give_role(house, OFFICER, StaffRole.OFFICER)
    for caller in (mint.bearer(HOLDER), mint.bearer(OFFICER, kind="staff"), mint.bearer(OPERATOR, kind="staff")):
        for path in ("/v1/notices/figures", "/v1/notices/dead"):
            assert (await web.get(path, headers=caller)).status_code == 403


async def test_the_figures_count_the_last_ten_minutes(house: House, web: httpx2.AsyncClient, mint: TokenMint):
    await give_role(house, OPERATOR, StaffRole.OPERATOR)
    await house.reach(HOLDER, "+966500000100")
    for _ in range(4):
        await approved(house)
    ids = [each.id for each in await house.notices(channel="sms")]
    await house.run(
        "update notices set status = 'delivered', delivered_at = queued_at + interval '3 seconds' where id = any(:ids)",
        ids=ids[:2],
    )
    await house.run("update notices set status = 'sent' where id = :id", id=ids[2])
    await house.run("update notices set status = 'dead', error = 'undelivered' where id = :id", id=ids[3])
    answer = await web.get("/v1/notices/figures", headers=mint.bearer(OPERATOR, kind="staff"))
    sms, email = answer.json()["channels"]
    assert (sms["sent_per_minute"], sms["delivered_share"], sms["delivered_p95_s"]) == (0.3, 66.7, 3.0)
    assert (sms["failures"], sms["muted_share"], sms["waiting"]) == ({"undelivered": 1}, 0.0, 0)
    assert email["delivered_share"] is None
