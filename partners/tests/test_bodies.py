"""The other bodies, faults on demand, the movable clock, pages, and what exists in development only."""

import asyncio
import time

import httpx2
import pytest
from pydantic import AwareDatetime

from chassis.clock import Clock
from chassis.http.client import HttpClient
from partners.body import Answer, Body, Garbled, Refused, Unreachable
from partners.simulators.app import create_simulators
from partners.simulators.magic import table
from partners.simulators.settings import PartnersSettings
from partners.testing import ORDINARY, Bodies, magic

WORKER = magic("001", kind="2", place=9)


async def test_labour_health_and_insurance_know_a_worker(bodies: Bodies):
    permit = await bodies.labour.work_permit(WORKER)
    assert permit.permit
    assert permit.permit.employer == (await bodies.registry.person(WORKER)).sponsor
    report = (await bodies.health.medical_report(WORKER)).report
    assert report
    assert report.result == "fit"
    policy = (await bodies.insurance.policy(WORKER)).policy
    assert policy
    assert policy.valid_from < policy.expires_on


async def test_magic_workers_lack_what_their_number_says(bodies: Bodies):
    assert (await bodies.insurance.policy(magic("906", kind="2", place=9))).policy is None
    assert (await bodies.health.medical_report(magic("907", kind="2", place=9))).report.result == "unfit"
    answer = await bodies.labour.work_permit(magic("908", kind="2", place=9))
    assert (answer.permit, answer.required) == (None, True)


async def test_a_domestic_worker_needs_no_permit(bodies: Bodies):
    worker = (await bodies.registry.person(magic("900"))).workers[0]
    answer = await bodies.labour.work_permit(worker)
    assert (answer.permit, answer.required) == (None, False)


async def test_a_fine_is_gone_when_it_was_paid_at_the_bank(bodies: Bodies):
    person = magic("903")
    dues = await bodies.dues.dues(person)
    assert dues.of("traffic_violation")
    assert dues.total_minor == 15_000
    assert dues.dues[0].title.ar == "مخالفة مرورية"
    paid = await bodies.web.post("/bank/dues", json={"person": person})
    assert paid.json()["paid"] == 1
    assert (await bodies.dues.dues(person)).dues == ()
    assert (await bodies.web.post("/bank/dues", json={"person": person})).json()["paid"] == 0
    assert (await bodies.dues.dues(ORDINARY)).dues == ()


async def test_the_levy_is_counted_by_dependants_and_paid_apart_from_fines(bodies: Bodies):
    head = magic("920", kind="2")
    levy = await bodies.dues.levy(head)
    assert (levy.months_owed, levy.dependants, levy.amount_minor) == (3, 3, 3 * 3 * 40_000)
    assert len((await bodies.registry.person(head)).dependants) == 3
    await bodies.web.post("/bank/dues", json={"person": head, "what": "dues"})
    assert (await bodies.dues.levy(head)).months_owed == 3
    await bodies.web.post("/bank/dues", json={"person": head, "what": "levy"})
    assert (await bodies.dues.levy(head)).months_owed == 0
    assert (await bodies.dues.levy(magic("920", kind="2", place=9))).months_owed == 0


async def test_who_left_is_outside_and_who_came_back_is_inside(bodies: Bodies):
    assert (await bodies.ports.movements(ORDINARY)).last_exit is None
    await bodies.control("ports/movements", person=ORDINARY, kind="exit")
    moved = await bodies.ports.movements(ORDINARY)
    assert moved.last_exit
    assert (moved.last_entry, moved.inside_kingdom) == (None, False)
    assert not (await bodies.registry.person(ORDINARY)).inside_kingdom
    await bodies.control("ports/movements", person=ORDINARY, kind="entry")
    assert (await bodies.registry.person(ORDINARY)).inside_kingdom
    assert not (await bodies.registry.person(magic("902"))).inside_kingdom


