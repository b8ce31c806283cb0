"""From opening to closing, and whatever is refused on the way."""

import asyncio
import uuid

import pytest
import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.models import CaseMoveRow, IdempotencyRow
from support.models import Message, Ticket

# tests-e2e plays the same over the gateway and the other services.


async def test_a_blocked_renewals_ticket_is_returned_answered_processed_and_confirmed(house):
    case = uuid.uuid4()
    await house.block(case)
    ticket = await house.open(case_id=str(case), category="administrative_block")
    assert (ticket["missing"], ticket["case_is_verified"]) == (["fines_are_paid", "passport_is_valid"], True)
    assert ticket["case_reference"] == "IQR-7K3M-Q9RT-2XWA"
    assert ticket["reference"].startswith("TWS-")
    turns = []
    for verb in ("take", "return", "answer", "resume", "process", "confirm"):
        shown = await house.did(ticket, verb)
        turns.append((verb, shown["status"], shown["turn"]))
    assert turns == [
        ("take", "under_processing", "us"),
        ("return", "returned_to_applicant", "you"),
        ("answer", "returned_from_applicant", "us"),
        ("resume", "under_processing", "us"),
        ("process", "processed", "you"),
        ("confirm", "closed", "nobody"),
    ]
    assert [message["author"] for message in shown["messages"]] == [
        "applicant",
        "specialist",
        "applicant",
        "specialist",
    ]
    assert (shown["rating"], shown["actions"]) == (5, [])
    assert await house.said() == [
        "support.ticket.opened.v1",
        "support.ticket.returned.v1",
        "support.ticket.processed.v1",
        "support.ticket.closed.v1",
    ]


async def test_every_act_is_written_down_with_who_did_it_and_by_which_rules(house):
    ticket = await house.open()
    await house.did(ticket, "take", "return", "answer")
    acts = await house.rows(sa.select(ActRow).order_by(ActRow.id))
    assert [(act.action, act.actor) for act in acts] == [
        ("ticket.open", "1000190007"),
        ("ticket.return", "S1001"),
        ("ticket.answer", "1000190007"),
    ]
    assert "support.ticket.promise_working_days" in acts[0].rules
    assert "calendar.holidays" in acts[2].rules


async def test_what_people_write_is_nowhere_readable_in_the_database(house):
    secret = "gate seven, ask for the blue door"
    ticket = await house.open(description=secret)
    await house.did(ticket, "take")
    await house.act(ticket, "return", house.staff(), text=secret)
    for table in ("tickets", "messages", "case_moves", "acts", "outbox"):
        rows = await house.rows(sa.text(f"select to_jsonb(t)::text from {table} t"))
        assert rows
        assert not [row for row in rows if "blue door" in row], table


@pytest.mark.parametrize("how", ["get", "answer", "confirm", "attachments"])
async def test_someone_elses_ticket_is_answered_like_one_that_is_not_there(house, how):
    ticket = await house.open()
    answers = []
    for each in (ticket, {"id": str(uuid.uuid4())}):
        if how == "get":
            answer = await house.get(f"/v1/tickets/{each['id']}", by=house.person("1000190015"))
        elif how == "attachments":
            answer = await house.attach(each, ("a.png", b"x"), by="1000190015")
        else:
            body = {"text": "mine"} if how == "answer" else {"rating": 1}
            answer = await house.act(each, how, house.person("1000190015"), **body)
        answers.append(
            (answer.status_code, {k: v for k, v in answer.json().items() if k not in ("request_id", "instance")})
        )
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


async def test_a_relation_to_the_applicant_opens_no_ticket(house):
    ticket = await house.open()
    for relation in ("household_head", "sponsor"):
        await house.relate(relation, "1000190015", "1000190007")
    assert (await house.get(f"/v1/tickets/{ticket['id']}", by=house.person("1000190015"))).status_code == 404
    assert (await house.get("/v1/tickets", by=house.person("1000190015"))).json()["items"] == []


async def test_no_sixth_ticket_is_open_at_once_however_many_are_sent_together(house):
    body = {"service": "other", "category": "enquiry", "description": "?"}

    async def send() -> int:
        while True:
            answer = await house.post("/v1/tickets", body, by=house.person())
            if answer.status_code in (201, 429):
                return answer.status_code
            assert answer.status_code in (409, 503), answer.text  # a busy machine: nothing was done, try again

    answers = await asyncio.gather(*(send() for _ in range(12)))
    assert sorted(answers) == [201] * 5 + [429] * 7
    assert await house.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 5


async def test_no_eleventh_ticket_is_opened_on_one_day(house):
    for _ in range(10):
        ticket = await house.open()
        await house.did(ticket, "take", "reject")
    body = {"service": "other", "category": "enquiry", "description": "?"}
    refused = await house.post("/v1/tickets", body, by=house.person())
    assert (refused.status_code, refused.json()["slug"]) == (429, "too-many-tickets")
    assert refused.headers["retry-after"]


