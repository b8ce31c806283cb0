"""Add or replace the portrait: looked at and cleaned in a thread, stored encrypted, every flaw named."""

import asyncio
import base64
import hashlib
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.authority import Principal
from chassis.database import Session
from passport.actions.prepare import amendable, write_down
from passport.domain import photo
from passport.domain.requirements import PHOTO
from passport.models import Application, Photo
from passport.queries import application_of
from passport.refusals import PhotoNotAccepted
from passport.wiring import Passport


async def add_photo(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID, data: bytes
) -> Application:
    """Take a JPEG or PNG. Raises NotFound, NotAmendable or PhotoNotAccepted. Rule passport.photo.limits."""
    await application_of(session, service, principal, application_id)
    limits = photo.Limits.of(service.rules().table(PHOTO))
    # Examined before the row is locked: decoding takes its time.
    flaws, cleaned = await asyncio.to_thread(_looked_at, data, limits)
    if flaws:
        raise PhotoNotAccepted(details={"findings": [_told(service, each) for each in flaws]})
    application = await amendable(service, session, principal, application_id)
    digest = hashlib.sha256(cleaned).hexdigest()
    values = {
        "person": application.person,
        "content": base64.b64encode(cleaned).decode(),
        "digest": digest,
        "uploaded_at": service.clock.now(),
    }
    await session.execute(
        insert(Photo)
        .values(application_id=application.id, **values)
        .on_conflict_do_update(index_elements=["application_id"], set_=values)
    )
    application.photo_digest = digest
    application.amended()
    await write_down(service, session, principal, application, "add_photo")
    return application


async def photo_of(service: Passport, session: Session, application: Application) -> bytes | None:
    """The portrait of an application its reader may see."""
    kept = await session.scalar(sa.select(Photo.content).where(Photo.application_id == application.id))
    return None if kept is None else base64.b64decode(kept)


def _looked_at(data: bytes, limits: photo.Limits) -> tuple[list[photo.Finding], bytes]:
    flaws = photo.examine(data, limits)
    return flaws, b"" if flaws else photo.clean(data, limits)


def _told(service: Passport, finding: photo.Finding) -> dict[str, Any]:
    texts = service.texts.both(str(finding.flaw), found=finding.found, limit=finding.limit)
    return {"flaw": str(finding.flaw), "found": finding.found, "limit": finding.limit, "texts": texts}
