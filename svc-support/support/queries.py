"""Reads that have a name, each starting from what its reader may see."""

import uuid
from datetime import datetime

import sqlalchemy as sa

from chassis.authority import Principal, visible
from chassis.database import Session
from support.domain.ticket import Status
from support.models import Attachment, BlockedAct, Contact, Message, Ticket


def tickets_of(principal: Principal, now: datetime) -> sa.Select[Ticket]:
    """A person's own tickets: texts and files of a ticket are shown to nobody through a relation."""
    return sa.select(Ticket).where(visible(principal, Ticket.person, through=(), now=now))


def ticket_of(principal: Principal, ticket_id: uuid.UUID, now: datetime) -> sa.Select[Ticket]:
    """One of them, locked."""
    return tickets_of(principal, now).where(Ticket.id == ticket_id).with_for_update()


def any_ticket(ticket_id: uuid.UUID) -> sa.Select[Ticket]:
    """A ticket by its id, locked; for specialists who hold it and for the system."""
    return sa.select(Ticket).where(Ticket.id == ticket_id).with_for_update()


def work_list() -> sa.Select[Ticket]:
    """What waits for a specialist."""
    return sa.select(Ticket).where(Ticket.status.in_([Status.UNDER_PROCESSING, Status.RETURNED_FROM_APPLICANT]))


async def thread_of(session: Session, ticket_id: uuid.UUID, most: int) -> list[Message]:
    """The newest entries of a thread, oldest first."""
    rows = await session.scalars(
        sa.select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id.desc()).limit(most)
    )
    return list(reversed(list(rows)))


async def attachments_of(session: Session, ticket_id: uuid.UUID) -> list[Attachment]:
    """A ticket's files without their bytes; a rule bounds how many there are."""
    rows = await session.scalars(
        sa.select(Attachment)
        .where(Attachment.ticket_id == ticket_id)
        .order_by(Attachment.id)
        .options(sa.orm.defer(Attachment.sealed))
    )
    return list(rows)


async def blocked_act(session: Session, case_id: uuid.UUID) -> BlockedAct | None:
    """What is known of a blocked case."""
    return await session.get(BlockedAct, case_id)


async def mobile_end_of(session: Session, person: str) -> str | None:
    """The last digits of a person's mobile, if they are known here."""
    contact = await session.get(Contact, person)
    return None if contact is None else contact.mobile_end


def alone(person: str) -> sa.TextClause:
    """Makes whoever counts a person's tickets wait for the transaction that opens another; held to its end."""
    return sa.text("select pg_advisory_xact_lock(hashtextextended(:person, 0))").bindparams(person=person)


async def open_and_opened_since(session: Session, person: str, since: datetime, most: int) -> tuple[int, int]:
    """How many tickets a person has open, and opened since an instant; each counted up to `most`."""

    def bounded(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        few = sa.select(Ticket.id).where(Ticket.person == person, condition).limit(most).subquery()
        return sa.select(sa.func.count()).select_from(few).scalar_subquery()

    row = (
        await session.execute(sa.select(bounded(Ticket.status != Status.CLOSED), bounded(Ticket.opened_at >= since)))
    ).one()
    return int(row[0]), int(row[1])
