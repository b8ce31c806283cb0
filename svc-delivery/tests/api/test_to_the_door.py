"""The whole way: printed, labelled, packed, handed over, scanned, delivered against the code, the old booklet back."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.models import CaseMoveRow, OutboxRow
from contracts.values import is_s10
from delivery.models import Custody, DoorCode


async def test_a_document_goes_to_the_door_and_the_old_one_comes_back(house):
    shipment, code = await house.at_the_door()
    assert is_s10(shipment.envelope)

    delivered = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert (delivered.status_code, delivered.json()["verdict"]) == (200, "applied")
    back = await house.scan(shipment, "old_document_returned", old_document="B00000017")
    assert (back.status_code, back.json()["verdict"]) == (200, "applied")

    after = await house.again(shipment)
    assert (after.status, after.old_document) == ("delivered", "returned")
    assert after.proof is not None
    assert await house.said() == [
        "delivery.shipment.packed.v1",
        "delivery.shipment.handed_over.v1",
        "delivery.shipment.out_for_delivery.v1",
        "delivery.shipment.delivered.v1",
        "delivery.old_document.arrived.v1",
    ]
    arrived = await house.scalar(sa.select(OutboxRow.body).where(OutboxRow.type == "delivery.old_document.arrived.v1"))
    assert arrived["office"] == "riyadh-main"
    assert arrived["case_id"] == str(shipment.case_id)
    moves = await house.rows(sa.select(CaseMoveRow.to_status).order_by(CaseMoveRow.version))
    assert moves == [
        "labelled",
        "packed",
        "handed_over",
        "in_transit",
        "at_branch",
        "out_for_delivery",
        "delivered",
    ]


async def test_the_chain_of_custody_has_every_hand(house):
    shipment, code = await house.at_the_door()
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    await house.scan(shipment, "old_document_returned")
    chain = await house.rows(sa.select(Custody).order_by(Custody.item, Custody.step))
    assert [(link.item, link.given_by, link.taken_by) for link in chain] == [
        ("document", "printer", "office"),
        ("document", "office", "carrier"),
        ("document", "carrier", "holder"),
        ("old_document", "holder", "carrier"),
        ("old_document", "carrier", "office"),
    ]


async def test_the_promise_runs_a_day_from_hand_over_and_events_carry_it(house):
    shipment = await house.handed_over()
    assert shipment.promised_by - shipment.handed_over_at == timedelta(hours=24)
    said = await house.scalar(sa.select(OutboxRow.body).where(OutboxRow.type == "delivery.shipment.handed_over.v1"))
    assert said["reference"] == "JWZ-7K3M-Q9RT-2XWA"
    assert said["envelope"] == shipment.envelope


async def test_the_code_is_nowhere_in_the_database(house):
    shipment, code = await house.at_the_door()
    row = (await house.rows(sa.select(DoorCode)))[0]
    assert code not in row.digest
    everything = await house.rows(sa.text("select to_jsonb(i)::text from intents i"))
    everything += await house.rows(sa.text("select to_jsonb(s)::text from shipments s"))
    everything += await house.rows(sa.text("select to_jsonb(c)::text from contacts c"))
    for text in everything:
        assert code not in text.replace(str(shipment.id), "")
        assert "+966501234567" not in text
        assert "Somebody Invented" not in text
        assert "RAAA2919" not in text


async def test_a_first_passport_collects_nothing(house):
    shipment, code = await house.at_the_door(collect_old_number=None)
    delivered = await house.scan(shipment, "delivered", code=code)
    assert delivered.json()["verdict"] == "applied"
    assert (await house.again(shipment)).old_document == "none"
    back = await house.scan(shipment, "old_document_returned")
    assert (back.status_code, back.json()["reason"]) == (202, "no-old-document-on-its-way")
