"""What goes wrong and how it goes on: an address the post does not know, a document that came back, parked scans."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.audit.rows import ActRow
from chassis.identifiers import uuid7
from chassis.testing.fixtures import eventually
from contracts.events_account import AccountFrozen
from contracts.values import make_s10
from delivery.models import Shipment
from partners.simulators.households import number_at

OPERATOR, HOLDER = "S2001", number_at("1", 1001, 0)
NOWHERE = "ZZZZ0000"


async def addresses(house) -> list[str]:
    """My registered addresses, once the post has told them."""

    async def known():
        answer = await house.api.get("/v1/addresses", headers=house.as_person())
        return answer.json()["items"] if answer.json()["state"] == "known" else None

    return [each["short_address"] for each in await eventually(known)]


async def refused(house) -> Shipment:
    await house.print(short_address=NOWHERE)

    async def was_refused():
        return await house.shipment(Shipment.order_refused.is_not(None))

    return await eventually(was_refused)


async def test_an_order_the_post_refused_waits_for_its_holder_and_goes_on_to_another_address(house):
    shipment = await refused(house)
    assert (shipment.status, shipment.order_refused) == ("ordered", "address-unknown")
    path = f"/v1/shipments/{shipment.id}"
    view = (await house.api.get(path, headers=house.as_person())).json()
    assert view["state"]["turn"] == "holder"
    assert [(each["action"], each["possible"]) for each in view["open_actions"]] == [("readdress", True)]

    mine = (await addresses(house))[0]
    moved = await house.post(f"{path}/readdress", {"short_address": mine}, headers=house.as_person())
    assert (moved.status_code, moved.json()["short_address"]) == (200, mine)

    async def labelled():
        return (await house.again(shipment)).status == "labelled"

    await eventually(labelled)


async def test_only_a_registered_address_is_taken(house):
    shipment = await refused(house)
    path = f"/v1/shipments/{shipment.id}/readdress"
    unknown_yet = await house.post(path, {"short_address": "RAAA2919"}, headers=house.as_person())
    [need] = unknown_yet.json()["details"]["requirements"]
    assert (unknown_yet.status_code, need["name"], need["state"]) == (409, "address_is_registered", "being_checked")
    await addresses(house)
    foreign = await house.post(path, {"short_address": NOWHERE}, headers=house.as_person())
    [need] = foreign.json()["details"]["requirements"]
    assert (foreign.status_code, need["state"]) == (409, "failed")


async def test_an_order_that_stands_is_not_readdressed(house):
    shipment = await house.labelled()
    mine = (await addresses(house))[0]
    answer = await house.post(
        f"/v1/shipments/{shipment.id}/readdress", {"short_address": mine}, headers=house.as_person()
    )
    assert (answer.status_code, answer.json()["slug"]) == (409, "move-not-open")


async def test_a_document_that_came_back_travels_again_in_a_shipment_of_its_own(house):
    back = await house.handed_over()
    await house.scan(back, "returned_to_source")
    mine = (await addresses(house))[0]
    path = f"/v1/shipments/{back.id}/order-again"
    answer = await house.post(path, {"short_address": mine}, headers=house.as_person())
    assert answer.status_code == 201
    assert answer.json()["id"] != str(back.id)
    assert answer.json()["case_id"] == str(back.case_id)
    assert (await house.again(back)).status == "ordered_again"
    again = await house.post(path, {"short_address": mine}, headers=house.as_person())
    assert (again.status_code, again.json()["slug"]) == (409, "move-not-open")
    assert (await house.scan(back, "in_transit")).json()["reason"] == "journey-ended"

    async def labelled():
        return await house.shipment(Shipment.document_number == "A12345678", Shipment.status == "labelled")

    second = await eventually(labelled)
    assert second.envelope != back.envelope
    body = {"document_number": "A12345678", "envelope": second.envelope}
    packed = await house.post(f"/v1/shipments/{second.id}/pack", body, headers=house.as_staff())
    assert packed.status_code == 200


async def test_one_document_has_one_live_envelope_whatever_is_said_twice(house):
    await house.labelled()
    await house.print()
    assert await house.scalar(sa.select(sa.func.count()).select_from(Shipment)) == 1
    parked = await house.rows(sa.text("select state from inbox where state <> 'applied'"))
    assert parked == ["parked"]


async def test_a_parked_scan_is_listed_and_settled_with_a_reason(house):
    await house.scan(make_s10("EA", 99999999), "delivered", message_id="msg_stray", code="123456")
    listed = await house.api.get("/v1/shipments/parked-scans", headers=house.as_staff())
    [scan] = listed.json()["items"]
    assert (scan["message_id"], scan["reason"]) == ("msg_stray", "envelope-unknown")
    assert "123456" not in listed.text
    body = {"message_id": "msg_stray", "reason": "another sender's envelope"}
    path = "/v1/shipments/parked-scans/settle"
    assert (await house.post(path, body, headers=house.as_staff())).status_code == 403
    assert (await house.post(path, body, headers=house.as_staff(OPERATOR))).status_code == 204
    again = await house.post(path, body, headers=house.as_staff(OPERATOR))
    assert (again.status_code, again.json()["slug"]) == (409, "scan-not-parked")
    assert (await house.api.get("/v1/shipments/parked-scans", headers=house.as_staff())).json()["items"] == []
    [act] = await house.rows(sa.select(ActRow).where(ActRow.action == "scan.settle"))
    assert act.reason == "another sender's envelope"


async def test_whoever_changed_their_mobile_lately_sends_no_envelope_elsewhere(house):
    """Neither to another address, nor once more, nor by saying that it never came; then the freeze ends."""
    account, now = uuid7(), house.clock.now()

    async def say(until):
        await house.hear(AccountFrozen(account_id=account, person=HOLDER, until=until, reason="mobile_changed", at=now))

    back, gone = await house.handed_over(number="A12345679"), await house.handed_over(number="A12345680")
    await house.scan(back, "returned_to_source")
    stuck = await refused(house)
    mine = {"short_address": (await addresses(house))[0]}
    acts = ((stuck, "readdress", mine, 200), (back, "order-again", mine, 201), (gone, "claim", None, 409))
    await say(now + timedelta(hours=24))
    for shipment, act, body, _ in acts:
        answer = await house.post(f"/v1/shipments/{shipment.id}/{act}", body, headers=house.as_person())
        assert answer.status_code == 409, answer.text
        assert "account_is_not_frozen" in answer.json()["details"]["missing"]
    view = (await house.api.get(f"/v1/shipments/{stuck.id}", headers=house.as_person())).json()
    assert [each["possible"] for each in view["open_actions"]] == [False]
    await say(now)
    for shipment, act, body, status in acts:
        answer = await house.post(f"/v1/shipments/{shipment.id}/{act}", body, headers=house.as_person())
        assert answer.status_code == status, answer.text
        assert "account_is_not_frozen" not in answer.json().get("details", {}).get("missing", [])
