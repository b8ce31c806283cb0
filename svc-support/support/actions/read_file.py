"""Read an attachment: authorised now, not when its link was made, and compared with what was scanned."""

import hashlib
from uuid import UUID

import sqlalchemy as sa
import structlog

from chassis.authority import Principal, find
from chassis.crypto import Undecipherable
from chassis.database import Session
from chassis.refusals import Refusal
from support.actions.work import opened
from support.models import Attachment
from support.queries import ticket_of
from support.wiring import Support

log = structlog.get_logger()


class FileDamaged(Refusal):
    """The stored bytes are not those that were scanned; they are not served."""

    status = 500
    slug = "file-damaged"


async def read_file(
    service: Support, session: Session, principal: Principal, ticket_id: UUID, attachment_id: UUID
) -> tuple[Attachment, bytes]:
    """The file and its bytes, for its applicant or the specialist who holds the ticket. Raises NotFound, FileDamaged."""
    if principal.is_staff:
        await opened(service, session, principal, ticket_id)
    else:
        await find(session, ticket_of(principal, ticket_id, service.clock.now()))
    attachment = await find(
        session, sa.select(Attachment).where(Attachment.id == attachment_id, Attachment.ticket_id == ticket_id)
    )
    return attachment, _intact(service, attachment)


def _intact(service: Support, attachment: Attachment) -> bytes:
    try:
        content = service.cipher.unseal(attachment.sealed)
        if hashlib.sha256(content).hexdigest() == attachment.digest:
            return content
    except Undecipherable:
        pass
    log.error("attachment.damaged", attachment_id=str(attachment.id))
    raise FileDamaged


def file_headers(row: Attachment) -> dict[str, str]:
    """How a file leaves: saved under a name of ours, never rendered, never cached, never guessed at."""
    ending = row.media_type.rpartition("/")[2]
    return {
        "Content-Disposition": f'attachment; filename="{row.id}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