async def test_the_registry_of_a_magic_person_is_slow_down_or_fails_once(open_bodies):
    bodies: Bodies = await open_bodies(total_s=1.0)
    # A look is repeatable: the client's own second try already finds the registry working again.
    assert (await bodies.registry.person(magic("913"))).alive
    with pytest.raises(Unreachable):
        await bodies.registry.person(magic("911"))
    with pytest.raises(Unreachable):
        await bodies.registry.person(magic("912"))
    for ask in (bodies.labour.work_permit, bodies.health.medical_report, bodies.insurance.policy, bodies.dues.dues):
        with pytest.raises(Unreachable):
            await ask(magic("927", kind="2", place=9))


async def test_a_scripted_fault_ends_after_its_count_or_its_time(bodies: Bodies):
    await bodies.control("faults", body="payments", kind="down", count=2)
    acts = [bodies.payments.reserve(f"sequence-{i}", ORDINARY, "37", 100) for i in range(3)]
    results = [await asyncio.gather(act, return_exceptions=True) for act in acts]
    assert [isinstance(result[0], Unreachable) for result in results] == [True, True, False]
    await bodies.control("faults", body="payments", kind="error", seconds=2)
    with pytest.raises(Unreachable):
        await bodies.payments.reserve("sequence-8", ORDINARY, "37", 100)
    await asyncio.sleep(2)
    await bodies.payments.reserve("sequence-8", ORDINARY, "37", 100)


async def test_a_slow_body_is_slow_and_a_cleared_one_is_not(bodies: Bodies):
    await bodies.control("faults", body="registry", kind="slow", slow_seconds=2, count=5)
    began = time.monotonic()
    await bodies.registry.person(ORDINARY)
    assert time.monotonic() - began >= 2
    (await bodies.web.delete("/control/faults")).raise_for_status()
    began = time.monotonic()
    await bodies.registry.person(ORDINARY)
    assert time.monotonic() - began < 2


async def test_the_clock_moves_forward_only_and_for_everybody(bodies: Bodies):
    before = bodies.clock.now()
    told = (await bodies.control("clock", advance_seconds=3600)).json()
    assert told["ahead_seconds"] == 3600
    assert (bodies.clock.now() - before).total_seconds() >= 3600
    assert (await bodies.registry.person(ORDINARY)).answered_at >= before.replace(tzinfo=before.tzinfo)
    assert (await bodies.control("clock", advance_seconds=-1)).status_code == 422
    assert (await bodies.web.get("/control/clock")).json()["ahead_seconds"] == 3600


