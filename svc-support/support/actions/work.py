"""What a specialist does with a ticket: take it, return it, resume, process, reject. Only who holds it may act."""

from uuid import UUID

from chassis import audit
from chassis.audit.reasons import reason_stands
from chassis.authority import Principal, assign, find, is_assigned, release, require_role
from chassis.clock import civil_day
from chassis.database import Session
from chassis.events.outbox import record
from chassis.refusals import Conflict, NotFound
from chassis.timers import arm
from contracts.authority import Actor, StaffRole
from contracts.event import Event
from contracts.events import TicketClosed, TicketProcessed, TicketReturned
from support.actions.close import ANSWER_AWAITED, CLOSE_BY_SILENCE, after_days
from support.actions.escalate import unwatch_promise
from support.domain.ticket import Action, Status, TicketFacts
from support.models import Message, Ticket
from support.queries import any_ticket
from support.wiring import Support

TELLS: dict[Action, type[Event]] = {
    Action.RETURN: TicketReturned,
    Action.PROCESS: TicketProcessed,
    Action.REJECT: TicketClosed,
}


class TicketTaken(Conflict):
    """Another specialist holds the ticket."""

    slug = "ticket-taken"


async def take(service: Support, session: Session, principal: Principal, ticket_id: UUID) -> Ticket:
    """Hold a ticket. Raises TicketTaken when somebody else does."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OFFICER], now)
    ticket = await find(session, any_ticket(ticket_id))
    if ticket.status == Status.CLOSED:
        raise NotFound
    if not await assign(session, principal, ticket.id, now):
        raise TicketTaken
    _look(service, session, principal, ticket)
    return ticket


async def give_up(service: Support, session: Session, principal: Principal, ticket_id: UUID) -> None:
    """Put a ticket back into the work list. Raises NotFound unless one holds it."""
    ticket = await held(service, session, principal, ticket_id)
    await release(session, ticket.id, service.clock.now())


async def held(service: Support, session: Session, principal: Principal, ticket_id: UUID) -> Ticket:
    """A ticket the specialist holds; opening it is a look that its applicant can see. Raises NotFound otherwise."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OFFICER], now)
    if not await is_assigned(session, principal, ticket_id, now):
        raise NotFound
    ticket = await find(session, any_ticket(ticket_id))
    _look(service, session, principal, ticket)
    return ticket


async def opened(service: Support, session: Session, principal: Principal, ticket_id: UUID) -> tuple[Ticket, bool]:
    """A ticket to read, and whether the specialist holds it; else a stated reason opens it. Raises NotFound otherwise."""
    now = service.clock.now()
    if await is_assigned(session, principal, ticket_id, now) or not await reason_stands(
        session, principal, ticket_id, now
    ):
        return await held(service, session, principal, ticket_id), True
    await require_role(session, principal, [StaffRole.OFFICER], now)
    ticket = await find(session, any_ticket(ticket_id))
    _look(service, session, principal, ticket, "stated-reason")
    return ticket, False


async def work(
    service: Support, session: Session, principal: Principal, ticket_id: UUID, action: Action, text: str | None
) -> Ticket:
    """Make a specialist's move with its words to the applicant. Raises what the lifecycle raises.

    The words stand in the thread, encrypted; the history of moves, which is not, has no copy of them.
    """
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.OFFICER], now)
    ticket = await find(session, any_ticket(ticket_id))
    facts = TicketFacts(assigned_to_actor=await is_assigned(session, principal, ticket_id, now))
    ticket.move(session, action, by=Actor.OFFICER, actor=principal.subject, facts=facts, now=now)
    if text:
        session.add(Message(ticket_id=ticket.id, author="specialist", text=text, written_at=now))
    await _follow_up(service, session, ticket, action)
    if (event := TELLS.get(action)) is not None:
        told = {"ticket_id": ticket.id, "reference": ticket.reference, "person": ticket.person}
        await record(session, event.model_validate(told), now)
    audit.act(
        session,
        service,
        principal,
        standing=Actor.OFFICER,
        person=ticket.person,
        action=f"ticket.{action}",
        object_=str(ticket.id),
    )
    return ticket


async def _follow_up(service: Support, session: Session, ticket: Ticket, action: Action) -> None:
    now, rules = service.clock.now(), service.rules()
    if action is Action.RETURN:
        ticket.paused_on = civil_day(now)
        await unwatch_promise(session, ticket)
        wait = after_days(now, rules.number("support.ticket.answer_wait"))
        await arm(session, ANSWER_AWAITED, str(ticket.id), wait)
    elif action is Action.PROCESS:
        await unwatch_promise(session, ticket)
        silence = after_days(now, rules.number("support.ticket.close_after"))
        await arm(session, CLOSE_BY_SILENCE, str(ticket.id), silence)
    elif action is Action.REJECT:
        await unwatch_promise(session, ticket)
        await release(session, ticket.id, now)


def _look(
    service: Support, session: Session, principal: Principal, ticket: Ticket, purpose: str = "assigned-case"
) -> None:
    audit.look(
        session,
        service,
        principal,
        standing=Actor.OFFICER,
        person=ticket.person,
        object_=ticket.reference,
        purpose=purpose,
    )
