"""What is asked of the post arrives once, whatever happens on the wire; and the courier's own callbacks reach us."""

import asyncio
import contextlib
import socket

import pytest
import sqlalchemy as sa
import uvicorn

from chassis.database import Sight
from chassis.http.app import wrapped
from chassis.models import IntentRow
from chassis.testing.fixtures import eventually
from contracts.values import is_s10
from delivery.actions.label import label
from delivery.app import create_api
from delivery.models import Shipment
from partners.post import Post
from partners.simulators.models import Item


async def labels_at_the_post(house) -> list[str]:
    async with house.simulators.world.transaction() as session:
        return list(await session.scalars(sa.select(Item.s10)))


async def test_an_order_whose_answer_was_lost_is_asked_about_and_not_sent_again(house):
    plan = {"body": "post", "kind": "drop_answer", "count": 1}
    assert (await house.control.post("/control/faults", json=plan)).status_code == 204
    shipment = await house.labelled()
    assert await labels_at_the_post(house) == [shipment.envelope]
    [intent] = await house.rows(sa.select(IntentRow).where(IntentRow.kind == "post.order"))
    assert intent.attempts == 2
    assert intent.sealed is None


@pytest.mark.parametrize("kind", ["down", "error"])
async def test_an_order_outlives_a_post_that_is_away(house, kind):
    plan = {"body": "post", "kind": kind, "count": 2}
    assert (await house.control.post("/control/faults", json=plan)).status_code == 204
    shipment = await house.labelled()
    assert await labels_at_the_post(house) == [shipment.envelope]


async def test_a_label_that_another_envelope_carries_is_not_taken(house):
    first = await house.labelled("A10000001")
    await house.control.post("/control/faults", json={"body": "post", "kind": "down", "seconds": 60})
    await house.print(number="A10000002")
    second = await house.shipment(Shipment.document_number == "A10000002")
    async with house.service.database.transaction(Sight.system("test")) as session:
        await label(house.service, session, second.id, first.envelope)
    after = await house.again(second)
    assert (after.status, after.envelope, after.order_refused) == ("ordered", None, "label-not-unique")


async def test_a_thousand_labels_are_a_thousand_numbers(house):
    post = Post.at(house.simulators.url("post"), total_s=60)

    async def order(n: int) -> str:
        order = await post.order(
            f"reference-{n:04d}",
            person="1000010018",
            recipient="Nobody",
            short_address="RAAA2919",
            mobile="+966501234567",
        )
        return order.s10

    labels: list[str] = []
    for start in range(0, 1000, 8):
        labels += await asyncio.gather(*(order(n) for n in range(start, start + 8)))
    await post.close()
    assert len(set(labels)) == 1000
    assert all(is_s10(each) for each in labels)


async def test_the_couriers_own_callbacks_bring_it_to_the_door(house):
    """Over real sockets: the simulated courier signs, this service verifies, and a wrong code is the courier's answer."""
    app = wrapped(create_api(house.service, house.mint.verifier()))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # the test process keeps its own
    serving = asyncio.create_task(server.serve([listening]))
    try:
        target = f"http://127.0.0.1:{listening.getsockname()[1]}/callbacks/post"
        await house.control.put("/control/post/callback", json={"url": target})
        shipment = await house.handed_over()
        path = f"/control/post/{shipment.envelope}/scan"
        for kind in ("in_transit", "at_branch", "out_for_delivery"):
            made = await house.control.post(path, json={"kind": kind})
            assert (made.status_code, made.json()["answer_code"]) == (201, 200), made.text
        code = await house.code()
        wrong = {"kind": "delivered", "code": f"{(int(code) + 1) % 1000000:06d}", "old_document": "B00000017"}
        refused = (await house.control.post(path, json=wrong)).json()
        assert (refused["answer_code"], refused["answer"]["slug"]) == (409, "door-code-wrong")
        right = wrong | {"code": code}
        assert (await house.control.post(path, json=right)).json()["answer"]["verdict"] == "applied"
        back = {"kind": "old_document_returned", "old_document": "B00000017"}
        assert (await house.control.post(path, json=back)).json()["answer"]["verdict"] == "applied"

        async def returned() -> bool:
            return (await house.again(shipment)).old_document == "returned"

        await eventually(returned)
    finally:
        server.should_exit = True
        await serving