async def test_two_specialists_take_one_ticket_and_one_has_it(house):
    ticket = await house.open()
    answers = await asyncio.gather(*(house.act(ticket, "take", house.staff(each)) for each in ("S1001", "S1002")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner, loser = ("S1001", "S1002") if answers[0].status_code == 200 else ("S1002", "S1001")
    assert (await house.get(f"/v1/tickets/{ticket['id']}", by=house.staff(loser))).status_code == 404
    refused = await house.act(ticket, "process", house.staff(loser), text="done")
    assert (refused.status_code, refused.json()["slug"]) == (409, "requirements-missing")
    assert (await house.act(ticket, "release", house.staff(winner))).status_code == 204
    assert (await house.act(ticket, "take", house.staff(loser))).status_code == 200


async def test_the_specialists_door_is_shut_for_everybody_else(house):
    ticket = await house.open()
    for by in (house.person(), house.staff("S9999")):
        for verb, body in (("take", {}), ("process", {"text": "x"}), ("return", {"text": "x"})):
            assert (await house.act(ticket, verb, by, **body)).status_code == 403
        assert (await house.get("/v1/tickets/work-list", by=by)).status_code == 403
    assert (await house.api.get("/v1/tickets")).status_code == 401


async def test_the_work_list_tells_nothing_about_people(house):
    await house.open(description="a thing only I know")
    listed = (await house.get("/v1/tickets/work-list", by=house.staff())).text
    assert "only I know" not in listed
    assert "1000190007" not in listed


async def test_a_closed_ticket_does_not_change(house):
    ticket = await house.open()
    await house.did(ticket, "take", "process", "confirm")
    before = await house.rows(sa.text("select to_jsonb(t)::text from tickets t"))
    for verb, by, body in (
        ("answer", house.person(), {"text": "more"}),
        ("confirm", house.person(), {"rating": 1}),
        ("take", house.staff(), {}),
        ("process", house.staff(), {"text": "more"}),
        ("reject", house.staff(), {"text": "more"}),
    ):
        assert (await house.act(ticket, verb, by, **body)).status_code in (404, 409)
    late = await house.attach(ticket, ("a.png", b"x"))
    assert (late.status_code, late.json()["slug"]) == (409, "ticket-not-open")
    assert await house.rows(sa.text("select to_jsonb(t)::text from tickets t")) == before
    assert await house.scalar(sa.select(sa.func.count()).select_from(Message)) == 2


async def test_a_list_goes_on_where_it_stopped(house):
    opened = [(await house.open())["id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = (await house.get(f"/v1/tickets{query}", by=house.person())).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == opened[::-1]
    assert (await house.get("/v1/tickets?cursor=nonsense", by=house.person())).status_code == 422


async def test_the_same_request_twice_opens_one_ticket(house):
    body = {"service": "other", "category": "enquiry", "description": "?"}
    first = await house.post("/v1/tickets", body, by=house.person(), key="one")
    again = await house.post("/v1/tickets", body, by=house.person(), key="one")
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    other = await house.post("/v1/tickets", {**body, "description": "!"}, by=house.person(), key="one")
    assert other.json()["slug"] == "idempotency-key-reused"
    missing = await house.api.post("/v1/tickets", json=body, headers=house.person())
    assert missing.json()["slug"] == "idempotency-key-missing"
    assert await house.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1
    assert await house.scalar(sa.select(sa.func.count()).select_from(IdempotencyRow)) == 1


async def test_a_stale_decision_changes_nothing(house):
    ticket = await house.open()
    await house.did(ticket, "take", "process")
    refused = await house.act(ticket, "return", house.staff(), text="one more thing")
    assert (refused.status_code, refused.json()["slug"]) == (409, "move-not-open")
    assert await house.rows(sa.select(CaseMoveRow.action).order_by(CaseMoveRow.id)) == ["process"]


@pytest.mark.parametrize(
    "bad",
    [
        {"description": ""},
        {"description": "x" * 4001},
        {"category": "complaint"},
        {"service": "../passport"},
        {"language": "fr"},
        {"case_id": "1 or 1=1"},
        {"status": "closed"},
        {"person": "1000190015"},
    ],
)
async def test_what_does_not_fit_is_refused_in_two_languages(house, bad):
    body = {"service": "other", "category": "enquiry", "description": "?", **bad}
    refused = await house.post("/v1/tickets", body, by=house.person())
    assert refused.status_code == 422, refused.text
    assert "1000190015" not in refused.text
    assert await house.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0


async def test_any_characters_can_be_written(house):
    odd = "\u0000 \u202e ' ; drop table tickets; -- <script> {{7*7}} \U0001f6c2 ١٢٣"
    ticket = await house.open(description=odd)
    shown = (await house.get(f"/v1/tickets/{ticket['id']}", by=house.person())).json()
    assert shown["description"] == odd
    await house.did(ticket, "take")
    assert (await house.act(ticket, "return", house.staff(), text=odd)).status_code == 200
