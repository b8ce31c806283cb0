"""What the carrier said that fits nothing: parked scans, looked into by an operator and settled with a reason."""

from collections.abc import Collection

from fastapi import Response

from chassis.ops import Button, Cell, Desk, OpsKit, Row
from chassis.paging import LIMIT_MAX
from delivery.actions.settle_scan import settle_scan
from delivery.models import Scan
from delivery.queries import parked_scans
from delivery.wiring import Delivery


def add(kit: OpsKit, service: Delivery, staff: Collection[str], operators: Collection[str]) -> None:
    """Put the exceptions into the ops door."""
    kit.tab("/exceptions", "ops.delivery.exceptions", staff)

    @kit.router.get("/exceptions")
    async def show_exceptions(desk: Desk = kit.seeing(staff)) -> Response:
        rows = await desk.session.scalars(parked_scans().limit(LIMIT_MAX))
        may_settle = bool(set(operators) & set(desk.held))
        columns = ("ops.delivery.envelope", "ops.delivery.scan", "ops.cause", "ops.since")
        return desk.list_page(
            desk.say("ops.delivery.exceptions"),
            [desk.say(each) for each in columns],
            [_row(desk, row, may_settle=may_settle) for row in rows],
            lead=desk.say("ops.delivery.exceptions-lead"),
        )

    @kit.router.post("/exceptions/settle")
    async def settle(desk: Desk = kit.acting(operators)) -> Response:
        await settle_scan(service, desk.session, desk.principal, desk.field("message_id"), desk.reason())
        return desk.back("/exceptions", "ops.done.delivery.settle")


def _row(desk: Desk, scan: Scan, *, may_settle: bool) -> Row:
    button = Button(
        desk.url("/exceptions/settle"),
        desk.say("ops.delivery.settle"),
        fields=[desk.reason_field()],
        hidden={"message_id": scan.message_id},
    )
    cells = [
        Cell(scan.envelope, "code"),
        Cell(scan.kind, "code"),
        Cell(desk.say(f"scan.{scan.reason}"), "state", "bad"),
        Cell(scan.received_at, "instant"),
    ]
    link = None if scan.shipment_id is None else desk.url(f"/shipments/{scan.shipment_id}")
    return Row(cells, link=link, buttons=[button] if may_settle else [])
