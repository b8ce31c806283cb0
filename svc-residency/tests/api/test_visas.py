"""Exit and re-entry visas through the door: from may they to issued, cancelled or lapsed."""

from residency_desk import VISAS, day, household


async def test_an_employer_has_a_visa_issued_and_both_sides_can_read_it(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    asked = await desk.eligible(employer, VISAS, person=worker, months=2)
    assert asked["eligible"]
    assert asked["fee_minor"] == 20000
    place = await desk.issued(employer, worker)
    seen = await desk.ok("GET", place, employer)
    issued_on = day(seen["issued_on"])
    assert seen["state"]["word"] == "approved"
    assert len(seen["visa_number"]) == 10
    assert (day(seen["cancel_by"]) - issued_on).days == 90
    assert seen["fee"]["state"] == "consumed"
    assert (await desk.ok("GET", place, worker))["visa_number"] == seen["visa_number"]
    told = await desk.heard("exit_reentry_visa.issued", visa_id=seen["id"])
    assert told["stay_days"] == 60
    assert told["trips"] == "single"
    balance = await desk.bodies.payments.balance(worker, "4")
    assert (balance.available_minor, balance.reserved_minor) == (5000, 0)
