"""Attach a file to a ticket: cleaned apart, scanned, and kept encrypted under the digest of what was scanned."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.refusals import Conflict
from contracts.authority import Actor
from support.domain.ticket import OPEN, Status
from support.files import CleanFile, FileNotAccepted
from support.models import Attachment, Ticket
from support.queries import ticket_of, tickets_of
from support.scanner import Finding
from support.wiring import Support

LONGEST_NAME = 120


class TicketNotOpen(Conflict):
    """Files are taken only while a ticket is open."""

    slug = "ticket-not-open"


class TooManyFiles(Conflict):
    """The ticket has as many files as it may."""

    slug = "too-many-files"


@dataclass(frozen=True)
class Upload:
    """A file as it came: what its sender called it, and its bytes."""

    name: str
    content: bytes


async def attach(
    service: Support, session: Session, principal: Principal, ticket_id: UUID, uploads: Sequence[Upload]
) -> list[Attachment]:
    """Keep files with a ticket, all or none. Raises FileNotAccepted, TooManyFiles, TicketNotOpen, ScannerAway, NotFound."""
    now, rules = service.clock.now(), service.rules()
    limits = rules.table("support.attachment.limits")
    most = int(limits["most_files"]) - len(uploads)
    # Asked before the work, and again under the lock after it: nobody waits for a ticket while a file is scanned.
    seen = await find(session, tickets_of(principal, now).where(Ticket.id == ticket_id))
    await _refuse_more(session, seen, most)
    files = await service.cleaner.clean([upload.content for upload in uploads], limits)
    findings = [await _scanned(service, file.content) for file in files]
    ticket = await find(session, ticket_of(principal, ticket_id, now).execution_options(populate_existing=True))
    await _refuse_more(session, ticket, most)
    together = zip(uploads, files, findings, strict=True)
    kept = [_row(service, ticket, upload.name, file, finding) for upload, file, finding in together]
    session.add_all(kept)
    await session.flush()
    audit.act(
        session,
        service,
        principal,
        standing=Actor.HOLDER,
        person=ticket.person,
        action="ticket.attach",
        object_=str(ticket.id),
        rules=dict(rules.used),
    )
    return kept


async def _scanned(service: Support, content: bytes) -> Finding:
    finding = await service.scanner.scan(content)
    if finding == "infected":
        raise FileNotAccepted("infected")
    return finding


def _row(service: Support, ticket: Ticket, name: str, file: CleanFile, finding: Finding) -> Attachment:
    return Attachment(
        ticket_id=ticket.id,
        name=shown_name(name),
        media_type=file.media_type,
        size=len(file.content),
        digest=hashlib.sha256(file.content).hexdigest(),
        sealed=service.cipher.seal(file.content),
        scan=finding,
        attached_at=service.clock.now(),
    )


def shown_name(name: str) -> str:
    """A file's name as text to show: any language, no path, no control or direction characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        c for c in last if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    return plain[-LONGEST_NAME:].strip() or "file"


async def _refuse_more(session: Session, ticket: Ticket, most: int) -> None:
    """`most`: how many files the ticket may have already."""
    if Status(ticket.status) not in OPEN:
        raise TicketNotOpen
    few = sa.select(Attachment.id).where(Attachment.ticket_id == ticket.id).limit(max(0, most) + 1).subquery()
    if most < 0 or (await session.scalar(sa.select(sa.func.count()).select_from(few)) or 0) > most:
        raise TooManyFiles
