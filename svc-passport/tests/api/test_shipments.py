"""J5 and around: lost in the post and made anew for free, spoiled in printing, come back, out of order, heard twice."""

from datetime import UTC, datetime

from chassis.testing.fixtures import eventually
from contracts.events_delivery import (
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentPacked,
    ShipmentReturned,
)
from passport import senders
from tests.passport_desk import CLERK, OFFICER, PATH

NOW = datetime.now(UTC)
ENVELOPE = {"envelope": "EA123456785SA"}
HANDED_OVER = ENVELOPE | {"handed_over_at": NOW, "promised_by": NOW}


async def on_its_way(desk, case):
    await desk.ships(case, ShipmentPacked, **ENVELOPE)
    await desk.ships(case, ShipmentHandedOver, **HANDED_OVER)


async def test_what_the_post_lost_is_made_anew_for_free(desk, bodies, person):
    who = person("918")
    case = await desk.printed(who)
    first = case["passport_number"]
    before = await bodies.payments.balance(who, "37")
    await on_its_way(desk, case)
    await desk.ships(case, ShipmentLost, document_number=first)
    anew = await desk.until(case["id"], who, "printed")
    second = anew["passport_number"]
    assert second != first
    words = [each["action"] for each in anew["timeline"]]
    assert words[-3:] == ["lose", "reissue", "record_print"]
    states = {b["number"]: b["status"] for b in (await desk.ok("GET", "/v1/passports", who))["items"]}
    assert states == {first: "lost_in_post", second: "issued", case["old_number"]: "renewal_blocked"}

    after = await bodies.payments.balance(who, "37")
    assert (after.available_minor, after.reserved_minor) == (before.available_minor, before.reserved_minor)
    charged = await desk.rows("select account, amount_minor from ledger_lines where entry = 'charge'")
    assert {tuple(row) for row in charged} == {("carrier", -30000), ("fees", 30000)}

    async def told():
        return desk.events(case["id"])[-3:] == ["printed", "reissued", "printed"]

    await eventually(told)
    assert desk.said("reissued", case["id"])["lost_number"] == first
    again = desk.said("printed", case["id"])
    assert (again["passport_number"], again["reissue"]) == (second, True)

    # The second envelope is another shipment; then everything goes on as ever.
    desk.shipments.pop(case["id"])
    await on_its_way(desk, anew)
    await desk.ships(anew, ShipmentDelivered, delivered_at=NOW, old_document=case["old_number"])
    body = {"reference": case["reference"], "old_booklet_number": case["old_number"]}
    await desk.ok("POST", f"{PATH}/activations", CLERK, staff=True, json=body)
    states = {b["number"]: b["status"] for b in (await desk.ok("GET", "/v1/passports", who))["items"]}
    assert states == {first: "lost_in_post", second: "active", case["old_number"]: "cancelled"}


async def test_a_spoiled_print_is_ordered_anew_under_another_number(desk, person):
    who = person("916")
    case = await desk.printed(who)
    words = [each["action"] for each in case["timeline"]]
    assert words[-3:] == ["print", "reprint", "record_print"]
    numbers = await desk.rows(
        "select outcome ->> 'number' from intents where kind = 'booklet.print' order by created_at"
    )
    spoiled, good = (row[0] for row in numbers)
    assert case["passport_number"] == good != spoiled
    assert await desk.rows("select 1 from booklets where number = :number", number=spoiled) == []


async def test_one_that_came_back_is_handed_out_at_an_office(desk, person):
    who = person("900")
    case = await desk.printed(who)
    await on_its_way(desk, case)
    await desk.ships(case, ShipmentReturned)
    back = await desk.read(case["id"], who)
    assert (back["status"], back["turn"]["word"]) == ("returned_to_source", "you")
    body = {"reference": case["reference"], "old_booklet_number": case["old_number"]}
    await desk.ok("POST", f"{PATH}/activations", CLERK, staff=True, json=body)
    assert (await desk.read(case["id"], who))["status"] == "completed"


async def test_an_event_heard_twice_does_nothing_twice(desk, person):
    case = await desk.printed(person("900"))
    await desk.ships(case, ShipmentPacked, **ENVELOPE)
    shipment, version = desk.shipments[case["id"]]
    event = ShipmentPacked(
        shipment_id=shipment, case_id=case["id"], reference=case["reference"], person=case["person"], **ENVELOPE
    )
    await desk.hears(event, version)
    assert len(await desk.rows("select 1 from case_moves where action = 'pack'")) == 1


async def test_a_step_that_is_not_open_is_parked_and_nothing_is_lost(desk, person):
    case = await desk.printed(person("900"))
    await desk.ships(case, ShipmentHandedOver, **HANDED_OVER)
    assert [row.state for row in await desk.rows("select state from inbox")] == ["parked"]
    assert (await desk.read(case["id"], case["person"]))["status"] == "printed"


async def test_another_services_shipment_is_none_of_ours(desk, person):
    stranger = {"id": "01900000-0000-7000-8000-0000000000aa", "reference": "JWZ-1", "person": person("900")}
    await desk.ships(stranger, ShipmentPacked, **ENVELOPE)
    await desk.ships(stranger, ShipmentLost, document_number="C00000001")
    assert [row.state for row in await desk.rows("select state from inbox")] == ["applied", "applied"]


async def test_an_old_booklet_is_matched_only_when_it_is_time(desk, person):
    case = await desk.printed(person("900"))
    body = {"reference": case["reference"], "old_booklet_number": case["old_number"]}
    early = await desk.call("POST", f"{PATH}/activations", CLERK, staff=True, json=body)
    assert (early.status_code, early.json()["slug"]) == (409, "move-not-open")


async def test_the_loss_of_another_booklet_waits_to_be_looked_at(desk, person):
    case = await desk.printed(person("900"))
    await on_its_way(desk, case)
    await desk.ships(case, ShipmentLost, document_number="A99999999")
    assert [row.state for row in await desk.rows("select state from inbox where type like '%lost%'")] == ["parked"]
    assert (await desk.read(case["id"], case["person"]))["status"] == "with_carrier"


async def test_a_refused_print_waits_for_an_operator(desk, monkeypatch, person):
    who = person("900")
    right = senders.lines_of

    def with_a_wrong_digit(*asked):
        first, second = right(*asked)
        return first, second[:-1] + ("0" if second[-1] != "0" else "1")

    monkeypatch.setattr(senders, "lines_of", with_a_wrong_digit)
    application = await desk.in_review(who)
    await desk.ok("POST", f"{PATH}/{application}/take", OFFICER, staff=True)
    await desk.ok("POST", f"{PATH}/{application}/approve", OFFICER, staff=True)

    async def refused():
        rows = await desk.rows("select print_trouble from applications")
        return rows[0].print_trouble

    assert await eventually(refused) == "mrz-not-valid"
    place, why = f"{PATH}/{application}/reprint", {"reason": "the zone was mended"}
    assert (await desk.call("POST", place, OFFICER, staff=True, json=why)).json()["slug"] == "role-needed"
    monkeypatch.undo()
    await desk.relate("operator", "S-3001", "riyadh-main")
    await desk.ok("POST", place, "S-3001", staff=True, json=why)
    await desk.until(application, who, "printed")
    early = await desk.call("POST", place, "S-3001", staff=True, json=why)
    assert early.json()["slug"] == "move-not-open"
