"""The applicant answers a returned ticket; the promise runs on with the working days that were left."""

from uuid import UUID

from chassis import audit
from chassis.authority import Principal, find
from chassis.calendar import Holidays
from chassis.clock import civil_day
from chassis.database import Session
from chassis.timers import disarm
from contracts.authority import Actor
from support.actions.close import ANSWER_AWAITED
from support.actions.escalate import watch_promise
from support.domain.promise import moved_on
from support.domain.ticket import Action, TicketFacts
from support.models import Message, Ticket
from support.queries import ticket_of
from support.wiring import Support


async def answer(service: Support, session: Session, principal: Principal, ticket_id: UUID, text: str) -> Ticket:
    """Answer what the specialist asked. Raises NotFound, MoveNotOpen."""
    now = service.clock.now()
    ticket = await find(session, ticket_of(principal, ticket_id, now))
    ticket.move(session, Action.ANSWER, by=Actor.HOLDER, actor=principal.subject, facts=TicketFacts(), now=now)
    session.add(Message(ticket_id=ticket.id, author="applicant", text=text, written_at=now))
    rules = service.rules()
    holidays = Holidays(rules.table("calendar.holidays"))
    today = civil_day(now)
    ticket.promised_on = moved_on(ticket.promised_on, ticket.paused_on or today, today, holidays)
    ticket.paused_on = None
    await disarm(session, ANSWER_AWAITED, str(ticket.id))
    await watch_promise(session, ticket)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.HOLDER,
        person=ticket.person,
        action="ticket.answer",
        object_=str(ticket.id),
        rules=dict(rules.used),
    )
    return ticket