async def test_outside_development_there_is_no_control_no_bank_and_no_page():
    settings = PartnersSettings(environment="production", database_url="postgresql://127.0.0.1:9/none")
    simulators = create_simulators(settings, Clock())
    assert not [path for path in simulators.routes() if path.startswith(("/control", "/bank"))]
    transport = httpx2.ASGITransport(app=simulators.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://bodies") as web:
        for path in ("/control/clock", "/control/sms", "/phones", "/bank", "/"):
            assert (await web.get(path)).status_code == 404
        assert (await web.post("/control/clock", json={"advance_seconds": 1})).status_code == 404
    await simulators.world.database.close()


async def test_what_changed_survives_a_restart_and_the_world_began_once(open_bodies, databases):
    first: Bodies = await open_bodies()
    await first.deposit(ORDINARY, "37", 30_000)
    before = await first.registry.person(ORDINARY)
    await first.control("clock", advance_seconds=40 * 86_400)
    clock = Clock(sandbox=True)
    again = create_simulators(first.simulators.world.settings, clock)
    await again.start()
    assert clock.ahead == first.clock.ahead
    other = type(first.registry).at(again.url("registry"))
    assert (await other.person(ORDINARY)).born_on == before.born_on
    payments = type(first.payments).at(again.url("payments"))
    assert (await payments.balance(ORDINARY, "37")).available_minor == table().start.balance_minor + 30_000
    await other.close()
    await payments.close()
    await again.stop()


@pytest.mark.parametrize("lang", ["ar", "en"])
@pytest.mark.parametrize("path", ["/", "/bank", "/phones", "/mailbox", "/courier"])
async def test_pages_are_whole_in_both_languages_without_a_script(bodies: Bodies, path: str, lang: str):
    await bodies.sms.send("notice-0001", "+966501234567", "رسالة <b>")
    await bodies.mail.send("notice-0001", "person@example.com", "subject <b>", "text")
    address = (await bodies.post.addresses(ORDINARY)).addresses[0].short_address
    await bodies.post.order(
        "reference-1", person=ORDINARY, recipient="<b>", short_address=address, mobile="+966501234567"
    )
    page = await bodies.web.get(path, params={"lang": lang})
    assert page.status_code == 200
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in page.text
    assert "<script" not in page.text
    assert "<b>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_money_is_deposited_and_fines_are_paid_on_the_bank_page(bodies: Bodies):
    form = {"person": magic("903"), "service_code": "37", "amount": "٣٠٠٫٥٠", "act": "deposit"}
    page = await bodies.web.post("/bank?lang=en", data=form)
    assert "300.50" in page.text
    balance = await bodies.payments.balance(magic("903"), "37")
    assert balance.available_minor == table().start.balance_minor + 30_050
    assert "1" in (await bodies.web.post("/bank?lang=en", data={**form, "act": "dues"})).text
    assert (await bodies.dues.dues(magic("903"))).dues == ()
    for wrong in ("", "-5", "0", "1.005", "NaN", "Infinity", "1e400", "x"):
        page = await bodies.web.post("/bank?lang=en", data={**form, "amount": wrong})
        assert page.status_code == 200
        assert "above zero" in page.text, wrong
    page = await bodies.web.post("/bank?lang=en", data={**form, "person": "1234567890"})
    assert "Nobody has this number" in page.text
    assert (await bodies.payments.balance(magic("903"), "37")).available_minor == balance.available_minor


async def test_an_item_is_scanned_on_the_couriers_page(bodies: Bodies):
    address = (await bodies.post.addresses(ORDINARY)).addresses[0].short_address
    order = await bodies.post.order(
        "reference-1", person=ORDINARY, recipient="KHALID", short_address=address, mobile="+966501234567"
    )
    page = await bodies.web.post("/courier?lang=en", data={"s10": order.s10, "kind": "at_branch"})
    assert "At the branch" in page.text
    found = (await bodies.post.find_order("reference-1")).order
    assert found
    assert found.last_scan == "at_branch"


class Told(Answer):
    value: int
    since: AwareDatetime | None = None


class Anybody(Body):
    name = "anybody"

    async def ask(self) -> Told:
        return await self._look("/x", {}, Told)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"not json"),
        (200, b'{"reference": "r", "value": 1}'),
        (200, b'{"reference": "r", "answered_at": "2026-01-01T00:00:00", "value": 1}'),
        (200, b'{"reference": "r", "answered_at": "2026-01-01T00:00:00Z", "value": "1000000008"}x'),
        (404, b"<html>not here</html>"),
    ],
)
async def test_an_answer_that_is_not_the_wire_is_an_unknown_outcome_without_personal_data(status: int, content: bytes):
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=content))
    client = Anybody(HttpClient("anybody", "http://anybody", transport=transport))
    with pytest.raises(Garbled) as garbled:
        await client.ask()
    assert not garbled.value.never_sent
    assert "1000000008" not in str(garbled.value)
    await client.close()


async def test_a_refusal_is_read_with_its_details():
    body = b'{"slug": "no", "details": {"available_minor": 5}, "reference": "R-1"}'
    transport = httpx2.MockTransport(lambda _: httpx2.Response(409, content=body))
    client = Anybody(HttpClient("anybody", "http://anybody", transport=transport))
    with pytest.raises(Refused) as refused:
        await client.ask()
    assert (refused.value.slug, refused.value.details, refused.value.reference) == ("no", {"available_minor": 5}, "R-1")
    assert not refused.value.passing
    await client.close()


def test_every_magic_row_has_both_languages_and_its_own_code():
    rows = table()
    assert len({row.code for row in rows.person}) == len(rows.person)
    assert len({row.ending for row in rows.mobile}) == len(rows.mobile)
    for row in (*rows.person, *rows.mobile, *rows.mailbox):
        assert row.title.ar.strip()
        assert row.title.en.strip()
