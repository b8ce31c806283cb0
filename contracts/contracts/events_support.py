"""What support says about Tawasul tickets."""

from typing import Any, ClassVar
from uuid import UUID

from contracts.event import Event

_TICKET = {
    "ticket_id": "01900000-0000-7000-8000-000000000040",
    "reference": "TWS-7K3M-Q9RT-2XWA",
    "person": "1000000008",
}


class _TicketEvent(Event):
    aggregate_field: ClassVar[str] = "ticket_id"
    personal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = _TICKET

    ticket_id: UUID
    reference: str
    person: str


class TicketOpened(_TicketEvent):
    """A person asked for help with something that could not be completed."""

    key: ClassVar[str] = "support.ticket.opened.v1"
    summary: ClassVar[str] = "A Tawasul ticket was opened"


class TicketReturned(_TicketEvent):
    """The specialist needs something from the applicant; the promise's clock pauses."""

    key: ClassVar[str] = "support.ticket.returned.v1"
    summary: ClassVar[str] = "A Tawasul ticket was returned to its applicant"


class TicketProcessed(_TicketEvent):
    """The specialist solved it or answered."""

    key: ClassVar[str] = "support.ticket.processed.v1"
    summary: ClassVar[str] = "A Tawasul ticket was processed"


class TicketClosed(_TicketEvent):
    """Confirmed by the applicant, or by silence."""

    key: ClassVar[str] = "support.ticket.closed.v1"
    summary: ClassVar[str] = "A Tawasul ticket was closed"
