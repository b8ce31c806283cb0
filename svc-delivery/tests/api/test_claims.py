"""Promises, claims, searches, holds: what happens to an envelope that does not come, with a moved clock."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis.clock import RIYADH
from chassis.models import OutboxRow
from chassis.testing.fixtures import eventually
from delivery.models import Custody
from partners.simulators.households import number_at

LOST_ON_SEARCH = "930"


async def test_a_claim_before_its_time_is_refused_with_its_day(house):
    shipment = await house.handed_over()
    answer = await house.post(f"/v1/shipments/{shipment.id}/claim", headers=house.as_person())
    assert (answer.status_code, answer.json()["slug"]) == (409, "requirements-missing")
    [need] = answer.json()["details"]["requirements"]
    assert (need["name"], need["rule"]) == ("claim_is_open", "delivery.loss.claim_after")
    assert (await house.again(shipment)).status == "handed_over"


async def test_the_promise_is_found_broken_at_its_hour_and_not_before(house):
    shipment = await house.handed_over()
    await house.pass_time(timedelta(hours=23, minutes=59))
    assert (await house.again(shipment)).overdue_at is None
    await house.pass_time(timedelta(minutes=2))
    late = await house.again(shipment)
    assert late.overdue_at is not None
    assert late.status == "handed_over"
    view = (await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person())).json()
    assert view["promise"]["kept"] is False


async def test_a_kept_promise_stays_kept(house):
    shipment, code = await house.at_the_door()
    await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    await house.pass_time(timedelta(days=3))
    assert (await house.again(shipment)).overdue_at is None
    view = (await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person())).json()
    assert view["promise"]["kept"] is True


async def claimed(house, **more):
    shipment = await house.handed_over(**more)
    await house.pass_time(timedelta(hours=49))
    answer = await house.post(f"/v1/shipments/{shipment.id}/claim", headers=house.as_person(shipment.person))
    assert (answer.status_code, answer.json()["status"]) == (200, "claimed"), answer.text
    assert answer.json()["state"]["code"] == "waiting_for_another_body"
    return shipment


async def stands_at(house, shipment, status):
    async def there():
        return (await house.again(shipment)).status == status

    await eventually(there)


async def test_a_claimed_envelope_that_the_post_lost_is_lost(house):
    shipment = await house.handed_over()
    # The carrier's own records say so; the search only has to ask.
    await house.control.post(f"/control/post/{shipment.envelope}/scan", json={"kind": "lost"})
    await house.pass_time(timedelta(hours=49))
    await house.post(f"/v1/shipments/{shipment.id}/claim", headers=house.as_person())
    await stands_at(house, shipment, "lost")
    body = await house.scalar(sa.select(OutboxRow.body).where(OutboxRow.type == "delivery.shipment.lost.v1"))
    assert (body["document_number"], body["case_id"]) == ("A12345678", str(shipment.case_id))
    last = (await house.rows(sa.select(Custody).order_by(Custody.step.desc())))[0]
    assert (last.given_by, last.taken_by) == ("carrier", "nobody")


async def test_a_claimed_envelope_that_is_found_goes_on_to_the_door(house):
    shipment = await claimed(house)
    await stands_at(house, shipment, "in_transit")
    await house.scan(shipment, "out_for_delivery")
    code = await house.code()
    done = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert done.json()["verdict"] == "applied"


async def test_the_carrier_may_confirm_the_loss_by_itself(build):
    house = await build(investigation_seconds=3600)
    await house.know()
    shipment = await claimed(house)
    answer = await house.scan(shipment, "lost")
    assert (answer.json()["verdict"], answer.json()["status"]) == ("applied", "lost")
    assert (await house.said())[-2:] == ["delivery.shipment.claimed.v1", "delivery.shipment.lost.v1"]


async def test_a_scan_during_the_search_means_it_was_found(build):
    house = await build(investigation_seconds=3600)
    await house.know()
    shipment = await claimed(house)
    assert (await house.scan(shipment, "at_branch")).json()["verdict"] == "applied"
    assert (await house.again(shipment)).status == "at_branch"


async def test_a_search_without_an_end_ends_in_loss(build):
    house = await build(investigation_seconds=90 * 86_400)
    await house.know()
    shipment = await claimed(house)
    await house.pass_time(timedelta(days=4))
    assert (await house.again(shipment)).status == "claimed"
    await house.pass_time(timedelta(days=6))
    assert (await house.again(shipment)).status == "lost"
    assert (await house.said()).count("delivery.shipment.lost.v1") == 1


async def test_days_of_silence_begin_the_search_by_themselves(build):
    house = await build(investigation_seconds=90 * 86_400)
    await house.know()
    shipment = await house.handed_over()
    await house.pass_time(timedelta(days=3))
    await house.scan(shipment, "in_transit")
    await house.pass_time(timedelta(days=4))
    assert (await house.again(shipment)).status == "in_transit"
    await house.pass_time(timedelta(days=6))
    assert (await house.again(shipment)).status == "claimed"
    assert "delivery.shipment.claimed.v1" in await house.said()


async def test_the_same_claim_twice_is_one(house):
    shipment = await house.handed_over()
    await house.pass_time(timedelta(hours=49))
    path = f"/v1/shipments/{shipment.id}/claim"
    first = await house.post(path, headers=house.as_person(), key="claim-1")
    again = await house.post(path, headers=house.as_person(), key="claim-1")
    assert first.json() == again.json()
    assert (await house.said()).count("delivery.shipment.claimed.v1") == 1


async def test_after_the_last_attempt_it_is_held_and_then_sent_back(house):
    shipment, _ = await house.at_the_door()
    for attempt in (1, 2, 3):
        if attempt > 1:
            assert (await house.scan(shipment, "out_for_delivery")).json()["verdict"] == "applied"
        assert (await house.scan(shipment, "attempted")).json()["verdict"] == "applied"
    held = await house.again(shipment)
    assert (held.status, held.attempts) == ("held", 3)
    midnight = held.held_until.astimezone(RIYADH)
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert held.held_until - house.clock.now() > timedelta(days=18)
    assert (await house.scan(shipment, "out_for_delivery")).json()["verdict"] == "superseded"

    await house.pass_time(held.held_until - house.clock.now() - timedelta(minutes=1))
    assert (await house.again(shipment)).status == "held"
    await house.pass_time(timedelta(minutes=2))
    assert (await house.again(shipment)).status == "returning"
    assert (await house.scan(shipment, "returned_to_source")).json()["verdict"] == "applied"
    assert (await house.again(shipment)).status == "returned_to_source"
    assert (await house.said())[-1] == "delivery.shipment.returned.v1"
    last = (await house.rows(sa.select(Custody).order_by(Custody.step.desc())))[0]
    assert (last.given_by, last.taken_by, last.office) == ("carrier", "office", "riyadh-main")


async def test_while_held_the_code_still_opens(house):
    shipment, _ = await house.at_the_door()
    for _ in range(3):
        await house.scan(shipment, "attempted")
        await house.scan(shipment, "out_for_delivery")
        code = await house.code()  # each before the next is sent: texts on their way together arrive in any order
    assert (await house.again(shipment)).status == "held"
    done = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert done.json()["verdict"] == "applied"
    await house.pass_time(timedelta(days=30))
    assert (await house.again(shipment)).status == "delivered"


async def test_the_reissued_document_gets_an_envelope_of_its_own(build):
    house = await build(investigation_seconds=3600)
    await house.know()
    shipment = await claimed(house)
    await house.scan(shipment, "lost")
    second = await house.labelled(
        "A12345679", application_id=shipment.case_id, reference=shipment.case_reference, reissue=True
    )
    assert second.reissue
    assert second.envelope != shipment.envelope
    assert second.case_id == shipment.case_id


@pytest.mark.parametrize("number", [number_at("1", 1001, 5), number_at("2", 1003, 0)])
async def test_nobody_claims_what_is_not_theirs(house, number):
    shipment = await house.handed_over()
    await house.pass_time(timedelta(hours=49))
    answer = await house.post(f"/v1/shipments/{shipment.id}/claim", headers=house.as_person(number))
    assert (answer.status_code, answer.json()["slug"]) == (404, "not-found")
    assert (await house.again(shipment)).status == "handed_over"
