"""J2: a renewal from eligibility to activation, through the API, with real bodies, real money and real events."""

from datetime import UTC, datetime

from chassis.testing.fixtures import eventually
from contracts.events_delivery import OldDocumentArrived, ShipmentDelivered, ShipmentHandedOver, ShipmentPacked
from passport.domain import mrz
from tests.passport_desk import CLERK, PATH

NOW = datetime.now(UTC)


async def test_a_renewal_travels_from_eligibility_to_activation(desk, person):
    who = person("900")
    asked = await desk.eligible(who)
    assert asked["eligible"], asked
    assert asked["fees_minor"] == {"5": 30000, "10": 60000}

    case = await desk.printed(who)
    record = case["record"]
    printed = desk.said("printed", case["id"])
    assert printed["passport_number"] == case["passport_number"]
    assert printed["collect_old_number"] == record["old_number"]
    assert printed["reissue"] is False
    assert await desk.bodies.payments.balance(who, "37") is not None

    (booklet,) = [b for b in (await desk.ok("GET", "/v1/passports", who))["items"] if b["status"] == "issued"]
    zone = mrz.read(*booklet["zone"])
    assert zone.number == case["passport_number"]
    assert zone.surname == case["english_name"]["family_name"]
    assert zone.given_names == case["english_name"]["given_names"]

    await desk.ships(case, ShipmentPacked, envelope="EA123456785SA")
    await desk.ships(case, ShipmentHandedOver, envelope="EA123456785SA", handed_over_at=NOW, promised_by=NOW)
    assert (await desk.read(case["id"], who))["state"]["word"] == "handed_to_post"
    await desk.ships(case, ShipmentDelivered, delivered_at=NOW, old_document=record["old_number"])
    await desk.ships(case, OldDocumentArrived, office="riyadh-main")
    assert (await desk.read(case["id"], who))["status"] == "awaiting_activation"

    wrong = {"reference": case["reference"], "old_booklet_number": "B99999999"}
    refused = await desk.call("POST", f"{PATH}/activations", CLERK, staff=True, json=wrong)
    assert (refused.status_code, refused.json()["slug"]) == (409, "old-booklet-does-not-match")
    assert await desk.rows("select 1 from acts where reason = 'old-booklet-does-not-match'")

    right = wrong | {"old_booklet_number": record["old_number"]}
    await desk.ok("POST", f"{PATH}/activations", CLERK, staff=True, json=right)
    done = await desk.read(case["id"], who)
    assert done["state"]["texts"]["en"] == "Completed"
    states = {b["number"]: b["status"] for b in (await desk.ok("GET", "/v1/passports", who))["items"]}
    assert states == {record["old_number"]: "cancelled", case["passport_number"]: "active"}

    async def all_told():
        return desk.events(case["id"]) == ["submitted", "approved", "printed", "completed"]

    await eventually(all_told)
    balance = await desk.bodies.payments.balance(who, "37")
    assert (balance.available_minor, balance.reserved_minor) == (5000 + 60000 - 30000, 0)
