"""The delivery desk in a browser: pack by two scans, hand over, look at what is late and at what fits nothing."""

from datetime import timedelta

import pytest_asyncio
import sqlalchemy as sa

from chassis.audit.rows import ActRow, AlarmRow, LookRow
from chassis.testing.desk import staff_browser
from contracts.values import make_s10
from delivery.app import create_api
from delivery.models import Shipment

OPERATOR = "S3001"


@pytest_asyncio.fixture
async def clerk(house, mint):
    api = create_api(house.service, mint.verifier())
    async with staff_browser(house.service, api, mint, "S3000", {"clerk": "riyadh-main"}) as browser:
        yield browser


@pytest_asyncio.fixture
async def operator(house, mint):
    api = create_api(house.service, mint.verifier())
    async with staff_browser(house.service, api, mint, OPERATOR, {"operator": "riyadh-main"}) as browser:
        yield browser


async def test_a_document_is_packed_and_handed_over_on_the_pages(house, clerk):
    shipment = await house.labelled()
    page = await clerk.page("/packing")
    assert shipment.envelope in page
    for secret in (shipment.person, shipment.document_number, "Somebody Invented", "RAAA2919"):
        assert secret not in page
    path = f"/packing/{shipment.id}/pack"
    wrong = await clerk.press(path, document_number="A99999999", envelope=shipment.envelope)
    assert wrong.status_code == 409
    assert "not the one for this envelope" in wrong.text
    garbage = await clerk.press(path, document_number="A12345678", envelope="nonsense")
    assert garbage.status_code == 422
    packed = await clerk.press(path, document_number="A12345678", envelope=shipment.envelope.lower())
    assert packed.status_code == 303
    assert "The document was packed." in await clerk.page("/packing?done=ops.done.delivery.pack")
    given = await clerk.press("/packing/hand-over", envelopes=f" {shipment.envelope}\r\n")
    assert given.status_code == 303
    assert (await house.again(shipment)).status == "handed_over"


async def test_the_same_press_twice_is_one_act(house, clerk):
    shipment = await house.labelled()
    fields = {"document_number": "A12345678", "envelope": shipment.envelope, "once": "press-1"}
    first = await clerk.press(f"/packing/{shipment.id}/pack", **fields)
    again = await clerk.press(f"/packing/{shipment.id}/pack", **fields)
    assert (first.status_code, again.status_code) == (303, 303)
    assert await house.said() == ["delivery.shipment.packed.v1"]


async def test_a_manifest_from_a_page_is_whole(house, clerk):
    ready = await house.packed("A10000001")
    bare = await house.labelled("A10000002")
    refused = await clerk.press("/packing/hand-over", envelopes=f"{ready.envelope}\n{bare.envelope}")
    assert refused.status_code == 409
    assert (await house.again(ready)).status == "packed"


async def test_one_shipment_shows_its_way_and_its_hands_in_both_languages(house, clerk):
    shipment, code = await house.at_the_door()
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    path = f"/shipments/{shipment.id}"
    assert (await clerk.http.get(f"{clerk.prefix}/en{path}")).status_code == 403, "no list leads to what was delivered"
    stated = {"kind": "ticket", "reason": "the holder asks who took it", "came_from": "TWS-7K3M-Q9RT-2XWA"}
    assert (await clerk.press("/records/open", name=shipment.reference, **stated)).status_code == 303
    page = await clerk.page(path)
    looks = await house.rows(sa.select(LookRow).order_by(LookRow.seq))
    assert [(each.purpose, each.reason is not None) for each in looks] == [
        ("reason-ticket", True),
        ("stated-reason", False),
    ]
    assert [(each.kind, each.actor) for each in await house.rows(sa.select(AlarmRow))] == [("stated-reason", "S3000")]
    for said in ("You received your envelope", "Document: from the post to the holder", "with the post, on its way"):
        assert said in page
    for secret in (shipment.person, "Somebody Invented", "RAAA2919", code):
        assert secret not in page.replace(str(shipment.id), "")
    assert "الوثيقة: من البريد إلى صاحبها" in await clerk.page(f"/shipments/{shipment.id}", language="ar")


async def test_an_operator_cancels_with_a_reason_and_a_clerk_cannot(house, clerk, operator):
    shipment = await house.labelled()
    path = f"/shipments/{shipment.id}/cancel"
    assert "Cancel the delivery" not in await clerk.page(f"/shipments/{shipment.id}")
    assert (await clerk.press(path, reason="not mine to do")).status_code == 403
    assert "Cancel the delivery" in await operator.page(f"/shipments/{shipment.id}")
    assert (await operator.press(path)).status_code == 422
    assert (await operator.press(path, reason="printed twice")).status_code == 303
    assert (await house.again(shipment)).status == "cancelled"


async def test_what_is_late_is_listed_and_counted(house, clerk, operator):
    shipment = await house.handed_over()
    assert shipment.reference not in await clerk.page("/late")
    await house.pass_time(timedelta(hours=25))
    assert shipment.reference in await clerk.page("/late")
    overview = await operator.page()
    for label in ("Handed to the post today", "Delivered in time", "Past its promise", "Searches open"):
        assert label in overview
    assert "0 %" in overview


async def test_a_scan_that_fits_nothing_is_settled_with_a_reason(house, clerk, operator):
    envelope = make_s10("EA", 99999999)
    await house.scan(envelope, "lost", message_id="msg_stray")
    page = await clerk.page("/exceptions")
    assert envelope in page
    assert "no shipment has this label" in page
    assert 'name="message_id"' not in page
    assert 'value="msg_stray"' in await operator.page("/exceptions")
    done = await operator.press("/exceptions/settle", message_id="msg_stray", reason="another sender's")
    assert done.status_code == 303
    assert envelope not in await operator.page("/exceptions")
    [act] = await house.rows(sa.select(ActRow).where(ActRow.action == "scan.settle"))
    assert (act.actor, act.reason) == (OPERATOR, "another sender's")


async def test_every_reason_a_scan_is_parked_for_has_its_words(house, clerk):
    shipment = await house.packed()
    await house.scan(shipment, "in_transit")
    await house.scan(shipment, "in_transit", scanned_at=house.clock.now() + timedelta(days=1))
    await house.scan(shipment, "old_document_returned")
    page = await clerk.page("/exceptions")
    for said in ("not handed over yet", "scanned in the future", "no old document is on its way"):
        assert said in page
    assert await house.scalar(sa.select(sa.func.count()).select_from(Shipment)) == 1
