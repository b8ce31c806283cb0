"""Delivery's stage: shipments at every point where a route may touch them, contacts, and scans that fit nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chassis.clock import Clock
from chassis.identifiers import new_reference, uuid7
from contracts.values import make_s10
from delivery.app import create_api
from delivery.models import Contact, Custody, DoorCode, Scan, Shipment
from delivery.settings import DeliverySettings
from delivery.wiring import Delivery
from delivery.wiring import create_service as create
from matrix.cast import NOW, OFFICE
from matrix.stage import Rows, Thing

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "officer"
GRANTS = ("", ())
_SERIAL = iter(range(1_000_000, 9_999_999))


def create_service(url: str, clock: Clock, **more: Any) -> Delivery:
    """The service without the post and the text operator."""
    return create(DeliverySettings(environment="test", database_url=url, **more), clock)


def owners_things(service: Delivery, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """Shipments of the owners, one a status that matters."""
    for owner in owners:
        yield _contact(rows, owner)
    yield _shipment(rows, owners[0], "shipment_ordered", "ordered", order_refused="address-unknown", envelope=False)
    yield _shipment(rows, owners[0], "shipment_labelled", "labelled")
    yield _shipment(rows, owners[1], "shipment_packed", "packed", office=OFFICE, packed_at=NOW)
    on_its_way = _shipment(
        rows, owners[2], "shipment", "handed_over", office=OFFICE, handed_over_at=NOW - timedelta(days=30),
        promised_by=NOW - timedelta(days=29),
    )  # fmt: skip
    yield on_its_way
    yield _shipment(rows, owners[3], "shipment_back", "returned_to_source", office=OFFICE)
    yield _scan(rows, on_its_way)


def own_things(service: Delivery, rows: Rows, number: str) -> list[Thing]:
    """A shipment of one's own."""
    return [_shipment(rows, number, "shipment", "handed_over", office=OFFICE, handed_over_at=NOW)]


def _contact(rows: Rows, person: str) -> Thing:
    mobile = f"+96655{next(_SERIAL)}"
    rows.add(Contact(person=person, mobile=mobile, language="ar"))
    return Thing("contact", person, {"mobile": mobile}, (mobile,))


def _shipment(rows: Rows, person: str, kind: str, status: str, *, envelope: bool = True, **more: Any) -> Thing:
    serial, reference, case = next(_SERIAL), new_reference("SHP"), new_reference("JWZ")
    label = make_s10("RR", serial) if envelope else None
    document = f"A{serial}0"
    row = Shipment(
        id=uuid7(), reference=reference, person=person, status=status, version=1, opened_at=NOW, moved_at=NOW,
        case_id=uuid7(), case_reference=case, document_number=document, recipient=f"Recipient {serial}",
        short_address="RAAA2919", collect_old_number=f"B{serial}0", old_document="expected", envelope=label,
        ordered_from_post_at=NOW, orders=1, **more,
    )  # fmt: skip
    rows.add(row)
    rows.add(DoorCode(shipment_id=row.id, round=1, digest=f"digest-{serial}", guesses=0, made_at=NOW, used_at=None))
    if status not in ("ordered", "labelled"):
        rows.add(
            Custody(
                id=uuid7(),
                shipment_id=row.id,
                item="document",
                step=1,
                given_by="printer",
                taken_by="office",
                office=OFFICE,
                evidence="packed",
                passed_at=NOW,
            )
        )
    names = {
        "shipment_id": str(row.id), "reference": reference, "case_reference": case, "document": document,
        "envelope": label or "",
    }  # fmt: skip
    words = (document, f"Recipient {serial}", f"B{serial}0", f"digest-{serial}")
    return Thing(kind, person, names, tuple(filter(None, (str(row.id), reference, case, label, *words))))


def _scan(rows: Rows, of: Thing) -> Thing:
    message = f"msg_{next(_SERIAL)}"
    rows.add(
        Scan(
            message_id=message,
            envelope=of.names["envelope"],
            kind="attempted",
            scanned_at=NOW,
            received_at=NOW,
            shipment_id=None,
            verdict="parked",
            reason="out-of-order",
        )
    )
    return Thing("parked_scan", of.owner, {"message_id": message, "envelope": of.names["envelope"]}, (message,))
