"""J2: a renewal from eligibility to the door, and the old booklet back to its office."""

from __future__ import annotations

import re
from typing import Any

from journeys.account import MOBILE, NUMBER
from journeys.caller import Caller
from journeys.outside import numbered
from journeys.world import World, portrait

APPLICATIONS = "/v1/passport-applications"
CHILD = numbered("100019003")  # ten years old, of the seeded household
FEE_5_YEARS = 30_000  # published: 300 SAR for five years
FEE_10_YEARS = 60_000  # published: 600 SAR for ten years
SERVICE_CODE = "37"  # published: passport renewal
TOLD = 9  # submitted, approved, printed, packed, handed over, on its way, delivered, old booklet arrived, active
WEIGHTS = (7, 3, 1)


async def play(world: World) -> None:
    world.teller.journey("J2", "تجديد جواز حتى الباب", "A passport renewal to the door")
    person = world.callers["J1"]
    application = await draft(world, person)
    await pay_and_submit(world, person, application)
    await decide(world, application)
    number = await to_the_door(world, person, application, MOBILE)
    await activate(world, person, application, number)
    texts = [text["text"] for text in await world.outside.texts(MOBILE)]
    reference = (await person.get(f"{APPLICATIONS}/{application}"))["reference"]
    told = [text for text in texts if reference in text]
    world.teller.check(
        len(told) >= 6, f"the holder was told of each change by SMS ({len(told)} texts name the request)"
    )
    world.teller.equal(len(told), len(set(told)), "nobody was told the same thing twice")
    await for_a_child(world)


async def for_a_child(world: World) -> None:
    """The head of a household renews a child's passport, and is told of each change on the child's record."""
    tell, head = world.teller, await world.person("household-head")
    mobile = world.sign_ins["household-head"]["mobile"]
    tell.step("رب الأسرة يجدد جواز طفله", "The head of a household renews a child's passport")
    application = await draft(world, head, {"person": CHILD}, years=5)
    path = f"{APPLICATIONS}/{application}"
    await world.outside.deposit(world.sign_ins["household-head"]["number"], SERVICE_CODE, FEE_5_YEARS)
    before = len(await world.outside.texts(mobile))
    await head.post(f"{path}/reserve")
    await head.until(path, lambda view: view["status"] == "fee_reserved")
    await head.post(f"{path}/submit")
    reference = (await head.get(path))["reference"]
    await world.outside.next_text(mobile, before, reference)
    tell.check(True, "the head of the household was told by SMS of the change on the child's record")
    stranger = await (await world.person("sponsor")).call("GET", path)
    tell.equal(stranger.status_code, 404, "another head of household sees nothing of it")
    await head.post(f"{path}/cancel")


async def draft(world: World, person: Caller, whose: dict[str, str] | None = None, *, years: int = 10) -> str:
    """Eligibility, a draft, pledges, photo, English name, address, review."""
    tell, whose = world.teller, whose or {}
    asked = await person.until_posted(f"{APPLICATIONS}/eligibility", whose, lambda v: not v["being_checked"])
    in_the_way = [need["name"] for need in asked["requirements"] if need["state"] != "met"]
    tell.equal(in_the_way, [], "eligibility answers before any question is asked, and nothing is in the way")
    opened = await person.post(APPLICATIONS, {"kind": "renewal", "validity_years": years, "language": "ar", **whose})
    application = str(opened["id"])
    path = f"{APPLICATIONS}/{application}"
    early = await person.call("POST", f"{path}/reserve")
    tell.equal(early.status_code, 409, "an empty draft is refused")
    missing = {need["name"] for need in early.json()["details"].get("requirements", [])}
    tell.check(len(missing) >= 4, f"the refusal names everything that is missing: {', '.join(sorted(missing))}")
    pledges = await person.get(f"{path}/pledges")
    for pledge in pledges if isinstance(pledges, list) else pledges["items"]:
        shown = {"version": pledge["version"], "language": "ar"}
        await person.post(f"{path}/pledges/{pledge['pledge']}/accept", shown)
    tell.step("قُبلت التعهدات واحداً واحداً", "Each pledge was accepted, one by one")
    hostile = await person.call("PUT", f"{path}/photo", content=b"<svg onload=alert(1)>", headers=_picture())
    tell.equal(hostile.status_code, 422, "a hostile file is not a photo")
    await person.put(f"{path}/photo", content=portrait(), headers=_picture())
    seen = await person.until(path, lambda view: view["english_name"] and view["addresses"])
    name = seen["english_name"]
    await person.put(f"{path}/english-name", {"given_names": name["given_names"], "family_name": name["family_name"]})
    await person.put(f"{path}/delivery-address", {"short_address": seen["addresses"][0]})
    await person.post(f"{path}/review")
    tell.step(
        "راجعت بياناتي وصورتي واسمي بالإنجليزية، واخترت عنواني",
        "Reviewed my data, photo and English name, and chose my address",
    )
    return application


