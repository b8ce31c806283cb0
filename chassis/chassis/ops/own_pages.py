"""The pages every service has: how it is, what is dead and why, any item by any id."""

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from chassis.database import Session
from chassis.ops import figures, finding
from chassis.ops.blocks import Card
from chassis.ops.desk import Desk
from chassis.ops.mending import AT_ONCE, Mender
from chassis.refusals import NotFound

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit


def add_own_pages(kit: "OpsKit") -> None:
    """Overview for the whole staff; dead items, search and single items for operators."""
    router = kit.router

    @router.get("", name="ops_overview")
    async def overview(desk: Desk = kit.seeing()) -> Response:
        queues = await figures.queues(desk.session, kit.service.clock.now())
        return desk.show(
            "overview.html",
            title=desk.say(f"ops.title.{kit.service.name}"),
            queues=queues,
            trouble=[queue for queue in queues if queue.state != "working"],
            cards=[await _card(kit, desk.session, number) for number in range(len(kit.cards))],
            outside=await figures.outside(desk.session),
            counted=figures.COUNTED,
        )

    @router.get("/dead", name="ops_dead")
    async def dead(desk: Desk = kit.seeing(kit.operators)) -> Response:
        groups = await figures.dead_groups(desk.session)
        mender = _mender(kit, desk)
        samples = [(await mender.of_group(each.queue, each.kind, each.cause))[:3] for each in groups]
        return desk.show(
            "dead.html", title=desk.say("ops.dead"), groups=list(zip(groups, samples, strict=True)), at_once=AT_ONCE
        )

    @router.post("/dead/{verb}", name="ops_mend_group")
    async def mend_group(verb: str, desk: Desk = kit.acting(kit.operators)) -> Response:
        reason, mender = desk.reason(), _mender(kit, desk)
        queue = desk.field("queue")
        for item_id in await mender.of_group(queue, desk.field("kind"), str(desk.form.get("cause", ""))):
            await _mend(mender, verb, queue, item_id, reason)
        return desk.back("/dead", f"ops.done.{verb}")

    @router.post("/items/{queue}/{item_id}/{verb}", name="ops_mend_item")
    async def mend_item(queue: str, item_id: UUID, verb: str, desk: Desk = kit.acting(kit.operators)) -> Response:
        await _mend(_mender(kit, desk), verb, queue, item_id, desk.reason())
        return desk.back(f"/items/{item_id}", f"ops.done.{verb}")

    @router.get("/find", name="ops_find")
    async def ask(desk: Desk = kit.seeing(kit.operators)) -> Response:
        return desk.show("find.html", title=desk.say("ops.find"), found=None)

    @router.post("/find", name="ops_found")
    async def find(desk: Desk = kit.acting(kit.operators, repeatable=True)) -> Response:
        """By POST: what somebody types may be anything, and no address may hold it."""
        found = await finding.find(desk.session, kit.service.name, desk.field("wanted"))
        return desk.show("find.html", title=desk.say("ops.find"), found=found)

    @router.get("/items/{item_id}", name="ops_item")
    async def item(item_id: UUID, desk: Desk = kit.seeing(kit.operators)) -> Response:
        told = await finding.item(desk.session, kit.service.name, item_id)
        if told is None:
            raise NotFound
        return desk.show("item.html", title=desk.say("ops.item"), item=told, item_id=item_id)


def _mender(kit: "OpsKit", desk: Desk) -> Mender:
    return Mender(kit.service, desk.session, desk.principal, desk.standing)


async def _mend(mender: Mender, verb: str, queue: str, item_id: UUID, reason: str) -> None:
    if verb == "retry":
        await mender.retry(queue, item_id, reason)
    elif verb == "discard":
        await mender.discard(queue, item_id, reason)
    else:
        raise NotFound


async def _card(kit: "OpsKit", session: Session, number: int) -> Card:
    """A number that cannot be had is not known; it does not take the page with it."""
    try:
        async with session.begin_nested():
            return await kit.cards[number](session)
    except SQLAlchemyError:
        return Card("ops.not-known", None)
