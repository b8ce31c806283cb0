"""Withdraw a consent: what another's client was allowed ends, with every token and every code it was given by it."""

from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.clock import machine_now
from chassis.database import Session
from identity.models import AuthorisationCode, Consent, DeviceRequest, RefreshToken, TokenFamily
from identity.wiring import Identity

WHY = "consent withdrawn"


async def withdraw_consent(service: Identity, session: Session, principal: Principal, consent_id: UUID) -> None:
    """Take back what the person allowed; the session and other clients go on. Raises NotFound."""
    mine = sa.select(Consent).where(Consent.id == consent_id, Consent.person == principal.subject)
    # Locked first: a request that has just read the consent has written its code before that is looked for.
    consent = await find(session, mine.with_for_update())
    client = consent.client_id
    await session.delete(consent)
    await session.flush()
    await _spend_what_is_under_way(session, principal.subject, client)
    await _end_families(session, principal.subject, client)
    audit.act(
        session,
        service,
        principal,
        standing="self",
        person=principal.subject,
        action="withdraw_consent",
        object_=client,
    )


async def _spend_what_is_under_way(session: Session, person: str, client: str) -> None:
    now = machine_now()
    for model in (AuthorisationCode, DeviceRequest):
        await session.execute(
            sa.update(model)
            .where(model.person == person, model.client_id == client, model.used_at.is_(None), model.expires_at > now)
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )


async def _end_families(session: Session, person: str, client: str) -> None:
    """Refresh tokens before their families: in the order in which a refresh or a revocation takes them."""
    now = machine_now()
    theirs = (TokenFamily.person == person, TokenFamily.client_id == client, TokenFamily.ended_at.is_(None))
    await session.execute(
        sa.update(RefreshToken)
        .where(RefreshToken.family.in_(sa.select(TokenFamily.id).where(*theirs)), RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now, revoked_for=WHY)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        sa.update(TokenFamily)
        .where(*theirs)
        .values(ended_at=now, ended_for=WHY)
        .execution_options(synchronize_session=False)
    )
