"""Watch a ticket's promise; escalate when it is missed."""

from datetime import datetime, time, timedelta
from uuid import UUID

import structlog

from chassis.clock import RIYADH
from chassis.database import Session
from chassis.timers import arm, disarm
from support.models import Ticket
from support.queries import any_ticket
from support.wiring import Support

PROMISE_MISSED = "ticket_promise_missed"
log = structlog.get_logger()


async def watch_promise(session: Session, ticket: Ticket) -> None:
    """Arm the deadline at the end of the promised day in Riyadh."""
    midnight = datetime.combine(ticket.promised_on, time(), RIYADH) + timedelta(1)
    await arm(session, PROMISE_MISSED, str(ticket.id), midnight)


async def unwatch_promise(session: Session, ticket: Ticket) -> None:
    """The promise is kept, or stands still."""
    await disarm(session, PROMISE_MISSED, str(ticket.id))


async def escalate(service: Support, session: Session, ticket_id: UUID) -> None:
    """Mark a ticket whose promise was missed; the work list and the overview show it."""
    ticket = await session.scalar(any_ticket(ticket_id))
    if ticket is not None and ticket.escalated_at is None:
        ticket.escalated_at = service.clock.now()
        log.warning("ticket.escalated", ticket_id=str(ticket_id))
