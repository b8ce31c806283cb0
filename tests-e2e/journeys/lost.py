"""J5: lost in the post: claimed, confirmed, made anew at the carrier's cost, no second fee."""

from __future__ import annotations

from journeys import renewal
from journeys.caller import Caller
from journeys.world import World

A_DAY_AND_MORE = 26 * 3600.0


async def play(world: World) -> None:
    tell, outside = world.teller, world.outside
    tell.journey("J5", "جواز فُقد في البريد", "A passport lost in the post")
    person = await world.person("lost-in-post")
    who, mobile = (world.sign_ins["lost-in-post"][key] for key in ("number", "mobile"))
    application = await renewal.draft(world, person)
    await renewal.pay_and_submit(world, person, application, who)
    await renewal.decide(world, application)
    path = f"{renewal.APPLICATIONS}/{application}"
    printed = await person.until(path, lambda view: view["passport_number"] and view["status"] == "printed")
    first = str(printed["passport_number"])
    clerk = await world.staff("clerk")
    shipment = await renewal.pack(world, clerk, printed["reference"], first)
    await clerk.post("/v1/shipments/hand-overs", {"envelopes": [shipment["envelope"]]})
    await person.until(path, lambda view: view["status"] == "with_carrier")
    await outside.scan(shipment["envelope"], "in_transit")
    person = await _claim(world, person, str(shipment["id"]))
    again = await person.until(
        path, lambda view: view["passport_number"] not in (None, first) and view["status"] == "printed", within_s=60
    )
    tell.check(again["passport_number"] != first, "a new booklet was made, with a number of its own")
    booklets = {each["number"]: each["status"] for each in renewal._items(await person.get("/v1/passports"))}
    tell.check(booklets.get(first) not in ("active", "issued"), "the lost booklet is good for nothing")
    balance = await outside.balance(who, renewal.SERVICE_CODE)
    tell.equal(balance["reserved_minor"], 0, "no second fee was taken or set aside")
    second = await renewal.to_the_door(world, person, application, mobile)
    tell.equal(second, again["passport_number"], "the new booklet arrived at the door")


async def _claim(world: World, person: Caller, shipment: str) -> Caller:
    tell, path = world.teller, f"/v1/shipments/{shipment}"
    early = await person.call("POST", f"{path}/claim")
    tell.equal(early.status_code, 409, "before the promise is over there is nothing to claim")
    seen = await person.get(path)
    opens = seen["claim_open_from"]
    world.teller.step("مضى الوقت الموعود ولم يصل", f"Time passes; claims open from {opens and opens['at']}")
    for _ in range(10):
        await world.outside.move_clock(A_DAY_AND_MORE)
        answer = await person.call("POST", f"{path}/claim")
        if answer.status_code == 200:
            break
    tell.equal(answer.status_code, 200, "after it, the holder claims the parcel")
    lost = await person.until(path, lambda view: view["status"] == "lost", within_s=60)
    tell.equal(lost["status"], "lost", "the post looked for it and confirmed the loss")
    return person