async def pay_and_submit(world: World, person: Caller, application: str, who: str = NUMBER) -> None:
    """Too little in the balance, a deposit at the bank, the reservation, the submission."""
    tell, path = world.teller, f"{APPLICATIONS}/{application}"
    fee = (await person.get(path))["fee"]
    tell.equal((fee["amount_minor"], fee["service_code"]), (FEE_10_YEARS, SERVICE_CODE), "the fee is the published one")
    await person.post(f"{path}/reserve")
    poor = await person.until(path, lambda view: view["fee"]["reason"] or view["status"] == "fee_reserved")
    before = await world.outside.balance(who, SERVICE_CODE)
    tell.equal(
        (poor["status"], before["reserved_minor"]),
        ("awaiting_payment", 0),
        "with too little in the balance nothing is reserved, and the application waits for payment",
    )
    await world.outside.deposit(who, SERVICE_CODE, FEE_10_YEARS)
    await person.post(f"{path}/reserve")
    await person.until(path, lambda view: view["status"] == "fee_reserved")
    after = await world.outside.balance(who, SERVICE_CODE)
    tell.equal(after["reserved_minor"], FEE_10_YEARS, "the payment body has the fee set aside")
    tell.equal(after["available_minor"], before["available_minor"], "and nothing more than the fee")
    key = f"submit-{application}"
    first = await person.call("POST", f"{path}/submit", key=key)
    twin = await person.call("POST", f"{path}/submit", key=key)
    tell.equal((first.status_code, twin.content == first.content), (200, True), "a double submit is one submission")
    again = await person.call("POST", f"{path}/submit")
    tell.equal(again.status_code, 409, "what was submitted is not submitted again")


async def decide(world: World, application: str) -> None:
    """Two officers, one case; one takes it and approves."""
    tell, path = world.teller, f"{APPLICATIONS}/{application}"
    officer, second = await world.staff("officer"), await world.staff("second-officer")
    work = f"{APPLICATIONS}/work-list?limit=100"
    await officer.until(work, lambda page: any(item["id"] == application for item in page["items"]))
    unopened = await officer.call("GET", path)
    tell.check(unopened.status_code in (403, 404), "an officer opens no record that is not assigned")
    await officer.post(f"{path}/take")
    rival = await second.call("POST", f"{path}/take")
    tell.equal(rival.status_code, 409, "a second officer cannot take the same case")
    blind = await second.call("POST", f"{path}/approve")
    tell.check(blind.status_code in (403, 404, 409), "nor approve it")
    await officer.post(f"{path}/approve")
    tell.step("اعتمد الضابط الطلب", "The officer approved the application")


async def to_the_door(world: World, person: Caller, application: str, mobile: str) -> str:
    """Printed, packed, handed over, scanned, delivered against the door code. Returns the booklet's number."""
    tell, outside, path = world.teller, world.outside, f"{APPLICATIONS}/{application}"
    printed = await person.until(path, lambda view: view["passport_number"] and view["status"] in ("printed", "packed"))
    number = str(printed["passport_number"])
    await check_zone(world, person, number)
    clerk = await world.staff("clerk")
    shipment = await pack(world, clerk, printed["reference"], number)
    envelope = shipment["envelope"]
    tell.check(_is_s10(envelope), f"the envelope has a right S10 number: {envelope}")
    handed = await clerk.post("/v1/shipments/hand-overs", {"envelopes": [envelope]})
    tell.equal(handed["handed_over"], 1, "the envelope was handed to the post")
    mine = await person.get(f"/v1/shipments/{shipment['id']}")
    tell.check(mine["promise"], "the delivery promise of 24 hours runs from the hand-over")
    await person.until(path, lambda view: view["status"] == "with_carrier")
    before = len(await outside.texts(mobile))
    for kind in ("in_transit", "at_branch", "out_for_delivery"):
        await outside.scan(envelope, kind)
    code = await outside.code(mobile, before)
    old = printed["old_number"]
    wrong = await outside.scan(envelope, "delivered", code=_other(code), old_document=old)
    tell.equal(wrong["answer_code"], 409, "a wrong door code delivers nothing")
    right = await outside.scan(envelope, "delivered", code=code, old_document=old)
    tell.equal(right["answer_code"], 200, "the right code does, and the old booklet goes along")
    await person.until(path, lambda view: view["status"] == "awaiting_activation")
    tell.step(
        "وصل الجواز إلى الباب وسُلّم القديم للمندوب", "The passport is at the door, and the courier took the old one"
    )
    world.kept[application] = {"envelope": envelope, "old": old, "reference": printed["reference"]}
    return number


