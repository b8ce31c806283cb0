"""J7: a sponsor authorises a citizen by code; the citizen gives the worker a visa in the sponsor's name; withdrawn, it is over."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

from journeys.caller import Caller
from journeys.world import World

AUTHORISATIONS, VISAS = "/v1/authorisations", "/v1/exit-reentry-visas"
ENDS_WITHIN_S = 5.0


async def play(world: World) -> None:
    tell, outside = world.teller, world.outside
    tell.journey(
        "J7", "تفويض إلكتروني: مواطن يعمل نيابة عن صاحب العمل", "A citizen acts for an employer by authorisation"
    )
    sponsor, citizen = await world.person("sponsor"), await world.person("household-head")
    worker, mobile = world.sign_ins["worker"]["number"], world.sign_ins["sponsor"]["mobile"]
    question = {"person": worker, "trips": "single", "months": 2}
    stranger = await citizen.call("POST", f"{VISAS}/eligibility", question)
    tell.equal(stranger.status_code, 404, "before it, the worker does not exist for the citizen")

    place = await _granted(world, sponsor, citizen, worker)
    asked = await citizen.until_posted(f"{VISAS}/eligibility", question, lambda view: not view["being_checked"])
    tell.check(asked["eligible"], "once accepted, the citizen may ask for the worker's visa")
    asked_for = await citizen.post(VISAS, question)
    path = f"{VISAS}/{asked_for['id']}"
    await outside.next_text(mobile, 0, asked_for["reference"])
    tell.check(True, "the sponsor was told of the use by SMS")
    used = await sponsor.until(place, lambda view: view["uses"] == 1)
    tell.equal(used["status"], "used", "its single use is counted")
    again = await citizen.call("POST", VISAS, question)
    tell.equal((again.status_code, again.json().get("slug")), (403, "grant-used-up"), "and there is no second one")

    visa = await citizen.until(path, lambda view: view["fee"]["amount_minor"])
    await outside.deposit(visa["fee"]["deposit_to"], visa["fee"]["service_code"], visa["fee"]["amount_minor"])
    await citizen.post(f"{path}/reserve")
    await citizen.until(path, lambda view: view["status"] == "fee_reserved")
    before = len(await outside.texts(mobile))
    await citizen.post(f"{path}/issue")
    issued = await sponsor.until(path, lambda view: view["status"] == "issued")
    endings = [world.sign_ins[role]["number"][-4:] for role in ("household-head", "sponsor")]
    # A long text comes in parts: both names stand in the last.
    told = await outside.next_text(mobile, before, f"{endings[1]})")
    both = issued["visa_number"] in told and all(ending in told for ending in endings)
    tell.check(both, "what the sponsor is told names both, by their last digits")
    steps = [move for move in issued["timeline"] if move["standing"] == "grantee"]
    tell.check(steps and all(move["acted_for"] for move in steps), "the case's history names both as well")

    await sponsor.post(f"{place}/withdraw")
    act = await citizen.call("POST", f"{path}/cancel")
    tell.equal(act.status_code, 404, "withdrawn, not one more act is done by it")
    tell.check(await _gone(citizen, path), "and within five seconds nothing is seen by it")
    await sponsor.post(f"{path}/cancel")
    tell.equal((await sponsor.get(path))["status"], "cancelled", "the sponsor goes on in their own right")


async def _granted(world: World, sponsor: Caller, citizen: Caller, worker: str) -> str:
    """From the form to the acceptance; the address of the authorisation."""
    tell, outside = world.teller, world.outside
    number, mobile = world.sign_ins["household-head"]["number"], world.sign_ins["sponsor"]["mobile"]
    wish: dict[str, Any] = {
        "grantee": number,
        "grantee_born_on": (await outside.person(number))["born_on"],
        "service": "exit_reentry",
        "ends_on": (date.today() + timedelta(days=30)).isoformat(),  # noqa: DTZ011 - any day well ahead will do
        "narrowed_to": worker,
        "uses_allowed": 1,
    }
    before = len(await outside.texts(mobile))
    draft = await sponsor.post(AUTHORISATIONS, wish)
    place = f"{AUTHORISATIONS}/{draft['id']}"
    hidden = await citizen.call("GET", place)
    tell.equal(hidden.status_code, 404, "a draft is the grantor's alone")
    issued = await sponsor.post(f"{place}/confirm", {"code": await outside.code(mobile, before)})
    tell.equal(issued["status"], "issued", "the code that came to the sponsor's mobile issues it")
    early = await citizen.call("POST", f"{VISAS}/eligibility", {"person": worker, "trips": "single", "months": 2})
    tell.equal(early.status_code, 404, "and nothing is opened by it before it is accepted")
    await citizen.post(f"{place}/accept")
    return place


async def _gone(caller: Caller, path: str) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + ENDS_WITHIN_S
    while loop.time() < until:
        if (await caller.call("GET", path)).status_code == 404:
            return True
        await asyncio.sleep(0.1)
    return False
