"""Prepaid balances: one result per sequence, never below zero, and an unknown outcome that can be asked about."""

import asyncio
import contextlib

import pytest

from partners.body import Refused, Unreachable
from partners.payments import PaymentAct
from partners.simulators.magic import table
from partners.testing import ORDINARY, Bodies, magic

START = table().start.balance_minor
RENEWAL = "37"
PATIENCE = 5


async def refusal(work) -> Refused:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value


async def test_a_person_starts_with_too_little_and_pays_at_the_bank(bodies: Bodies):
    payments = bodies.payments
    assert START < 30_000
    no = await refusal(payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000))
    assert no.slug == "balance-too-low"
    assert no.details == {"available_minor": START, "asked_minor": 30_000}
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    act = await payments.reserve("sequence-2", ORDINARY, RENEWAL, 30_000)
    assert (act.kind, act.amount_minor, act.replayed) == ("reserve", 30_000, False)
    balance = await payments.balance(ORDINARY, RENEWAL)
    assert (balance.available_minor, balance.reserved_minor) == (START, 30_000)


async def test_a_balance_belongs_to_one_service_code(bodies: Bodies):
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    assert (await bodies.payments.balance(ORDINARY, "3")).available_minor == START


async def test_consumed_money_is_gone_and_released_money_is_back(bodies: Bodies):
    payments = bodies.payments
    await bodies.deposit(ORDINARY, RENEWAL, 60_000)
    await payments.reserve("reserve-one", ORDINARY, RENEWAL, 30_000)
    await payments.reserve("reserve-two", ORDINARY, RENEWAL, 30_000)
    await payments.consume("consume-one", "reserve-one")
    await payments.release("release-two", "reserve-two")
    balance = await payments.balance(ORDINARY, RENEWAL)
    assert (balance.available_minor, balance.reserved_minor) == (START + 30_000, 0)


async def test_a_reservation_is_settled_once(bodies: Bodies):
    payments = bodies.payments
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    await payments.reserve("reserve-one", ORDINARY, RENEWAL, 30_000)
    await payments.consume("consume-one", "reserve-one")
    no = await refusal(payments.release("release-one", "reserve-one"))
    assert (no.slug, no.details) == ("reservation-settled", {"by": "consume"})
    assert (await refusal(payments.consume("consume-two", "reserve-one"))).slug == "reservation-settled"
    assert (await refusal(payments.consume("consume-three", "nothing-like-it"))).slug == "reservation-unknown"
    assert (await payments.consume("consume-one", "reserve-one")).replayed


async def test_settling_twice_at_once_settles_once(bodies: Bodies):
    payments = bodies.payments
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    await payments.reserve("reserve-one", ORDINARY, RENEWAL, 30_000)
    tries = [payments.release(f"release-{i:02}", "reserve-one") for i in range(8)]
    tries += [payments.consume(f"consume-{i:02}", "reserve-one") for i in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, PaymentAct) for result in results) == 1
    balance = await payments.balance(ORDINARY, RENEWAL)
    assert balance.reserved_minor == 0
    assert balance.available_minor in (START, START + 30_000)


async def test_the_same_sequence_is_the_same_result_and_another_body_is_refused(bodies: Bodies):
    payments = bodies.payments
    await bodies.deposit(ORDINARY, RENEWAL, 90_000)
    first = await payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000)
    again = await payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000)
    assert again.replayed
    assert (again.reference, again.answered_at) == (first.reference, first.answered_at)
    assert (await refusal(payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_001))).slug == "sequence-reused"
    assert (await refusal(payments.refund("sequence-1", ORDINARY, RENEWAL, 30_000))).slug == "sequence-reused"
    assert (await payments.balance(ORDINARY, RENEWAL)).reserved_minor == 30_000


async def test_a_refused_sequence_stays_refused_when_the_balance_has_grown(bodies: Bodies):
    assert (await refusal(bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000))).slug == "balance-too-low"
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    assert (await refusal(bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000))).slug == "balance-too-low"
    assert (await bodies.payments.outcome("sequence-1")).outcome == "refused"