async def pack(world: World, clerk: Caller, reference: str, number: str) -> dict[str, Any]:
    """The packing desk: the wrong document is refused, the right one is bound to its envelope."""
    desk = await clerk.until(
        "/v1/shipments/packing-list?limit=100",
        lambda page: any(line["case_reference"] == reference for line in page["items"]),
    )
    line = next(line for line in desk["items"] if line["case_reference"] == reference)
    path = f"/v1/shipments/{line['id']}/pack"
    wrong = await clerk.call("POST", path, {"document_number": "Z99999999", "envelope": line["envelope"]})
    world.teller.equal(wrong.status_code, 409, "another document does not go into this envelope")
    await clerk.post(path, {"document_number": number, "envelope": line["envelope"]})
    return dict(line)


async def activate(world: World, person: Caller, application: str, number: str) -> None:
    """The old booklet comes back to an office; a wrong one refuses, the right one activates."""
    tell, kept = world.teller, world.kept[application]
    clerk = await world.staff("clerk")
    await world.outside.scan(kept["envelope"], "old_document_returned", old_document=kept["old"])
    await person.until(f"{APPLICATIONS}/{application}", lambda view: view["old_office"])
    desk = f"{APPLICATIONS}/activations"
    wrong = await clerk.call("POST", desk, {"reference": kept["reference"], "old_booklet_number": "Z12345678"})
    tell.equal(wrong.status_code, 409, "a wrong old booklet activates nothing")
    await clerk.post(desk, {"reference": kept["reference"], "old_booklet_number": kept["old"]})
    done = await person.until(f"{APPLICATIONS}/{application}", lambda view: view["status"] == "completed")
    tell.equal(done["state"]["word"], "completed", "the office matched the old booklet, and the passport is active")
    balance = await world.outside.balance(NUMBER, SERVICE_CODE)
    tell.equal(balance["reserved_minor"], 0, "the fee was consumed once, and nothing stays reserved")
    passports = await person.get("/v1/passports")
    active = [each for each in _items(passports) if each["status"] == "active"]
    tell.equal([each["number"] for each in active], [number], "the holder has exactly one active passport")


async def check_zone(world: World, person: Caller, number: str) -> None:
    """The machine-readable zone by the published arithmetic, written here on its own."""
    booklet = next(each for each in _items(await person.get("/v1/passports")) if each["number"] == number)
    first, second = booklet["zone"]
    tell = world.teller
    tell.check(len(first) == len(second) == 44 and first.startswith("P<SAU"), "two lines of 44 characters")
    fields = ((second[0:9], second[9]), (second[13:19], second[19]), (second[21:27], second[27]))
    composite = second[0:10] + second[13:20] + second[21:43]
    right = all(check_digit(text) == digit for text, digit in (*fields, (composite, second[43])))
    tell.check(right, "every check digit of the printed zone is right (ICAO 9303)")
    tell.equal(second[0:9].rstrip("<"), number, "the zone carries the booklet's number")


def check_digit(text: str) -> str:
    """ICAO 9303: weights 7 3 1 over the characters' values, modulo 10."""
    values = [0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55 for c in text]
    return str(sum(value * WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def _is_s10(envelope: str) -> bool:
    if not re.fullmatch(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", envelope):
        return False
    total = sum(int(d) * w for d, w in zip(envelope[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    return int(envelope[10]) == {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def _picture() -> dict[str, str]:
    return {"Content-Type": "image/jpeg"}


def _items(answer: Any) -> list[Any]:
    return list(answer["items"]) if isinstance(answer, dict) else list(answer)
