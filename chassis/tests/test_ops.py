"""The ops door: who comes in, what the pages say of the queues, what can be mended, and that nothing is done twice."""

import re
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib import resources
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sample import desk as section
from sample.papers import Paper, create_api
from tests_support import SIGHT, record_ticket, rows

from chassis.audit.rows import ActRow
from chassis.authority import open_relation
from chassis.catalogue import Texts
from chassis.http.app import create_app, wrapped
from chassis.identifiers import uuid7
from chassis.models import InboxRow, IntentRow, TimerRow
from chassis.ops.finding import masked
from chassis.testing.desk import StaffBrowser, staff_browser
from chassis.testing.provider import Provider
from chassis.testing.tokens import ISSUER, TokenMint
from chassis.wiring import Service
from contracts.events import TicketOpened

ME = "S-1"
PERSON = "1000000008"


def api(service: Service, mint: TokenMint, **more: Any) -> Any:
    made = section.create_ops(service, **more)
    return create_app(service, [made], title="Sample", summary="For tests", verifier=mint.verifier())


@pytest_asyncio.fixture
async def operator(service: Service, mint: TokenMint) -> AsyncIterator[StaffBrowser]:
    async with staff_browser(service, api(service, mint), mint, ME, {"operator": "main"}) as browser:
        yield browser


@pytest_asyncio.fixture
async def reviewer(service: Service, mint: TokenMint) -> AsyncIterator[StaffBrowser]:
    async with staff_browser(service, api(service, mint), mint, "S-2", {"reviewer": "main"}) as browser:
        yield browser


@pytest_asyncio.fixture
async def paper(service: Service, mint: TokenMint) -> uuid.UUID:
    transport = httpx2.ASGITransport(app=wrapped(create_api(service, mint.verifier())))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        headers = mint.bearer(PERSON) | {"Idempotency-Key": "k"}
        answer = await http.post("/v1/papers", json={"title": "a paper"}, headers=headers)
    return uuid.UUID(answer.json()["id"])


async def plant(service: Service, *made: Any) -> None:
    async with service.database.transaction(SIGHT) as session:
        session.add_all(made)


def dead_event(cause: str = "KeyError", state: str = "dead") -> InboxRow:
    event_id = uuid7()
    body = {
        "type": "support.ticket.opened.v1",
        "data": {"person": PERSON, "reference": "tk-1", "case_id": str(event_id)},
    }
    return InboxRow(
        event_id=event_id,
        type="support.ticket.opened.v1",
        aggregate=f"support.ticket:{event_id}",
        version=1,
        state=state,
        body=body,
        error=cause,
        attempts=9,
    )


async def test_staff_sign_in_through_the_provider_and_come_back_to_where_they_wanted(
    service: Service, mint: TokenMint
) -> None:
    provider = Provider(mint, person=ME, kind="staff")
    async with service.database.transaction(SIGHT) as session:
        await open_relation(session, "operator", ME, "main", service.clock.now())
    transport = httpx2.ASGITransport(app=wrapped(api(service, mint, identity=provider.client())))
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as http:
        assert (await http.get("/ops/sample", headers={"Accept-Language": "en"})).headers[
            "location"
        ] == "/ops/sample/en"
        sent = await http.get("/ops/sample/en/dead")
        assert "redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fops%2Fsample%2Fsigned-in" in sent.headers["location"]
        landed = await http.get(provider.authorise(sent.headers["location"]))
        assert landed.headers["location"] == "/ops/sample/en/dead"
        kept = [each for each in landed.headers.get_list("set-cookie") if each.startswith("ops_sample=")]
        assert "Path=/ops/sample" in kept[0]
        assert "HttpOnly" in kept[0]
        page = await http.get("/ops/sample/en/dead")
        assert page.status_code == 200
        guard = re.search(r'name="guard" value="([^"]+)"', page.text)
        assert guard is not None
        out = await http.post("/ops/sample/en/sign-out", data={"guard": guard[1]})
        assert "/oauth/end-session?" in out.headers["location"]
        assert len(provider.revoked) == 1
        assert (await http.get("/ops/sample/en/dead")).status_code == 303


async def test_a_person_without_a_staff_role_is_refused_on_a_page(service: Service, mint: TokenMint) -> None:
    async with staff_browser(service, api(service, mint), mint, ME, {}) as browser:
        answer = await browser.http.get("/ops/sample/en")
        assert (answer.status_code, "A role is needed" in answer.text) == (403, True)
        assert "sign-out" in answer.text


