"""Rows as people see them."""

from chassis.calendar import gregorian_text, hijri_text
from chassis.database import Session
from chassis.paging import LIMIT_MAX
from contracts.authority import Actor
from support.api.schemas import (
    ActionView,
    AttachmentView,
    MessageView,
    TicketSummary,
    TicketView,
    TrackedTicket,
    WorkItem,
)
from support.domain.states import TURN_OF
from support.domain.ticket import TICKET, Status, TicketFacts
from support.models import Attachment, Message, Ticket
from support.queries import attachments_of, thread_of
from support.wiring import Support


def summary(service: Support, ticket: Ticket) -> TicketSummary:
    return TicketSummary(
        id=ticket.id,
        reference=ticket.reference,
        service=ticket.service,
        category=ticket.category,
        status=ticket.status,
        status_texts=service.texts.both(f"status.{ticket.status}"),
        turn=TURN_OF[Status(ticket.status)],
        opened_at=ticket.opened_at,
        promised_on=ticket.promised_on,
        promised_on_texts={
            language: f"{hijri_text(ticket.promised_on, language)} ({gregorian_text(ticket.promised_on, language)})"
            for language in ("ar", "en")
        },
    )


async def whole(service: Support, session: Session, ticket: Ticket, by: Actor | None) -> TicketView:
    """A ticket with its thread, its files and what this actor can do."""
    facts = TicketFacts(assigned_to_actor=by is Actor.OFFICER)
    return TicketView(
        **summary(service, ticket).model_dump(),
        description=ticket.description,
        case_id=ticket.case_id,
        case_reference=ticket.case_reference,
        case_is_verified=ticket.case_is_verified,
        missing=ticket.missing,
        escalated=ticket.escalated_at is not None,
        rating=ticket.rating,
        messages=[_message(row) for row in await thread_of(session, ticket.id, LIMIT_MAX)],
        attachments=[attachment(row) for row in await attachments_of(session, ticket.id)],
        actions=[
            ActionView(action=each.action, missing=[finding.requirement.name for finding in each.in_the_way])
            for each in TICKET.open_actions(Status(ticket.status), by or (), facts)
        ],
    )


def _message(row: Message) -> MessageView:
    return MessageView.model_validate(row, from_attributes=True)


def attachment(row: Attachment) -> AttachmentView:
    return AttachmentView.model_validate(row, from_attributes=True)


def work_item(ticket: Ticket) -> WorkItem:
    return WorkItem(
        id=ticket.id,
        reference=ticket.reference,
        service=ticket.service,
        category=ticket.category,
        status=ticket.status,
        opened_at=ticket.opened_at,
        promised_on=ticket.promised_on,
        escalated=ticket.escalated_at is not None,
    )


def tracked(service: Support, ticket: Ticket) -> TrackedTicket:
    return TrackedTicket(
        reference=ticket.reference,
        status=ticket.status,
        status_texts=service.texts.both(f"status.{ticket.status}"),
        promised_on=ticket.promised_on,
    )
