"""Open a ticket, from a blocked case where there is one. Accepted also while that case's service is silent."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import Principal
from chassis.calendar import Holidays
from chassis.clock import civil_day
from chassis.database import Session
from chassis.events.outbox import record
from chassis.identifiers import new_reference
from chassis.refusals import Forbidden, TooMany
from contracts.authority import Actor
from contracts.events import TicketOpened
from support.actions.escalate import watch_promise
from support.actions.track import tracking_index
from support.domain.promise import promised_on
from support.domain.ticket import TICKET, Category
from support.models import BlockedAct, Message, Ticket
from support.queries import alone, blocked_act, mobile_end_of, open_and_opened_since
from support.wiring import Support

PREFIX = "TWS"
APPLICANT = "applicant"
A_DAY = timedelta(1)


class TooManyTickets(TooMany):
    """As many tickets are open, or were opened today, as one person may have."""

    slug = "too-many-tickets"


@dataclass(frozen=True)
class Request:
    """What an applicant tells."""

    service: str
    category: Category
    description: str
    language: str
    case_id: UUID | None


async def open_ticket(service: Support, session: Session, principal: Principal, request: Request) -> Ticket:
    """Write the ticket, its first message and its promise. Raises TooManyTickets; Forbidden for staff, who are nobody's case."""
    if principal.is_staff:
        raise Forbidden
    now = service.clock.now()
    rules = service.rules()
    most_open, most_a_day = rules.number("support.ticket.most_open"), rules.number("support.ticket.most_a_day")
    await session.execute(alone(principal.subject))
    now_open, today = await open_and_opened_since(session, principal.subject, now - A_DAY, max(most_open, most_a_day))
    if now_open >= most_open or today >= most_a_day:
        raise TooManyTickets(retry_after=3600)
    blocked = await _blocked(service, session, principal, request.case_id)
    holidays = Holidays(rules.table("calendar.holidays"))
    mobile_end = await mobile_end_of(session, principal.subject)
    reference = new_reference(PREFIX)
    ticket = Ticket(
        reference=reference,
        person=principal.subject,
        status=TICKET.initial,
        version=0,
        opened_at=now,
        moved_at=now,
        service=request.service,
        category=request.category,
        language=request.language,
        description=request.description,
        case_id=request.case_id,
        case_reference=blocked.reference if blocked else None,
        missing=blocked.missing if blocked else [],
        case_is_verified=blocked is not None,
        promised_on=promised_on(civil_day(now), rules.number("support.ticket.promise_working_days"), holidays),
        tracking_index=tracking_index(service, reference, mobile_end) if mobile_end else None,
    )
    session.add(ticket)
    await session.flush()
    session.info["owner"] = ticket.person
    session.add(Message(ticket_id=ticket.id, author="applicant", text=request.description, written_at=now))
    await watch_promise(session, ticket)
    await record(session, TicketOpened(ticket_id=ticket.id, reference=reference, person=ticket.person), now)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.HOLDER,
        person=ticket.person,
        action="ticket.open",
        object_=str(ticket.id),
        rules=dict(rules.used),
    )
    return ticket


async def _blocked(service: Support, session: Session, principal: Principal, case_id: UUID | None) -> BlockedAct | None:
    """What is known of the case; a stranger's case is answered like one that is not known (yet)."""
    blocked = await blocked_act(session, case_id) if case_id is not None else None
    if blocked is None:
        return None
    if principal.subject not in (blocked.applicant, blocked.person):
        nothing_personal(session, [blocked])
        return None
    audit.look(
        session,
        service,
        principal,
        standing=APPLICANT,
        person=blocked.person,
        object_=blocked.reference,
        purpose=APPLICANT,
    )
    return blocked
