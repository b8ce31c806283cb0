"""Rows as their readers see them: words in two languages, days in two calendars, and what can be done next."""

from datetime import datetime

from chassis.calendar import to_hijri
from chassis.clock import civil_day
from chassis.http.problems import requirement_view
from chassis.lifecycle import OpenAction
from chassis.models import CaseMoveRow
from delivery.actions.claim import facts_of
from delivery.api.schemas import (
    ActionView,
    DeskShipmentView,
    InstantView,
    PackingLine,
    ParkedScanView,
    PromiseView,
    ShipmentLine,
    ShipmentView,
    StateView,
    TimelineEntry,
)
from delivery.domain.deadlines import hours_after
from delivery.domain.shipment import SHIPMENT, Action, Status
from delivery.domain.states import SHOWN, Turn
from delivery.models import Scan, Shipment
from delivery.wiring import Delivery


def instant(at: datetime) -> InstantView:
    """An instant with its day in the other calendar."""
    return InstantView(at=at, hijri=str(to_hijri(civil_day(at))))


def instant_or_none(at: datetime | None) -> InstantView | None:
    return None if at is None else instant(at)


def state_view(service: Delivery, shipment: Shipment) -> StateView:
    """The word a person reads, and whose turn it is. An order the post would not take waits for its holder."""
    state, turn = SHOWN[shipment.stands]
    if shipment.stands is Status.ORDERED and shipment.order_refused is not None:
        turn = Turn.HOLDER
    return StateView.model_validate(
        {
            "code": state,
            "texts": service.texts.both(f"state.{state}"),
            "turn": turn,
            "turn_texts": service.texts.both(f"turn.{turn}"),
        }
    )


def shipment_line(service: Delivery, shipment: Shipment) -> ShipmentLine:
    """A shipment in a list."""
    return ShipmentLine(
        id=shipment.id,
        reference=shipment.reference,
        case_id=shipment.case_id,
        case_reference=shipment.case_reference,
        status=shipment.status,
        state=state_view(service, shipment),
        envelope=shipment.envelope,
        opened_at=instant(shipment.opened_at),
        promise=_promise(service, shipment),
    )


def shipment_view(
    service: Delivery, shipment: Shipment, actors: set[str], moves: list[CaseMoveRow], frozen: datetime | None = None
) -> ShipmentView:
    """A shipment as its holder, or the head of the household, perhaps `frozen` until then, sees it."""
    facts = facts_of(service, shipment, frozen)
    return ShipmentView.model_validate(
        {
            **shipment_line(service, shipment).model_dump(),
            "short_address": shipment.short_address,
            "reissue": shipment.reissue,
            "collects_old_document": shipment.collect_old_number is not None,
            "old_document": shipment.old_document,
            "attempts": shipment.attempts,
            "held_until": instant_or_none(shipment.held_until),
            "delivered_at": instant_or_none(shipment.delivered_at),
            "claim_open_from": instant_or_none(facts.claim_open_from),
            "open_actions": [_action(service, each) for each in SHIPMENT.open_actions(shipment.stands, actors, facts)],
            "timeline": [
                _entry(service, Status.ORDERED, shipment.opened_at),
                *(_entry(service, Status(each.to_status), each.moved_at) for each in moves),
            ],
        }
    )


def packing_line(service: Delivery, shipment: Shipment) -> PackingLine:
    """A line of the packing desk."""
    wait = service.rules().number("delivery.shipment.hand_over_wait")
    late = shipment.packed_at is not None and service.clock.now() > hours_after(shipment.packed_at, wait)
    return PackingLine.model_validate(
        {
            "id": shipment.id,
            "reference": shipment.reference,
            "case_reference": shipment.case_reference,
            "status": shipment.status,
            "envelope": shipment.envelope,
            "reissue": shipment.reissue,
            "waiting_since": instant(shipment.moved_at),
            "late": late,
        }
    )


def parked_scan_view(scan: Scan) -> ParkedScanView:
    """A scan that waits for somebody to look."""
    return ParkedScanView(
        message_id=scan.message_id,
        envelope=scan.envelope,
        kind=scan.kind,
        reason=str(scan.reason),
        shipment=scan.shipment_id,
        scanned_at=instant(scan.scanned_at),
        received_at=instant(scan.received_at),
    )


def desk_view(service: Delivery, shipment: Shipment) -> DeskShipmentView:
    """What the desk hears after an act."""
    return DeskShipmentView(
        id=shipment.id,
        reference=shipment.reference,
        status=shipment.status,
        state=state_view(service, shipment),
        envelope=shipment.envelope,
        office=shipment.office,
    )


def _promise(service: Delivery, shipment: Shipment) -> PromiseView | None:
    if shipment.handed_over_at is None or shipment.promised_by is None:
        return None
    kept = None
    if shipment.delivered_at is not None:
        kept = shipment.delivered_at <= shipment.promised_by
    elif service.clock.now() > shipment.promised_by:
        kept = False
    return PromiseView(
        handed_over_at=instant(shipment.handed_over_at), promised_by=instant(shipment.promised_by), kept=kept
    )


def _action(service: Delivery, action: OpenAction[Action]) -> ActionView:
    rules = service.rules()
    return ActionView(
        action=action.action,
        possible=action.is_possible,
        requirements=[requirement_view(each, service.texts, rules) for each in action.in_the_way],
    )


def _entry(service: Delivery, status: Status, at: datetime) -> TimelineEntry:
    return TimelineEntry(
        status=status, state=SHOWN[status][0], texts=service.texts.both(f"status.{status}"), at=instant(at)
    )
