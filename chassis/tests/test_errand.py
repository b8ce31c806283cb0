"""One errand over all services: each is asked for its part with the operator's token, and who does not answer is named."""

import re
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sample import desk as section
from sample.papers import Paper, create_api
from tests_support import SIGHT, rows

from chassis.audit.rows import ActRow
from chassis.http.app import create_app, wrapped
from chassis.http.client import HttpClient
from chassis.identifiers import uuid7
from chassis.models import InboxRow, IntentRow, OutboxRow
from chassis.ops import errand_page
from chassis.ops.errand import name_in
from chassis.testing.desk import StaffBrowser, staff_browser
from chassis.testing.tokens import TokenMint
from chassis.wiring import Service

PERSON, TRACE = "1000000008", "0af7651916cd43dd8448eb211c80319c"
Answers = Callable[[httpx2.Request], httpx2.Response]


class Neighbours:
    """The other services as the gateway would reach them: one knows the errand, one is away, one refuses, the rest know nothing."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.asked: dict[str, list[list[str]]] = {}
        self.tokens: set[str] = set()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        service, names = request.url.path.split("/")[2], orjson.loads(request.content)["names"]
        self.asked.setdefault(service, []).append(names)
        self.tokens.add(request.headers["authorization"])
        if service == "notify":
            raise httpx2.ConnectError("nobody there")
        if service == "support":
            return httpx2.Response(403, json={"slug": "role-needed"})
        steps: list[dict[str, Any]] = []
        if service == "delivery" and TRACE in names:
            step = {
                "at": "2026-11-22T08:00:00Z",
                "what": "move",
                "code": "pack → packed",
                "note": "clerk",
                "tone": "good",
            }
            steps.append({**step, "at": "2020-01-01T00:00:00Z"})
        part = {"service": service, "steps": steps, "names": ["SHP-7K3M-Q9RT-2XWA"] if steps else []}
        return httpx2.Response(200, json=part)


def api(service: Service, mint: TokenMint, gateway: HttpClient | None = None) -> Any:
    made = section.create_ops(service, gateway=gateway)
    return create_app(service, [made], title="Sample", summary="For tests", verifier=mint.verifier())


@pytest_asyncio.fixture
async def paper(service: Service, mint: TokenMint) -> Paper:
    """A paper filed in a request that was traced; what came of it bears the trace, and a text went out."""
    transport = httpx2.ASGITransport(app=wrapped(create_api(service, mint.verifier())))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        headers = {"Idempotency-Key": "k", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        await http.post("/v1/papers", json={"title": "a paper"}, headers=mint.bearer(PERSON) | headers)
    (filed,) = await rows(service, sa.select(Paper))
    async with service.database.transaction(SIGHT) as session:
        traced = f"00-{TRACE}-b7ad6b7169203332-01"
        session.add(
            IntentRow(
                id=uuid7(), kind="send_text", reference="T-1", body={"to": PERSON}, state="done", traceparent=traced
            )
        )
        session.add(
            InboxRow(
                event_id=uuid7(), type="support.ticket.opened.v1", aggregate=f"support.ticket:{uuid7()}", version=1,
                state="applied", traceparent=traced, attempts=0,
            )
        )  # fmt: skip
    found: Paper = filed
    return found


@pytest_asyncio.fixture
async def neighbours(service: Service, paper: Paper) -> Neighbours:
    return Neighbours(paper.reference)


@pytest_asyncio.fixture
async def operator(service: Service, mint: TokenMint, neighbours: Neighbours) -> AsyncIterator[StaffBrowser]:
    gateway = HttpClient("gateway", "http://gateway", transport=httpx2.MockTransport(neighbours))
    async with staff_browser(service, api(service, mint, gateway), mint, "S-1", {"operator": "main"}) as browser:
        yield browser


async def test_an_errand_is_one_timeline_over_all_services_and_who_is_away_is_named(
    service: Service, operator: StaffBrowser, paper: Paper, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await operator.press("/errand", wanted=f" {paper.reference.lower()} ")
    page = re.sub(r"\s+", " ", answer.text)
    assert answer.status_code == 200
    # Its own part, and the neighbour's, which it learnt of by the trace of the first round.
    steps = re.findall(r'<b>(\w+)</b> · ([\w ]+) <bdi class="code" dir="ltr">([^<]+)</bdi>', page)
    assert steps[0] == ("delivery", "Move", "pack → packed")
    assert {
        ("sample", "Event out", "support.ticket.opened.v1"),
        ("sample", "Event in", "support.ticket.opened.v1"),
    } < set(steps)
    assert ("sample", "Order to an outside body", "send_text") in steps
    assert neighbours.asked["delivery"][0] == [paper.reference]
    assert {paper.reference, str(paper.id), TRACE} <= set(neighbours.asked["delivery"][1])
    # Nobody is passed over in silence, and nothing is zero that is not known.
    assert re.search(r"notify</th> <td><span class=\"state bad\">Not answering", page)
    assert re.search(r"support</th> <td><span class=\"state slow\">Your role", page)
    assert page.count("not known") == 2
    assert PERSON not in page
    assert len(neighbours.tokens) == 1
    acts = await rows(service, sa.select(ActRow).where(ActRow.action == "errand.read"))
    assert {(each.actor, each.standing, each.person, each.object) for each in acts} == {
        ("S-1", "operator", "nobody", paper.reference)
    }
    monkeypatch.setattr(errand_page, "BUDGET_S", errand_page.ENOUGH_S)
    busy = (await operator.press("/errand", wanted=paper.reference)).text
    assert ("The services are busy" in busy, "support.ticket.opened.v1" in busy) == (True, True)
    monkeypatch.undo()
    nothing = await operator.press("/errand", wanted=PERSON)
    assert "neither a reference nor an id" in nothing.text
    assert PERSON not in nothing.text
    for language in ("ar", "en"):
        shown = await operator.press("/errand", language=language, wanted=str(paper.id))
        assert (shown.status_code, "support.ticket.opened.v1" in shown.text) == (200, True)


async def test_a_service_answers_for_its_part_to_operators_only(
    service: Service, mint: TokenMint, operator: StaffBrowser, paper: Paper
) -> None:
    async def ask(headers: dict[str, str], *names: str, **more: Any) -> httpx2.Response:
        return await operator.http.post("/ops/sample/errand", json={"names": list(names), **more}, headers=headers)

    told = (await ask(mint.bearer("S-1", kind="staff"), paper.reference)).json()
    assert {each["what"] for each in told["steps"]} >= {"outbox", "inbox", "intents"}
    assert {paper.reference, str(paper.id), TRACE} == set(told["names"])
    by_trace = (await ask(mint.bearer("S-1", kind="staff"), TRACE)).json()
    assert {(each["what"], each["code"]) for each in by_trace["steps"]} >= {
        ("outbox", "support.ticket.opened.v1"), ("intents", "send_text"),
    }  # fmt: skip
    assert PERSON not in str(told) + str(by_trace)
    nothing = (await ask(mint.bearer("S-1", kind="staff"), PERSON, str(uuid.uuid4()))).json()
    assert (nothing["steps"], nothing["names"]) == ([], [])
    for headers in (mint.bearer(PERSON), mint.bearer("S-9", kind="staff")):
        assert (await ask(headers, paper.reference)).status_code == 403
    assert (await ask({}, paper.reference)).status_code == 401
    assert (await ask(mint.bearer("S-1", kind="staff"), paper.reference, role="operator")).status_code == 422
    assert (await ask(mint.bearer("S-1", kind="staff"), *["x" * 65])).status_code == 422
    assert len(await rows(service, sa.select(OutboxRow))) == 1


def test_only_what_names_an_errand_is_asked_for() -> None:
    assert name_in(" jwz-7k3m-q9rt-2xwa ") is None or name_in(" jwz-7k3m-q9rt-2xwa ") == "JWZ-7K3M-Q9RT-2XWA"
    assert name_in("0190F0A0-7A61-777A-8A00-000000000001") == "0190f0a0-7a61-777a-8a00-000000000001"
    assert name_in(TRACE.upper()) == TRACE
    for nothing in ("", PERSON, "+966501190007", "مها", "0190f0a0", TRACE + "0", "JWZ-7K3M-Q9RT-2XWB'--"):
        assert name_in(nothing) is None
