"""The carrier's door against forgers, replays, swaps and wrong order: 0 state changes where nothing may change."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis.models import CaseMoveRow
from contracts.values import make_s10
from delivery.models import Custody, DoorCode, Scan
from partners.callbacks import sign
from partners.post import callback_body


async def everything(house) -> list[str]:
    """Every row a scan could change, as text."""
    tables = ("shipments", "case_moves", "custody", "outbox", "door_codes", "timers")
    return [
        row
        for table in tables
        for row in await house.rows(sa.text(f"select to_jsonb(t)::text from {table} t order by 1"))
    ]


@pytest.mark.parametrize(
    ("told", "slug"),
    [
        ({"secret": "another-secret"}, "callback-signature-wrong"),
        ({"sent_at": timedelta(minutes=-6)}, "callback-signature-old"),
        ({"sent_at": timedelta(minutes=6)}, "callback-signature-old"),
    ],
)
async def test_what_the_post_did_not_sign_now_changes_nothing(house, told, slug):
    shipment = await house.handed_over()
    before = await everything(house)
    if "sent_at" in told:
        told = {"sent_at": house.clock.now() + told["sent_at"]}
    answer = await house.scan(shipment, "in_transit", **told)
    assert (answer.status_code, answer.json()["slug"]) == (401, slug)
    assert set(answer.json()["texts"]) == {"ar", "en"}
    assert await everything(house) == before
    assert await house.rows(sa.select(Scan)) == []


async def test_an_unsigned_or_altered_body_changes_nothing(house):
    shipment = await house.handed_over()
    body = callback_body(shipment.envelope, "lost", house.clock.now())
    unsigned = await house.api.post("/callbacks/post", content=body)
    assert (unsigned.status_code, unsigned.json()["slug"]) == (401, "callback-signature-missing")
    headers = sign(house.service.callback_secrets[0], "msg_1", house.clock.now(), body)
    altered = body.replace(b"lost", b"held")
    answer = await house.api.post("/callbacks/post", content=altered, headers=headers)
    assert answer.json()["slug"] == "callback-signature-wrong"
    assert (await house.again(shipment)).status == "handed_over"


async def test_a_signed_body_that_is_no_scan_is_refused(house):
    body = b'{"type":"post.scan","data":{"s10":"XX"}}'
    headers = sign(house.service.callback_secrets[0], "msg_1", house.clock.now(), body)
    answer = await house.api.post("/callbacks/post", content=body, headers=headers)
    assert (answer.status_code, answer.json()["slug"]) == (422, "callback-not-valid")


async def test_the_same_message_is_applied_once_and_answered_alike(house):
    shipment = await house.handed_over()
    first = await house.scan(shipment, "in_transit", message_id="msg_twice")
    before = await everything(house)
    again = await house.scan(shipment, "in_transit", message_id="msg_twice")
    assert first.json() | {"replayed": True} == again.json()
    assert await everything(house) == before


async def test_twenty_copies_at_once_are_one(house):
    shipment = await house.handed_over()
    answers = await asyncio.gather(*(house.scan(shipment, "in_transit", message_id="msg_flood") for _ in range(20)))
    applied = [a for a in answers if a.status_code == 200 and not a.json()["replayed"]]
    assert len(applied) == 1
    assert await house.scalar(sa.select(sa.func.count()).where(CaseMoveRow.to_status == "in_transit")) == 1


async def test_a_message_id_over_another_body_is_not_that_message(house):
    shipment = await house.handed_over()
    await house.scan(shipment, "in_transit", message_id="msg_one")
    before = await everything(house)
    answer = await house.scan(shipment, "lost", message_id="msg_one")
    assert (answer.status_code, answer.json()["reason"]) == (202, "message-id-reused")
    assert await everything(house) == before


async def test_an_envelope_nobody_knows_is_parked_and_lost_to_nobody(house):
    before = await everything(house)
    answer = await house.scan(make_s10("EA", 99999999), "delivered", code="123456")
    assert (answer.status_code, answer.json()["verdict"]) == (202, "parked")
    [row] = await house.rows(sa.select(Scan))
    assert (row.verdict, row.reason, row.shipment_id) == ("parked", "envelope-unknown", None)
    assert await everything(house) == before


async def test_a_swapped_envelope_does_not_open_with_the_other_ones_code(house):
    _, code_of_one = await house.at_the_door("A10000001")
    await house.know(mobile="+966501234599")
    other, _ = await house.at_the_door("A10000002")
    code_of_other = await house.code("+966501234599")
    assert code_of_one != code_of_other, "equal by a chance of one in a million: run again"
    answer = await house.scan(other, "delivered", code=code_of_one, old_document="B00000017")
    assert (answer.status_code, answer.json()["slug"]) == (409, "door-code-wrong")
    assert (await house.again(other)).status == "out_for_delivery"
    right = await house.scan(other, "delivered", code=code_of_other, old_document="B00000017")
    assert right.json()["verdict"] == "applied"


async def test_before_the_hand_over_the_carrier_says_nothing_that_counts(house):
    shipment = await house.packed()
    before = await everything(house)
    for kind in ("in_transit", "out_for_delivery", "lost", "returned_to_source"):
        answer = await house.scan(shipment, kind)
        assert (answer.status_code, answer.json()["reason"]) == (202, "not-handed-over")
    assert await everything(house) == before


async def test_a_status_only_advances(house):
    shipment = await house.handed_over()
    early = house.clock.now()
    await house.scan(shipment, "at_branch", scanned_at=early + timedelta(seconds=20))
    before = await everything(house)
    older = await house.scan(shipment, "in_transit", scanned_at=early + timedelta(seconds=10))
    assert (older.json()["verdict"], older.json()["reason"]) == ("superseded", "older-than-the-last")
    backwards = await house.scan(shipment, "in_transit", scanned_at=early + timedelta(seconds=30))
    assert (backwards.json()["verdict"], backwards.json()["reason"]) == ("superseded", "already-further")
    repeated = await house.scan(shipment, "at_branch", scanned_at=early + timedelta(seconds=40))
    assert repeated.json()["verdict"] == "known"
    assert await everything(house) == before


async def test_a_scan_from_the_future_cannot_silence_the_ones_to_come(house):
    shipment = await house.handed_over()
    answer = await house.scan(shipment, "in_transit", scanned_at=house.clock.now() + timedelta(days=2))
    assert (answer.status_code, answer.json()["reason"]) == (202, "scanned-in-the-future")
    assert (await house.scan(shipment, "in_transit")).json()["verdict"] == "applied"


async def test_after_the_end_nothing_changes(house):
    shipment, code = await house.at_the_door()
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    before = await everything(house)
    twice = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert (twice.status_code, twice.json()["verdict"]) == (200, "known")
    for kind in ("lost", "returned_to_source", "out_for_delivery"):
        answer = await house.scan(shipment, kind)
        assert (answer.status_code, answer.json()["reason"]) == (202, "journey-ended")
    assert await everything(house) == before


async def test_an_old_document_at_another_office_or_with_another_number_is_parked(house):
    shipment, code = await house.at_the_door()
    early = await house.scan(shipment, "old_document_returned", office="riyadh-main")
    assert early.json()["reason"] == "no-old-document-on-its-way"
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    before = await everything(house)
    elsewhere = await house.scan(shipment, "old_document_returned", office="jeddah-main")
    assert (elsewhere.status_code, elsewhere.json()["reason"]) == (202, "other-office")
    other = await house.scan(shipment, "old_document_returned", old_document="B99999999")
    assert (other.status_code, other.json()["reason"]) == (202, "old-document-differs")
    assert await everything(house) == before
    right = await house.scan(shipment, "old_document_returned", office="riyadh-main", old_document="B00000017")
    assert right.json()["verdict"] == "applied"
    assert (await house.scan(shipment, "old_document_returned")).json()["verdict"] == "known"


async def test_a_wrong_code_changes_the_counter_and_nothing_else(house):
    shipment, code = await house.at_the_door()
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    before = [row for row in await everything(house) if '"digest"' not in row]
    answer = await house.scan(shipment, "delivered", code=wrong, old_document="B00000017", message_id="msg_wrong")
    assert (answer.status_code, answer.json()["slug"]) == (409, "door-code-wrong")
    replay = await house.scan(shipment, "delivered", code=wrong, old_document="B00000017", message_id="msg_wrong")
    assert (replay.status_code, replay.json()["slug"]) == (409, "door-code-wrong")
    assert await house.scalar(sa.select(DoorCode.guesses)) == 1
    assert [row for row in await everything(house) if '"digest"' not in row] == before
    right = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert right.json()["verdict"] == "applied"


async def test_without_the_expected_old_document_nothing_is_delivered_and_no_guess_is_spent(house):
    shipment, code = await house.at_the_door()
    missing = await house.scan(shipment, "delivered", code=code)
    differs = await house.scan(shipment, "delivered", code=code, old_document="B99999999")
    nothing = await house.scan(shipment, "delivered", old_document="B00000017")
    slugs = [each.json()["slug"] for each in (missing, differs, nothing)]
    assert slugs == ["old-document-missing", "old-document-differs", "door-code-missing"]
    assert {each.status_code for each in (missing, differs, nothing)} == {409}
    assert await house.scalar(sa.select(DoorCode.guesses)) == 0
    assert await house.scalar(sa.select(sa.func.count()).select_from(Custody)) == 2


async def test_two_hundred_guesses_at_once_are_five(house):
    shipment, code = await house.at_the_door()
    guesses = [f"{(int(code) + n) % 1000000:06d}" for n in range(1, 201)]
    answers = await asyncio.gather(
        *(house.scan(shipment, "delivered", code=guess, old_document="B00000017") for guess in guesses)
    )
    limit = house.service.rules().number("delivery.door_code.guesses")
    said = [answer.json()["slug"] for answer in answers if answer.status_code == 409]
    assert said.count("door-code-wrong") == limit
    # Whoever was neither evaluated nor locked out was turned away unanswered, and changed nothing.
    assert {answer.status_code for answer in answers} <= {409, 503}
    assert said.count("door-code-locked") + said.count("door-code-wrong") == len(said)
    assert await house.scalar(sa.select(DoorCode.guesses)) == limit
    late = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert (late.status_code, late.json()["slug"]) == (409, "door-code-locked")
    assert (await house.again(shipment)).status == "out_for_delivery"


async def test_the_next_round_brings_a_fresh_code_and_the_old_one_is_dead(house):
    shipment, first = await house.at_the_door()
    await house.scan(shipment, "attempted")
    await house.scan(shipment, "out_for_delivery")
    second = await house.code()
    if first != second:
        refused = await house.scan(shipment, "delivered", code=first, old_document="B00000017")
        assert refused.json()["slug"] == "door-code-wrong"
    taken = await house.scan(shipment, "delivered", code=second, old_document="B00000017")
    assert taken.json()["verdict"] == "applied"


async def test_fifty_right_codes_at_once_deliver_once(house):
    shipment, code = await house.at_the_door()
    answers = await asyncio.gather(
        *(house.scan(shipment, "delivered", code=code, old_document="B00000017") for _ in range(50))
    )
    assert sum(a.status_code == 200 and a.json()["verdict"] == "applied" for a in answers) == 1
    assert (await house.said()).count("delivery.shipment.delivered.v1") == 1
