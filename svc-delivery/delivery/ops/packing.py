"""The packing desk: scan document and envelope together, and hand the packed ones over on a manifest."""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import TypeAdapter, ValidationError

from chassis.audit.guard import nothing_personal
from chassis.ops import Button, Cell, Desk, Field, OpsKit, Row
from chassis.paging import CursorParam, page_of
from chassis.refusals import Invalid
from contracts.authority import StaffRole
from contracts.values import S10, PassportNumber
from delivery.actions.hand_over import hand_over
from delivery.actions.pack import pack
from delivery.domain.deadlines import hours_after
from delivery.domain.shipment import Status
from delivery.models import Shipment
from delivery.queries import to_be_packed
from delivery.wiring import Delivery

_LABEL: TypeAdapter[str] = TypeAdapter(S10)
_DOCUMENT: TypeAdapter[str] = TypeAdapter(PassportNumber)
MOST = 200  # envelopes on one manifest


class NotScanned(Invalid):
    """What came from the scanner is no label, no document number, or nothing."""

    slug = "not-scanned"


def scanned(kind: TypeAdapter[str], text: str) -> str:
    """What the scanner read, folded and checked. Raises NotScanned."""
    try:
        return kind.validate_python(text)
    except ValidationError:
        raise NotScanned from None


def add(kit: OpsKit, service: Delivery, clerks: Collection[str]) -> None:
    """Put the packing desk into the ops door."""
    kit.tab("/packing", "ops.delivery.packing", clerks)

    @kit.router.get("/packing")
    async def show_packing(desk: Desk = kit.seeing(clerks), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, to_be_packed(), Shipment.id, cursor=cursor, oldest_first=True)
        nothing_personal(desk.session, rows)
        columns = ("ops.reference", "ops.delivery.request", "ops.delivery.envelope", "ops.state", "ops.since")
        return desk.list_page(
            desk.say("ops.delivery.packing"),
            [desk.say(each) for each in columns],
            [_row(service, desk, row) for row in rows],
            lead=desk.say("ops.delivery.packing-lead"),
            following=following,
            buttons=[_hand_over_button(desk)],
        )

    @kit.router.post("/packing/hand-over")
    async def hand_over_scanned(desk: Desk = kit.acting(clerks)) -> Response:
        envelopes = [scanned(_LABEL, each) for each in re.split(r"[\s,;]+", desk.field("envelopes")) if each]
        if not 0 < len(envelopes) <= MOST:
            raise NotScanned
        # From a page the manifest is whole: what is not fit is taken off the pile before anything leaves.
        await hand_over(service, desk.session, desk.principal, envelopes, whole=True, office=_office(desk))
        return desk.back("/packing", "ops.done.delivery.hand_over")

    @kit.router.post("/packing/{shipment_id}/pack")
    async def pack_scanned(shipment_id: UUID, desk: Desk = kit.acting(clerks)) -> Response:
        await pack(
            service,
            desk.session,
            desk.principal,
            shipment_id,
            document_number=scanned(_DOCUMENT, desk.field("document_number")),
            envelope=scanned(_LABEL, desk.field("envelope")),
            office=_office(desk),
        )
        return desk.back("/packing", "ops.done.delivery.pack")


def _row(service: Delivery, desk: Desk, shipment: Shipment) -> Row:
    wait = service.rules().number("delivery.shipment.hand_over_wait")
    late = shipment.packed_at is not None and service.clock.now() > hours_after(shipment.packed_at, wait)
    to_pack = shipment.stands is Status.LABELLED
    cells: list[Cell] = [
        Cell(shipment.reference, "code"),
        Cell(shipment.case_reference, "code"),
        Cell(shipment.envelope, "code"),
        Cell(desk.say(f"status.{shipment.status}"), "state", "slow" if late else ""),
        Cell(shipment.moved_at, "instant"),
    ]
    return Row(
        cells,
        link=desk.url(f"/shipments/{shipment.id}"),
        buttons=[_pack_button(desk, shipment)] if to_pack else [],
    )


def _pack_button(desk: Desk, shipment: Shipment) -> Button:
    fields = [
        Field("document_number", desk.say("ops.delivery.document"), ltr=True),
        Field("envelope", desk.say("ops.delivery.envelope"), ltr=True),
        *_office_field(desk),
    ]
    return Button(desk.url(f"/packing/{shipment.id}/pack"), desk.say("ops.delivery.pack"), fields=fields)


def _hand_over_button(desk: Desk) -> Button:
    fields = [Field("envelopes", desk.say("ops.delivery.envelopes"), long=True, ltr=True), *_office_field(desk)]
    return Button(desk.url("/packing/hand-over"), desk.say("ops.delivery.hand_over"), fields=fields)


def _office_field(desk: Desk) -> list[Field]:
    offices = sorted(desk.held.get(StaffRole.CLERK, ()))
    if len(offices) < 2:
        return []
    choices: dict[str, Any] = {office: office for office in offices}
    return [Field("office", desk.say("ops.delivery.office"), choices=choices)]


def _office(desk: Desk) -> str | None:
    return desk.field("office") or None
