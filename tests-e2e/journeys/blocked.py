"""J4: a blocked iqama renewal, a Tawasul ticket from it, answered and closed, tracked without signing in."""

from __future__ import annotations

import io

from PIL import Image

from journeys.caller import Caller
from journeys.world import World

RENEWALS = "/v1/iqama-renewals"
TICKETS = "/v1/tickets"
WORKER = "2000190500"  # a fine that is not paid, and a passport that has expired
BLOCKERS = {"fines", "passport"}


async def play(world: World) -> None:
    tell = world.teller
    tell.journey("J4", "معاملة متعذرة: تذكرة تواصل", "A blocked transaction becomes a Tawasul ticket")
    sponsor = await world.person("blocked-sponsor")
    renewal = await sponsor.post(RENEWALS, {"person": WORKER, "period_months": 12})
    path = f"{RENEWALS}/{renewal['id']}"
    blocked = await sponsor.until(path, lambda view: view["status"] == "blocked")
    failed = [need for need in blocked["requirements"] if need["state"] == "failed"]
    names = " ".join(need["name"] for need in failed)
    tell.check(all(word in names for word in BLOCKERS), f"eligibility names both blockers: {names}")
    tell.check(
        all(need["remedy_texts"]["ar"] and need["remedy_texts"]["en"] for need in failed),
        "each comes with what mends it, in two languages",
    )
    refused = await sponsor.call("POST", f"{path}/submit")
    tell.equal(refused.status_code, 409, "submitting it is refused")
    ticket = await _open(world, sponsor, renewal["id"])
    await _thread(world, sponsor, ticket)
    await _track(world, ticket)


async def _open(world: World, sponsor: Caller, case: str) -> dict[str, str]:
    tell = world.teller
    mobile, before = await _listening(world)
    new = {
        "service": "residency",
        "category": "administrative_block",
        "description": "سددت المخالفة وجددت الجواز وما زال الطلب متوقفاً",
        "case_id": case,
    }
    opened = await sponsor.post(TICKETS, new)
    ticket = await sponsor.until(f"{TICKETS}/{opened['id']}", lambda view: view["case_is_verified"])
    tell.check(ticket["missing"], "the ticket carries what blocks the renewal, told by the service itself")
    files = [
        ("files", ("لقطة الشاشة ١.png", _screenshot(), "image/png")),
        ("files", ("../../receipt.png", _screenshot(), "image/png")),
    ]
    attached = await sponsor.call("POST", f"{TICKETS}/{opened['id']}/attachments", files=files)
    tell.equal(attached.status_code, 201, "two files are attached, under any name")
    hostile = [("files", ("invoice.pdf", b"<html><script>alert(1)</script>", "application/pdf"))]
    answer = await sponsor.call("POST", f"{TICKETS}/{opened['id']}/attachments", files=hostile)
    tell.equal((answer.status_code, answer.json()["slug"]), (422, "file-not-accepted"), "a hostile file is refused")
    await world.outside.next_text(mobile, before, ticket["reference"])
    tell.check(True, "the applicant was told by SMS")
    return {"id": str(opened["id"]), "reference": str(ticket["reference"])}


async def _thread(world: World, sponsor: Caller, ticket: dict[str, str]) -> None:
    tell, path = world.teller, f"{TICKETS}/{ticket['id']}"
    specialist = await world.staff("officer")
    await specialist.post(f"{path}/take")
    await specialist.post(f"{path}/return", {"text": "أرفق صورة الجواز الجديد"})
    mobile, before = world.sign_ins["blocked-sponsor"]["mobile"], 0
    await world.outside.next_text(mobile, before, ticket["reference"])
    returned = await sponsor.get(path)
    tell.equal(
        (returned["status"], returned["turn"]), ("returned_to_applicant", "you"), "returned: the applicant's turn"
    )
    await sponsor.post(f"{path}/answer", {"text": "أرفقتها"})
    await specialist.post(f"{path}/resume")
    await specialist.post(f"{path}/process", {"text": "صُححت البيانات، أعد المحاولة"})
    closed = await sponsor.post(f"{path}/confirm", {"rating": 5})
    tell.equal(closed["status"], "closed", "answered, processed, confirmed and closed")
    late = await sponsor.call("POST", f"{path}/answer", {"text": "شيء آخر"})
    tell.equal(late.status_code, 409, "a closed ticket does not change any more")


async def _track(world: World, ticket: dict[str, str]) -> None:
    tell = world.teller
    stranger = Caller(world.gateway)
    mobile = world.sign_ins["blocked-sponsor"]["mobile"]
    right = await stranger.call(
        "POST", "/v1/track/tickets", {"reference": ticket["reference"], "mobile_last4": mobile[-4:]}
    )
    tell.equal((right.status_code, right.json().get("status")), (200, "closed"), "tracked without signing in")
    wrong = [
        await stranger.call("POST", "/v1/track/tickets", {"reference": reference, "mobile_last4": "0000"})
        for reference in (ticket["reference"], "TWS-2222-2222-2222")
    ]
    told = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in wrong]
    tell.check(
        wrong[0].status_code == wrong[1].status_code == 404 and told[0] == told[1],
        "a wrong pair and an unknown number are answered alike",
    )
    await stranger.close()


async def _listening(world: World) -> tuple[str, int]:
    mobile = world.sign_ins["blocked-sponsor"]["mobile"]
    return mobile, len(await world.outside.texts(mobile))


def _screenshot() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (320, 200), (240, 240, 240)).save(written, "PNG")
    return written.getvalue()
