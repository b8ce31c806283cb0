"""Late envelopes and one shipment's way: status, promise, every hand it went through; no name and no address."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from fastapi import Response

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import find
from chassis.lifecycle import OpenAction
from chassis.ops import Cell, Desk, OpsKit, Row, Step, steps_of
from chassis.ops.blocks import Tone
from chassis.ops.records import Record, add_records, require_reason
from chassis.paging import CursorParam, page_of
from contracts.authority import ACTOR_OF_ROLE, StaffRole
from delivery.actions.cancel import cancel
from delivery.actions.claim import facts_of
from delivery.domain.shipment import SHIPMENT, Action, Status
from delivery.models import Custody, Shipment
from delivery.queries import any_one, custody_of, late, moves_of, on_a_list
from delivery.wiring import Delivery


def add(kit: OpsKit, service: Delivery, staff: Collection[str], operators: Collection[str]) -> None:
    """Put the late list and the page of one shipment into the ops door."""
    kit.tab("/late", "ops.delivery.late", staff)
    add_records(kit, staff, _by_reference)

    @kit.router.get("/late")
    async def show_late(desk: Desk = kit.seeing(staff), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, late(), Shipment.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        columns = ("ops.reference", "ops.delivery.envelope", "ops.state", "ops.since", "ops.delivery.promised_by")
        return desk.list_page(
            desk.say("ops.delivery.late"),
            [desk.say(each) for each in columns],
            [_row(desk, row) for row in rows],
            lead=desk.say("ops.delivery.late-lead"),
            following=following,
        )

    @kit.router.get("/shipments/{shipment_id}")
    async def show_shipment(shipment_id: UUID, desk: Desk = kit.seeing(staff)) -> Response:
        shipment = await _opened(service, desk, shipment_id)
        words = {str(status): desk.say(f"status.{status}") for status in Status}
        history = steps_of(await moves_of(desk.session, shipment_id), words)
        hands = [_hand(desk, link) for link in await custody_of(desk.session, shipment_id)]
        return desk.case_page(
            shipment.reference,
            _facts(desk, shipment),
            state=Cell(words[shipment.status], "state", "bad" if shipment.overdue_at else ""),
            steps=sorted([*history, *hands], key=lambda step: step.at),
            buttons=desk.buttons(
                _open(service, desk, shipment),
                f"/shipments/{shipment_id}",
                labels="ops.delivery.",
                fields={Action.CANCEL: [desk.reason_field()]},
                danger=[Action.CANCEL],
            ),
        )

    @kit.router.post("/shipments/{shipment_id}/cancel")
    async def cancel_shipment(shipment_id: UUID, desk: Desk = kit.acting(operators)) -> Response:
        await cancel(service, desk.session, desk.principal, shipment_id, desk.reason())
        return desk.back(f"/shipments/{shipment_id}", "ops.done.delivery.cancel")


async def _opened(service: Delivery, desk: Desk, shipment_id: UUID) -> Shipment:
    """What is on a list is followed up; everything else is opened for a stated reason. Raises ReasonToState."""
    shipment = await find(desk.session, any_one(shipment_id))
    is_listed = await on_a_list(desk.session, shipment_id)
    if not is_listed:
        await require_reason(desk, shipment_id)
    audit.look(
        desk.session,
        service,
        desk.principal,
        standing=desk.standing,
        person=shipment.person,
        object_=shipment.case_reference,
        purpose="operations" if is_listed else "stated-reason",
    )
    return shipment


async def _by_reference(desk: Desk, reference: str) -> Record:
    named = sa.or_(Shipment.reference == reference, Shipment.case_reference == reference)
    shipment = await find(desk.session, sa.select(Shipment).where(named).order_by(Shipment.id.desc()).limit(1))
    return Record(shipment.person, shipment.id, shipment.case_reference, f"/shipments/{shipment.id}")


def _row(desk: Desk, shipment: Shipment) -> Row:
    tone: Tone = "bad" if shipment.overdue_at is not None or shipment.order_refused is not None else "slow"
    cells = [
        Cell(shipment.reference, "code"),
        Cell(shipment.envelope, "code"),
        Cell(desk.say(f"status.{shipment.status}"), "state", tone),
        Cell(shipment.moved_at, "instant"),
        Cell(shipment.promised_by, "instant"),
    ]
    return Row(cells, link=desk.url(f"/shipments/{shipment.id}"))


def _facts(desk: Desk, shipment: Shipment) -> list[tuple[str, Cell]]:
    return [
        (desk.say("ops.delivery.request"), Cell(shipment.case_reference, "code")),
        (desk.say("ops.delivery.envelope"), Cell(shipment.envelope, "code")),
        (desk.say("ops.delivery.office"), Cell(shipment.office, "code")),
        (desk.say("ops.delivery.attempts"), Cell(shipment.attempts, "number")),
        (desk.say("ops.delivery.handed_over_at"), Cell(shipment.handed_over_at, "instant")),
        (desk.say("ops.delivery.promised_by"), Cell(shipment.promised_by, "instant")),
        (desk.say("ops.delivery.delivered_at"), Cell(shipment.delivered_at, "instant")),
        (desk.say("ops.delivery.old_document"), Cell(desk.say(f"old-document.{shipment.old_document}"))),
        (desk.say("ops.delivery.order_refused"), Cell(shipment.order_refused, "code")),
    ]


def _hand(desk: Desk, link: Custody) -> Step:
    what = desk.say(
        f"custody.{link.item}", given_by=desk.say(f"hand.{link.given_by}"), taken_by=desk.say(f"hand.{link.taken_by}")
    )
    return Step(link.passed_at, what, link.office, code=link.evidence)


def _open(service: Delivery, desk: Desk, shipment: Shipment) -> list[OpenAction[Action]]:
    """What this member of staff may do here; packing has a page of its own, where both scans are asked."""
    actors = {str(ACTOR_OF_ROLE[StaffRole(role)]) for role in desk.held if role in ACTOR_OF_ROLE}
    found = SHIPMENT.open_actions(shipment.stands, actors, facts_of(service, shipment))
    return [each for each in found if each.action is Action.CANCEL]
