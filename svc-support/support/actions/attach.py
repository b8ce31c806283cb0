"""Attach a file to a ticket: cleaned in a thread, scanned, and kept encrypted under the digest of what was scanned."""

import asyncio
import hashlib
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.refusals import Conflict
from contracts.authority import Actor
from support.domain.ticket import OPEN, Status
from support.files import FileNotAccepted, clean
from support.models import Attachment, Ticket
from support.queries import ticket_of
from support.wiring import Support

LONGEST_NAME = 120


class TicketNotOpen(Conflict):
    """Files are taken only while a ticket is open."""

    slug = "ticket-not-open"


class TooManyFiles(Conflict):
    """The ticket has as many files as it may."""

    slug = "too-many-files"


async def attach(
    service: Support, session: Session, principal: Principal, ticket_id: UUID, name: str, content: bytes
) -> Attachment:
    """Keep a file with a ticket. Raises FileNotAccepted, TooManyFiles, TicketNotOpen, ScannerAway, NotFound."""
    now = service.clock.now()
    ticket = await find(session, ticket_of(principal, ticket_id, now))
    limits = service.rules().table("support.attachment.limits")
    await _refuse_more(session, ticket, int(limits["most_files"]))
    cleaned = await asyncio.to_thread(clean, content, limits)
    finding = await service.scanner.scan(cleaned.content)
    if finding == "infected":
        raise FileNotAccepted("infected")
    kept = Attachment(
        ticket_id=ticket.id,
        name=shown_name(name),
        media_type=cleaned.media_type,
        size=len(cleaned.content),
        digest=hashlib.sha256(cleaned.content).hexdigest(),
        sealed=service.cipher.seal(cleaned.content),
        scan=finding,
        attached_at=now,
    )
    session.add(kept)
    await session.flush()
    audit.act(
        session,
        service,
        principal,
        standing=Actor.HOLDER,
        person=ticket.person,
        action="ticket.attach",
        object_=str(ticket.id),
    )
    return kept


def shown_name(name: str) -> str:
    """A file's name as text to show: any language, no path, no control or direction characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        c for c in last if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    return plain[-LONGEST_NAME:].strip() or "file"


async def _refuse_more(session: Session, ticket: Ticket, most: int) -> None:
    if Status(ticket.status) not in OPEN:
        raise TicketNotOpen
    few = sa.select(Attachment.id).where(Attachment.ticket_id == ticket.id).limit(most).subquery()
    if (await session.scalar(sa.select(sa.func.count()).select_from(few)) or 0) >= most:
        raise TooManyFiles
