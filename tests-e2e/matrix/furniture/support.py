"""Support's stage: tickets at every point of their life, their threads and files, and cases that are blocked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from chassis.clock import Clock
from chassis.identifiers import new_reference, uuid7
from matrix.cast import NOW
from matrix.stage import Rows, Thing
from support.actions.track import tracking_index
from support.app import create_api
from support.models import Attachment, BlockedAct, Contact, Message, Ticket
from support.settings import SupportSettings
from support.wiring import Support
from support.wiring import create_service as create

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "officer"
GRANTS = ("", ())
_SERIAL = iter(range(1_000_000, 9_999_999))


def create_service(url: str, clock: Clock, **more: Any) -> Support:
    """The service without a virus scanner."""
    return create(SupportSettings(environment="test", database_url=url, **more), clock)


def owners_things(service: Support, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """Tickets of the owners, one a status that matters, and a case of the first that cannot go on."""
    rows.add(Contact(person=owners[0], mobile_end="4567"))
    yield _ticket(service, rows, owners[0], "ticket", "under_processing")
    yield _ticket(service, rows, owners[1], "ticket_returned", "returned_to_applicant", paused_on=NOW.date())
    yield _ticket(service, rows, owners[2], "ticket_answered", "returned_from_applicant")
    yield _ticket(service, rows, owners[3], "ticket_processed", "processed")
    yield _ticket(service, rows, owners[4], "ticket_waiting", "under_processing", assigned=False)
    case, reference = uuid7(), new_reference("IQR")
    rows.add(
        BlockedAct(
            case_id=case,
            service="residency",
            reference=reference,
            person=owners[0],
            applicant=owners[0],
            missing=["fines_are_paid"],
            blocked_at=NOW,
        )
    )
    yield Thing("blocked_case", owners[0], {"case_id": str(case)}, (str(case), reference))


def own_things(service: Support, rows: Rows, number: str) -> list[Thing]:
    """A ticket of one's own."""
    return [_ticket(service, rows, number, "ticket", "under_processing")]


def _ticket(
    service: Support, rows: Rows, person: str, kind: str, status: str, *, assigned: bool = True, **more: Any
) -> Thing:
    serial, reference = next(_SERIAL), new_reference("TWS")
    row = Ticket(
        id=uuid7(), reference=reference, person=person, status=status, version=1, opened_at=NOW, moved_at=NOW,
        service="residency", category="enquiry", language="ar", description=f"description-{serial}", case_id=None,
        case_reference=None, missing=[], case_is_verified=False, promised_on=NOW.date(), rating=None,
        tracking_index=tracking_index(service, reference, "4567"), **more,
    )  # fmt: skip
    rows.add(row)
    rows.add(Message(id=uuid7(), ticket_id=row.id, author="applicant", text=f"message-{serial}", written_at=NOW))
    content = f"%PDF-1.7 file-{serial}".encode()
    file = Attachment(
        id=uuid7(), ticket_id=row.id, name=f"name-{serial}.pdf", media_type="application/pdf", size=len(content),
        digest=hashlib.sha256(content).hexdigest(), sealed=service.cipher.seal(content), scan="clean", attached_at=NOW,
    )  # fmt: skip
    rows.add(file)
    words = (f"description-{serial}", f"message-{serial}", f"file-{serial}", f"name-{serial}", str(file.id))
    names = {"ticket_id": str(row.id), "attachment_id": str(file.id), "reference": reference}
    return Thing(kind, person, names, (str(row.id), reference, *words), assigned=assigned)