async def test_two_hundred_at_once_on_money_for_a_hundred_reserve_exactly_a_hundred(bodies: Bodies):
    await bodies.deposit(ORDINARY, RENEWAL, 100 * 500 - START)

    async def reserve(sequence: str) -> PaymentAct:
        for _ in range(PATIENCE):  # a sequence number may be sent again: what was done under it is answered
            with contextlib.suppress(Unreachable):
                return await bodies.payments.reserve(sequence, ORDINARY, RENEWAL, 500)
        raise TimeoutError(sequence)

    tries = [reserve(f"parallel-{i:03}") for i in range(200)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    done = [result for result in results if isinstance(result, PaymentAct)]
    slugs = {result.slug for result in results if isinstance(result, Refused)}
    assert not [result for result in results if isinstance(result, TimeoutError)]
    assert len(done) == 100
    assert slugs == {"balance-too-low"}
    balance = await bodies.payments.balance(ORDINARY, RENEWAL)
    assert (balance.available_minor, balance.reserved_minor) == (0, 50_000)


async def test_the_same_sequence_twenty_times_at_once_reserves_once(bodies: Bodies):
    await bodies.deposit(ORDINARY, RENEWAL, 60_000)
    results = await asyncio.gather(*[bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 100) for _ in range(20)])
    assert sum(not act.replayed for act in results) == 1
    assert (await bodies.payments.balance(ORDINARY, RENEWAL)).reserved_minor == 100


async def test_an_accepted_reservation_whose_answer_is_lost_is_found_by_its_sequence(bodies: Bodies):
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    await bodies.control("faults", body="payments", kind="drop_answer")
    with pytest.raises(Unreachable) as lost:
        await bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000)
    assert not lost.value.never_sent
    outcome = await bodies.payments.outcome("sequence-1")
    assert (outcome.outcome, outcome.kind, outcome.amount_minor) == ("done", "reserve", 30_000)
    assert (await bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000)).replayed
    assert (await bodies.payments.balance(ORDINARY, RENEWAL)).reserved_minor == 30_000


@pytest.mark.parametrize("kind", ["down", "error"])
async def test_a_reservation_that_failed_was_never_done(bodies: Bodies, kind: str):
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    await bodies.control("faults", body="payments", kind=kind)
    with pytest.raises(Unreachable):
        await bodies.payments.reserve("sequence-1", ORDINARY, RENEWAL, 30_000)
    assert (await bodies.payments.outcome("sequence-1")).outcome == "unknown"
    assert (await bodies.payments.balance(ORDINARY, RENEWAL)).reserved_minor == 0


async def test_the_magic_payer_loses_the_first_answer_only(bodies: Bodies):
    person = magic("914")
    await bodies.deposit(person, RENEWAL, 30_000)
    with pytest.raises(Unreachable):
        await bodies.payments.reserve("sequence-1", person, RENEWAL, 30_000)
    assert (await bodies.payments.reserve("sequence-1", person, RENEWAL, 30_000)).replayed


async def test_unused_money_is_refunded_and_arrives_later(bodies: Bodies):
    await bodies.deposit(ORDINARY, RENEWAL, 30_000)
    act = await bodies.payments.refund("refund-one", ORDINARY, RENEWAL, 30_000)
    assert act.arrives_at
    assert (act.arrives_at - act.answered_at).total_seconds() == bodies.simulators.world.settings.refund_seconds
    assert (await refusal(bodies.payments.refund("refund-two", ORDINARY, RENEWAL, 30_000))).slug == "balance-too-low"
    assert (await bodies.payments.balance(ORDINARY, RENEWAL)).available_minor == START


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("reservations", {"sequence": "sequence-1", "person": ORDINARY, "service_code": "37", "amount_minor": 0}),
        ("reservations", {"sequence": "sequence-1", "person": ORDINARY, "service_code": "37", "amount_minor": -5}),
        ("reservations", {"sequence": "short", "person": ORDINARY, "service_code": "37", "amount_minor": 5}),
        ("reservations", {"sequence": "sequence-1", "person": ORDINARY, "service_code": "x", "amount_minor": 5}),
        ("reservations", {"sequence": "sequence-1", "person": ORDINARY, "service_code": "37"}),
        ("balances/lookup", {"person": ORDINARY, "service_code": "37", "more": 1}),
    ],
)
async def test_a_malformed_order_is_refused_without_repeating_it(bodies: Bodies, path: str, order: dict):
    response = await bodies.web.post(f"/payments/{path}", json=order)
    assert response.status_code == 422
    assert response.json()["slug"] == "question-not-valid"
    assert ORDINARY not in response.text


async def test_money_for_nobody_is_refused(bodies: Bodies):
    assert (await refusal(bodies.payments.reserve("sequence-1", "1234567890", RENEWAL, 5))).slug == "person-unknown"
    assert (await refusal(bodies.payments.balance("1234567890", RENEWAL))).slug == "person-unknown"
