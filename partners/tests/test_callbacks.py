"""Scans told by signed callback: only ours, only fresh, tried again, in order, and the answer given back."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from chassis.settings import SAMPLE_SECRET
from chassis.testing.fixtures import eventually
from partners.callbacks import CallbackRefused, sign, verify
from partners.post import Scan, callback_body, verify_callback
from partners.simulators.app import QuietServer
from partners.testing import ORDINARY, Bodies

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of some length for the test").decode()
BODY = callback_body("RR000000014SA", "delivered", NOW, code="482913", old_document="K12345678")


def headers(**changed: str) -> dict[str, str]:
    return {**sign(SECRET, "msg_1", NOW, BODY), **changed}


def test_a_signed_scan_is_read():
    scan = verify_callback([SECRET], headers(), BODY, NOW)
    assert (scan.s10, scan.kind, scan.code, scan.old_document) == ("RR000000014SA", "delivered", "482913", "K12345678")
    assert scan.message_id == "msg_1"
    assert scan.scanned_at == NOW


def test_the_published_vector_of_the_standard_is_signed_alike():
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_rotated_the_old_and_the_new_one_both_hold():
    assert verify([SAMPLE_SECRET, SECRET], headers(), BODY, NOW) == "msg_1"
    both = headers()["webhook-signature"] + " " + sign("another", "msg_1", NOW, BODY)["webhook-signature"]
    assert verify(["another"], headers(**{"webhook-signature": both}), BODY, NOW) == "msg_1"


def test_header_names_are_read_in_any_case():
    assert verify([SECRET], {name.title(): value for name, value in headers().items()}, BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    ("changed", "body", "now", "slug"),
    [
        ({"webhook-signature": ""}, BODY, NOW, "signature-missing"),
        ({"webhook-id": ""}, BODY, NOW, "signature-missing"),
        ({"webhook-timestamp": "soon"}, BODY, NOW, "signature-missing"),
        ({"webhook-timestamp": "١٧٦٣٨١٢٨٠٠"}, BODY, NOW, "signature-missing"),
        ({"webhook-signature": "v1,AAAA"}, BODY, NOW, "signature-wrong"),
        ({"webhook-signature": "v1,ü"}, BODY, NOW, "signature-wrong"),
        ({"webhook-signature": "v2," + headers()["webhook-signature"][3:]}, BODY, NOW, "signature-wrong"),
        ({"webhook-id": "msg_2"}, BODY, NOW, "signature-wrong"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, BODY, NOW, "signature-wrong"),
        ({}, BODY.replace(b"delivered", b"attempted"), NOW, "signature-wrong"),
        ({}, BODY.replace(b"482913", b"482914"), NOW, "signature-wrong"),
        ({}, BODY, NOW + timedelta(seconds=301), "signature-old"),
        ({}, BODY, NOW - timedelta(seconds=301), "signature-old"),
    ],
)
def test_a_forged_changed_or_old_scan_is_refused(changed: dict[str, str], body: bytes, now: datetime, slug: str):
    with pytest.raises(CallbackRefused) as refused:
        verify_callback([SECRET], headers(**changed), body, now)
    assert refused.value.slug == slug


def test_another_secret_does_not_open_it():
    with pytest.raises(CallbackRefused, match="signature-wrong"):
        verify_callback(["whsec_" + base64.b64encode(b"other").decode()], headers(), BODY, NOW)


@pytest.mark.parametrize("body", [b"{}", b"not json", BODY.replace(b"RR000000014SA", b"RR000000015SA")])
def test_a_signed_body_that_is_no_scan_is_refused(body: bytes):
    with pytest.raises(CallbackRefused, match="body-not-valid"):
        verify_callback([SECRET], sign(SECRET, "msg_1", NOW, body), body, NOW)


@dataclass
class Platform:
    """The receiving side: verifies as the delivery service does, answers what the test wants."""

    url: str = ""
    scans: list[Scan] = field(default_factory=list)
    answers: list[tuple[int, dict]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    secret: str = SAMPLE_SECRET

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            scan = verify_callback([self.secret], request.headers, await request.body(), datetime.now(UTC))
        except CallbackRefused as no:
            self.refused.append(no.slug)
            await JSONResponse({"slug": no.slug}, status_code=401)(scope, receive, send)
            return
        status, answer = self.answers.pop(0) if self.answers else (200, {"slug": "taken"})
        if status < 500:
            self.scans.append(scan)
        await JSONResponse(answer, status_code=status)(scope, receive, send)


@pytest_asyncio.fixture
async def platform() -> AsyncIterator[Platform]:
    made, listening = Platform(), socket.create_server(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{listening.getsockname()[1]}/callbacks/post"
    server = QuietServer(uvicorn.Config(made, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    yield made
    server.should_exit = True
    await serving


async def item(bodies: Bodies, reference: str = "reference-1") -> str:
    address = (await bodies.post.addresses(ORDINARY)).addresses[0].short_address
    order = await bodies.post.order(
        reference, person=ORDINARY, recipient="KHALID", short_address=address, mobile="+966501234567"
    )
    return order.s10


async def test_a_walk_is_told_scan_by_scan(open_bodies, platform: Platform):
    bodies: Bodies = await open_bodies(callback_url=platform.url)
    s10 = await item(bodies)
    for kind in ("in_transit", "at_branch", "out_for_delivery", "attempted"):
        made = await bodies.control(f"post/{s10}/scan", kind=kind)
        assert (made.status_code, made.json()["answer_code"]) == (201, 200)
    made = await bodies.control(f"post/{s10}/scan", kind="delivered", code="123456", old_document="K12345678")
    assert made.json()["answer"] == {"slug": "taken"}
    assert [scan.kind for scan in platform.scans] == [
        "in_transit",
        "at_branch",
        "out_for_delivery",
        "attempted",
        "delivered",
    ]
    assert (platform.scans[-1].code, platform.scans[-1].old_document) == ("123456", "K12345678")
    assert len({scan.message_id for scan in platform.scans}) == 5
    found = (await bodies.post.find_order("reference-1")).order
    assert found
    assert found.last_scan == "delivered"


async def test_a_wrong_door_code_is_given_back_to_the_courier(open_bodies, platform: Platform):
    bodies: Bodies = await open_bodies(callback_url=platform.url)
    s10 = await item(bodies)
    platform.answers = [(409, {"slug": "door-code-wrong"})]
    made = (await bodies.control(f"post/{s10}/scan", kind="delivered", code="000000")).json()
    assert (made["answer_code"], made["answer"], made["tries"]) == (409, {"slug": "door-code-wrong"}, 1)


async def test_a_scan_the_platform_cannot_take_is_tried_again_under_the_same_id(open_bodies, platform: Platform):
    bodies: Bodies = await open_bodies(callback_url=platform.url)
    s10 = await item(bodies)
    platform.answers = [(503, {}), (500, {}), (200, {"slug": "taken"})]
    made = (await bodies.control(f"post/{s10}/scan", kind="in_transit")).json()
    assert (made["answer_code"], made["tries"]) == (200, 3)
    assert len(platform.scans) == 1


async def test_while_the_platform_is_away_scans_wait_and_keep_their_order(open_bodies, platform: Platform):
    bodies: Bodies = await open_bodies(callback_url="http://127.0.0.1:9/callbacks/post")
    s10 = await item(bodies)
    for kind in ("in_transit", "at_branch", "out_for_delivery"):
        made = await bodies.control(f"post/{s10}/scan", kind=kind)
        assert (made.status_code, made.json()["answer_code"]) == (202, None)
    (await bodies.web.put("/control/post/callback", json={"url": platform.url})).raise_for_status()

    async def all_told() -> bool:
        return len(platform.scans) == 3

    await eventually(all_told)
    assert [scan.kind for scan in platform.scans] == ["in_transit", "at_branch", "out_for_delivery"]


async def test_a_platform_with_another_secret_takes_nothing(open_bodies, platform: Platform):
    platform.secret = "another secret"
    bodies: Bodies = await open_bodies(callback_url=platform.url)
    s10 = await item(bodies)
    made = (await bodies.control(f"post/{s10}/scan", kind="in_transit")).json()
    assert made["answer_code"] == 401
    assert platform.refused == ["signature-wrong"]
    assert not platform.scans


async def test_items_walk_by_themselves_up_to_the_door(open_bodies, platform: Platform):
    bodies: Bodies = await open_bodies(callback_url=platform.url, post_walks=True, post_walk_s=0.05)
    await item(bodies)

    async def at_the_door() -> bool:
        return [scan.kind for scan in platform.scans] == ["in_transit", "at_branch", "out_for_delivery"]

    await eventually(at_the_door)
    await asyncio.sleep(0.2)
    assert len(platform.scans) == 3


async def test_nothing_is_scanned_that_does_not_exist_or_was_called_off(bodies: Bodies):
    assert (await bodies.control("post/RR000000005SA/scan", kind="in_transit")).status_code == 404
    s10 = await item(bodies)
    await bodies.post.cancel("reference-1")
    assert (await bodies.control(f"post/{s10}/scan", kind="in_transit")).json()["slug"] == "order-cancelled"
