"""The specialists' desk on real rows: take, open, return, process; nothing about people before a ticket is taken."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
import sqlalchemy as sa

from chassis.audit.rows import LookRow
from chassis.authority import Principal
from chassis.clock import Clock
from chassis.database import Sight
from chassis.testing.desk import StaffBrowser, staff_browser
from chassis.testing.tokens import TokenMint
from support.actions.open import Request, open_ticket
from support.app import create_api
from support.domain.ticket import Category
from support.models import Message, Ticket
from support.settings import SupportSettings
from support.wiring import Support, create_service

SIGHT = Sight.system("test")
APPLICANT = Principal("1000190007", "citizen", "s", "portal")
SECRET_WORDS = "my gate number is seven"


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[Support]:
    database = await databases("support")
    settings = SupportSettings(environment="test", database_url=database.run_dsn, owner_database_url=database.owner_dsn)
    made = create_service(settings, Clock(sandbox=True))
    yield made
    await made.close()


@pytest_asyncio.fixture
async def ticket(service: Support) -> Ticket:
    asked = Request("passport", Category.ENQUIRY, SECRET_WORDS, "en", None)
    async with service.database.transaction(APPLICANT.sight, now=service.clock.now()) as session:
        return await open_ticket(service, session, APPLICANT, asked)


@pytest_asyncio.fixture
async def desk(service: Support, mint: TokenMint) -> AsyncIterator[StaffBrowser]:
    async with staff_browser(service, create_api(service, mint.verifier()), mint, "S-1", {"officer": "main"}) as it:
        yield it


async def _one(service: Support, statement: Any) -> Any:
    async with service.database.transaction(SIGHT) as session:
        return await session.scalar(statement)


async def test_the_work_list_shows_nothing_about_people_and_opens_only_what_is_taken(
    service: Support, desk: StaffBrowser, ticket: Ticket
) -> None:
    listed = await desk.page("/work-list")
    assert ticket.reference in listed
    assert SECRET_WORDS not in listed
    assert APPLICANT.subject not in listed
    assert (await desk.http.get(f"/ops/support/en/tickets/{ticket.id}")).status_code == 404
    assert (await desk.press(f"/tickets/{ticket.id}/take")).status_code == 303
    assert SECRET_WORDS in await desk.page(f"/tickets/{ticket.id}")
    assert await _one(service, sa.select(sa.func.count()).select_from(LookRow)) >= 1


async def test_a_specialist_answers_once_however_often_the_form_is_sent(
    service: Support, desk: StaffBrowser, ticket: Ticket
) -> None:
    await desk.press(f"/tickets/{ticket.id}/take")
    said = {"text": "please send a clearer copy", "once": "the same form"}
    answers = [await desk.press(f"/tickets/{ticket.id}/return", **said) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {
        "/ops/support/en/work-list?done=ops.done.support.return"
    }
    written = sa.select(sa.func.count()).select_from(Message).where(Message.author == "specialist")
    assert await _one(service, written) == 1
    assert await _one(service, sa.select(Ticket.status)) == "returned_to_applicant"


async def test_another_specialists_ticket_is_not_opened(
    service: Support, desk: StaffBrowser, mint: TokenMint, ticket: Ticket
) -> None:
    await desk.press(f"/tickets/{ticket.id}/take")
    async with staff_browser(service, create_api(service, mint.verifier()), mint, "S-2", {"officer": "main"}) as other:
        assert "another's" in await other.page("/work-list")
        assert (await other.press(f"/tickets/{ticket.id}/take")).status_code == 409
        assert (await other.http.get(f"/ops/support/en/tickets/{ticket.id}")).status_code == 404
        refused = await other.press(f"/tickets/{ticket.id}/process", text="done by somebody else")
        assert (refused.status_code, "Take the ticket from the work list first" in refused.text) == (409, True)
        stated = {"kind": "supervision", "reason": "a complaint about this specialist"}
        assert (await other.press("/records/open", name=ticket.reference, **stated)).status_code == 303
        opened = await other.page(f"/tickets/{ticket.id}")
        assert SECRET_WORDS in opened
        assert f"/tickets/{ticket.id}/process" not in opened, "a stated reason gives sight and no moves"
        refused = await other.press(f"/tickets/{ticket.id}/process", text="done by somebody else")
        assert refused.status_code == 409
    purposes = sa.select(sa.func.string_agg(LookRow.purpose, sa.text("' ' order by seq"))).where(LookRow.actor == "S-2")
    assert await _one(service, purposes) == "reason-supervision stated-reason"


async def test_a_verb_the_desk_does_not_know_is_not_there(desk: StaffBrowser, ticket: Ticket) -> None:
    assert (await desk.press(f"/tickets/{ticket.id}/confirm", text="for the applicant")).status_code == 404
    assert (await desk.press(f"/tickets/{uuid.uuid4()}/take")).status_code == 404


async def test_the_overview_counts_what_nobody_has_taken(desk: StaffBrowser, ticket: Ticket) -> None:
    before = await desk.page()
    assert "Tickets nobody has taken" in before
    assert "not known" not in before
    await desk.press(f"/tickets/{ticket.id}/take")
    assert (await desk.page()) != before
