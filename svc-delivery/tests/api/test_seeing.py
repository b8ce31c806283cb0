"""Who sees which shipment: the holder, the head of the household, nobody else, and row-level security behind it."""

from datetime import timedelta

import sqlalchemy as sa

from chassis.database import Sight
from chassis.testing.fixtures import eventually
from delivery.models import Contact, DoorCode, Scan, Shipment
from partners.simulators.households import number_at

HOLDER = number_at("1", 1001, 0)
STRANGER = number_at("1", 1001, 5)
CHILD = number_at("1", 1002, 3)


async def test_the_holder_sees_way_promise_and_turn(house):
    shipment = await house.handed_over()
    listed = (await house.api.get("/v1/shipments", headers=house.as_person())).json()
    assert [line["id"] for line in listed["items"]] == [str(shipment.id)]
    view = (await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person())).json()
    assert view["state"]["code"] == "handed_to_post"
    assert view["state"]["texts"] == {"ar": "سُلّم للبريد", "en": "handed to post"}
    assert view["state"]["turn"] == "carrier"
    assert [step["status"] for step in view["timeline"]] == ["ordered", "labelled", "packed", "handed_over"]
    assert view["promise"]["kept"] is None
    assert view["promise"]["promised_by"]["hijri"].startswith("14")
    [claim] = view["open_actions"]
    assert (claim["action"], claim["possible"]) == ("claim", False)
    assert view["claim_open_from"]["at"] > view["promise"]["promised_by"]["at"]
    assert view["short_address"] == "RAAA2919"


async def test_strangers_and_former_heads_see_nothing(house):
    shipment = await house.labelled()
    for headers in (house.as_person(STRANGER), house.as_person(number_at("2", 1003, 0)), house.as_staff()):
        assert (await house.api.get(f"/v1/shipments/{shipment.id}", headers=headers)).status_code == 404
        assert (await house.api.get("/v1/shipments", headers=headers)).json()["items"] == []


async def test_the_head_of_the_household_sees_and_is_texted_for_a_child(house):
    await house.relate("household_head", HOLDER, CHILD)
    shipment, code = await house.at_the_door("A10000009", person=CHILD)
    view = await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person(HOLDER))
    assert view.status_code == 200
    assert (await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person(STRANGER))).status_code == 404
    delivered = await house.scan(shipment, "delivered", code=code, old_document="B00000017")
    assert delivered.json()["verdict"] == "applied"


async def test_a_sponsor_sees_no_shipment(house):
    shipment = await house.labelled()
    await house.relate("sponsor", STRANGER, HOLDER)
    answer = await house.api.get(f"/v1/shipments/{shipment.id}", headers=house.as_person(STRANGER))
    assert answer.status_code == 404


async def test_the_second_wall_holds_without_any_predicate(house):
    await house.at_the_door()
    now = house.clock.now()
    for sight, seen in ((Sight(STRANGER), 0), (Sight(HOLDER), 1), (Sight.nobody(), 0)):
        async with house.service.database.transaction(sight, now=now) as session:
            assert len(list(await session.scalars(sa.select(Shipment)))) == seen
            assert len(list(await session.scalars(sa.select(Contact)))) == seen
            for hidden in (DoorCode, Scan):
                assert list(await session.scalars(sa.select(hidden))) == []


async def test_an_order_waits_for_the_mobile_and_goes_on_when_it_is_known(build):
    house = await build()
    await house.print()
    shipment = await house.shipment(Shipment.document_number == "A12345678")
    assert (shipment.status, shipment.ordered_from_post_at) == ("ordered", None)
    await house.know()

    async def labelled():
        return (await house.again(shipment)).status == "labelled"

    await eventually(labelled)


async def test_an_order_for_a_child_goes_on_once_its_head_is_known(build):
    house = await build()
    await house.print(person=CHILD)
    await house.know(HOLDER)
    await house.relate("household_head", HOLDER, CHILD)
    shipment = await house.shipment(Shipment.document_number == "A12345678")
    assert shipment.ordered_from_post_at is None
    await house.pass_time(timedelta(hours=1, minutes=1))

    async def labelled():
        return (await house.again(shipment)).status == "labelled"

    await eventually(labelled)


async def test_my_addresses_come_from_the_post(house):
    first = await house.api.get("/v1/addresses", headers=house.as_person())
    assert (first.json()["state"], first.headers["retry-after"]) == ("being_checked", "1")

    async def known():
        answer = await house.api.get("/v1/addresses", headers=house.as_person())
        return answer.json() if answer.json()["state"] == "known" else None

    told = await eventually(known)
    for address in told["items"]:
        assert address["short_address"][4:] == address["building"]
        assert set(address["city"]) == {"ar", "en"}
    await house.pass_time(timedelta(hours=2))
    stale = await house.api.get("/v1/addresses", headers=house.as_person())
    assert stale.json()["state"] == "being_checked"


async def test_anybody_may_ask_for_the_offices(house):
    answer = await house.api.get("/v1/offices")
    assert answer.status_code == 200
    offices = {office["code"]: office for office in answer.json()["items"]}
    assert offices["riyadh-main"]["kind"] == "directorate"
    assert offices["riyadh-airport"]["kind_texts"] == {"ar": "مكتب في مطار", "en": "Airport office"}
    assert all(office["hours"] for office in offices.values())
