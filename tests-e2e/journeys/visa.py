"""J3: a sponsor gives a worker an exit and re-entry visa; both are told; it is cancelled in its window."""

from __future__ import annotations

from journeys.world import World

VISAS = "/v1/exit-reentry-visas"
TWO_MONTHS = 20_000  # published: 200 SAR for a single visa of up to two months


async def play(world: World) -> None:
    tell, outside = world.teller, world.outside
    tell.journey("J3", "تأشيرة خروج وعودة لعامل", "An exit and re-entry visa for a worker")
    sponsor, worker = await world.person("sponsor"), await world.person("worker")
    number = world.sign_ins["worker"]["number"]
    mobiles = [world.sign_ins[role]["mobile"] for role in ("sponsor", "worker")]
    question = {"person": number, "trips": "single", "months": 2}
    asked = await sponsor.until_posted(f"{VISAS}/eligibility", question, lambda v: not v["being_checked"])
    if not tell.check(asked["eligible"], "the worker may have a visa"):
        tell.step("", ", ".join(r["name"] for r in asked["requirements"] if r["state"] != "met"))
    path = f"{VISAS}/{(await sponsor.post(VISAS, question))['id']}"
    visa = await sponsor.until(path, lambda view: view["fee"]["amount_minor"])
    seen = await worker.get(path)
    tell.equal(seen["trips"], "single", "the worker sees the kind of visa before it is issued")
    tell.equal(visa["fee"]["amount_minor"], TWO_MONTHS, "the fee is the published one")
    stranger = await (await world.person("household-head")).call("GET", path)
    tell.equal(stranger.status_code, 404, "somebody else's visa does not exist for a stranger")
    await outside.deposit(visa["fee"]["deposit_to"], visa["fee"]["service_code"], TWO_MONTHS)
    await sponsor.post(f"{path}/reserve")
    await sponsor.until(path, lambda view: view["status"] == "fee_reserved")
    before = {mobile: len(await outside.texts(mobile)) for mobile in mobiles}
    await sponsor.post(f"{path}/issue")
    issued = await sponsor.until(path, lambda view: view["status"] == "issued")
    tell.check(issued["visa_number"] and issued["cancel_by"], "the visa has a number, and a last day to cancel it")
    for mobile, who in zip(mobiles, ("the sponsor", "the worker"), strict=True):
        await outside.next_text(mobile, before[mobile], issued["visa_number"])
        tell.check(True, f"{who} was told by SMS")
    again = await sponsor.call("POST", VISAS, question)
    tell.check(again.status_code in (201, 409), "a second visa is refused at once or cannot be issued")
    if again.status_code == 201:
        blocked = await sponsor.call("POST", f"{VISAS}/{again.json()['id']}/issue")
        tell.equal(blocked.status_code, 409, "while one visa is valid no other is issued")
        await sponsor.post(f"{VISAS}/{again.json()['id']}/withdraw")
    before = {mobile: len(await outside.texts(mobile)) for mobile in mobiles}
    await sponsor.post(f"{path}/cancel")
    cancelled = await sponsor.get(path)
    tell.equal(cancelled["status"], "cancelled", "it was cancelled in its window")
    for mobile in mobiles:
        await outside.next_text(mobile, before[mobile], issued["visa_number"])
    tell.check(True, "both were told of the cancellation")
    balance = await outside.balance(visa["fee"]["deposit_to"], visa["fee"]["service_code"])
    tell.equal(balance["reserved_minor"], 0, "the fee was consumed and is not refunded")