async def test_a_role_opens_its_own_pages_only(operator: StaffBrowser, reviewer: StaffBrowser) -> None:
    assert (await operator.http.get("/ops/sample/en/papers")).status_code == 403
    assert (await reviewer.http.get("/ops/sample/en/dead")).status_code == 403
    assert "/dead" not in await reviewer.links("")
    assert "/papers" in await reviewer.links("")


async def test_a_role_that_has_ended_opens_nothing(service: Service, mint: TokenMint, operator: StaffBrowser) -> None:
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.text("update relations set ends_at = starts_at"))
    assert (await operator.http.get("/ops/sample/en")).status_code == 403


async def test_the_overview_says_in_words_when_all_is_well(operator: StaffBrowser) -> None:
    page = await operator.page()
    assert "Everything works." in page
    assert "كل شيء يعمل." in await operator.page(language="ar")


async def test_a_number_that_cannot_be_had_is_not_shown_as_zero(operator: StaffBrowser) -> None:
    assert "not known" in await operator.page()


async def test_the_overview_names_what_is_old_or_dead(service: Service, operator: StaffBrowser) -> None:
    await record_ticket(service, TicketOpened(ticket_id=uuid7(), reference="T", person=PERSON))
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.text("update outbox set recorded_at = clock_timestamp() - interval '2 minutes'"))
    assert "Slow: Events going out." in await operator.page()
    await plant(service, dead_event())
    page = await operator.page()
    assert "Needs somebody: Events coming in." in page
    assert "failed for good: 1" in page


async def test_dead_items_are_grouped_by_cause_and_hide_what_is_personal(
    service: Service, operator: StaffBrowser
) -> None:
    first, second, other = dead_event(), dead_event(), dead_event("ValueError")
    await plant(service, first, second, other)
    page = await operator.page("/dead")
    assert page.count("KeyError") >= 1
    assert page.count('class="state bad">2<') == 1
    item = await operator.page(f"/items/{first.event_id}")
    assert "tk-1" in item
    assert PERSON not in item
    assert "•••" in item


