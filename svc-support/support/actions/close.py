"""Close a ticket: confirmed by its applicant, or by silence."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis import audit
from chassis.authority import Principal, find, release
from chassis.database import Session
from chassis.events.outbox import record
from chassis.timers import disarm
from contracts.authority import Actor
from contracts.events import TicketClosed
from support.domain.ticket import TICKET, Action, Status, TicketFacts
from support.models import Ticket
from support.queries import any_ticket, ticket_of
from support.wiring import Support

CLOSE_BY_SILENCE = "ticket_close_by_silence"
ANSWER_AWAITED = "ticket_answer_awaited"


def after_days(now: datetime, days: int) -> datetime:
    """So many days from now."""
    return now + timedelta(days)


async def confirm(
    service: Support, session: Session, principal: Principal, ticket_id: UUID, rating: int | None
) -> Ticket:
    """The applicant is content and may say how much. Raises NotFound, MoveNotOpen."""
    now = service.clock.now()
    ticket = await find(session, ticket_of(principal, ticket_id, now))
    ticket.move(session, Action.CONFIRM, by=Actor.HOLDER, actor=principal.subject, facts=TicketFacts(), now=now)
    ticket.rating = rating
    await disarm(session, CLOSE_BY_SILENCE, str(ticket.id))
    await _closed(service, session, ticket)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.HOLDER,
        person=ticket.person,
        action="ticket.confirm",
        object_=str(ticket.id),
    )
    return ticket


async def close_by_silence(service: Support, session: Session, ticket_id: UUID) -> None:
    """Nobody said anything for as long as the rule waits. A ticket that moved on meanwhile stays as it is."""
    ticket = await session.scalar(any_ticket(ticket_id))
    if ticket is None or not TICKET.open_actions(Status(ticket.status), Actor.SYSTEM, TicketFacts()):
        return
    now = service.clock.now()
    ticket.move(session, Action.CLOSE, by=Actor.SYSTEM, actor="timers", facts=TicketFacts(), now=now)
    await _closed(service, session, ticket)


async def _closed(service: Support, session: Session, ticket: Ticket) -> None:
    now = service.clock.now()
    await release(session, ticket.id, now)
    told = TicketClosed(ticket_id=ticket.id, reference=ticket.reference, person=ticket.person)
    await record(session, told, now)