async def test_retry_puts_back_and_is_written_down_once(service: Service, operator: StaffBrowser) -> None:
    event = dead_event()
    await plant(service, event)
    path = f"/items/inbox/{event.event_id}/retry"
    assert (await operator.press(path, reason="no")).status_code == 422
    answers = [await operator.press(path, reason="the cause was mended", once="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "It is back in line." in (await operator.http.get(answers[0].headers["location"])).text
    (row,) = await rows(service, sa.select(InboxRow))
    assert (row.state, row.attempts) == ("parked", 0)
    (act,) = await rows(service, sa.select(ActRow))
    assert (act.actor, act.action, act.reason, act.standing) == (ME, "inbox.retry", "the cause was mended", "operator")


async def test_a_group_is_discarded_with_a_reason_and_other_causes_stay(
    service: Service, operator: StaffBrowser
) -> None:
    await plant(service, dead_event(), dead_event(), dead_event("ValueError"))
    group = {"queue": "inbox", "kind": "support.ticket.opened.v1", "cause": "KeyError"}
    assert (await operator.press("/dead/discard", reason="", **group)).status_code == 422
    assert (await operator.press("/dead/discard", reason="sent by mistake", **group)).status_code == 303
    states = [row.state for row in await rows(service, sa.select(InboxRow).order_by(InboxRow.error))]
    assert sorted(states) == ["dead", "discarded", "discarded"]
    assert len(await rows(service, sa.select(ActRow))) == 2


async def test_a_dead_intent_is_asked_about_before_it_is_sent_again(service: Service, operator: StaffBrowser) -> None:
    intent = IntentRow(id=uuid7(), kind="sms.send", reference="r-1", body={}, state="dead", attempts=9, error="x")
    await plant(service, intent)
    assert (await operator.press(f"/items/intents/{intent.id}/retry", reason="operator is back")).status_code == 303
    (row,) = await rows(service, sa.select(IntentRow))
    assert (row.state, row.attempts) == ("unknown", 0)
    refused = await operator.press(f"/items/intents/{intent.id}/discard", reason="not wanted")
    assert (refused.status_code, "cannot be discarded" in refused.text) == (422, True)


async def test_a_dead_deadline_is_armed_again_unless_a_newer_one_is(service: Service, operator: StaffBrowser) -> None:
    due = service.clock.now() + timedelta(hours=1)
    dead = TimerRow(id=uuid7(), kind="k", subject="s", due_at=due, state="dead", attempts=9)
    await plant(service, dead, newer := TimerRow(id=uuid7(), kind="k", subject="s", due_at=due, state="armed"))
    path = f"/items/timers/{dead.id}/retry"
    assert (await operator.press(path, reason="try it again")).status_code == 409
    async with service.database.transaction(SIGHT) as session:
        await session.execute(sa.update(TimerRow).where(TimerRow.id == newer.id).values(state="disarmed"))
    assert (await operator.press(path, reason="try it again")).status_code == 303


async def test_a_form_of_another_session_does_nothing(service: Service, operator: StaffBrowser) -> None:
    event = dead_event()
    await plant(service, event)
    operator.guard = "forged"
    answer = await operator.press(f"/items/inbox/{event.event_id}/discard", reason="because I can")
    assert answer.status_code == 403
    (row,) = await rows(service, sa.select(InboxRow))
    assert row.state == "dead"


async def test_anything_is_found_by_any_id_and_shows_its_timeline(
    service: Service, operator: StaffBrowser, paper: uuid.UUID
) -> None:
    (filed,) = await rows(service, sa.select(Paper))
    found = await operator.press("/find", wanted=filed.reference.lower())
    assert f"/ops/sample/en/items/{paper}" in found.text
    page = await operator.page(f"/items/{paper}")
    assert "support.ticket.opened.v1" in page
    assert PERSON not in page
    assert "Nothing in this service has that id." in (await operator.press("/find", wanted=str(uuid7()))).text
    assert (await operator.http.get(f"/ops/sample/en/items/{uuid7()}")).status_code == 404


async def test_a_section_lists_opens_and_acts(
    service: Service, mint: TokenMint, reviewer: StaffBrowser, paper: uuid.UUID
) -> None:
    assert f"/papers/{paper}" in await reviewer.links("/papers")
    assert "a paper" in await reviewer.page(f"/papers/{paper}")
    answer = await reviewer.press(f"/papers/{paper}/tear", reason="it is a copy")
    assert answer.headers["location"] == "/ops/sample/en/papers?done=ops.done.sample.tear"
    assert "It is torn" in (await reviewer.http.get(answer.headers["location"])).text
    async with staff_browser(service, api(service, mint), mint, ME, {"operator": "main"}) as operator:
        timeline = await operator.page(f"/items/{paper}")
        assert "tear → torn" in timeline
        assert "paper.tear · reviewer" in timeline
        assert "it is a copy" in timeline
    again = await reviewer.press(f"/papers/{paper}/tear", reason="it is a copy")
    assert (again.status_code, "This step is not open now" in again.text) == (409, True)


async def test_what_nobody_foresaw_is_a_page_without_a_word_about_its_inside(
    reviewer: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr(section, "page_of", fail)
    answer = await reviewer.http.get("/ops/sample/en/papers")
    assert (answer.status_code, "Something went wrong" in answer.text) == (500, True)
    assert "secret inside" not in answer.text


@pytest.mark.parametrize("path", ["/ops/sample/en", "/ops/sample/ar/dead", "/ops/sample/en/nothing"])
async def test_every_page_is_strict_and_says_its_language(operator: StaffBrowser, path: str) -> None:
    answer = await operator.http.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-language"] == path.split("/")[3]
    assert not re.findall(r"<script|style=|javascript:|https?://", answer.text)


async def test_of_the_ops_door_only_what_other_services_ask_is_in_the_contract(
    service: Service, mint: TokenMint
) -> None:
    assert [path for path in api(service, mint).openapi()["paths"] if path.startswith("/ops")] == ["/ops/sample/errand"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1000190007", "•••"),
        ("+966501190007", "•••"),
        ("محمد", "•••"),
        ("Mona A", "•••"),
        ("in_review", "in_review"),
        (True, "True"),
        ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z"),
        ({"person": "x"}, "•••"),
    ],
)
def test_values_that_may_be_personal_are_masked(value: Any, shown: str) -> None:
    assert masked(value) == shown


def test_every_text_a_template_says_is_in_the_catalogue() -> None:
    texts = Texts("chassis")
    said = set()
    for template in resources.files("chassis.ops").joinpath("pages").iterdir():
        said |= set(re.findall(r'say\("([a-z.-]+)"[,)]', template.read_text(encoding="utf-8")))
    assert len(said) > 30
    assert said - texts.keys() == set()
