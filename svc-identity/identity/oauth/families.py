"""Families of tokens: opened by a grant, ended as a whole; and who may still be given anything at all."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from chassis.identifiers import uuid7
from identity.domain.account import may_issue
from identity.domain.clients import principal_of
from identity.models import Account, Client, RefreshToken, SignedIn, TokenFamily
from identity.oauth.rows import Grantee
from identity.oauth.subjects import sid_of
from identity.queries import live
from identity.wiring import Identity


def grantee_of(session: Session, session_id: UUID, *, lock: bool = True) -> Grantee | None:
    """The account behind a live session, if anything may be issued to it; locked against a parallel end, or only looked at."""
    statement = (
        sa.select(SignedIn, Account)
        .join(Account, Account.id == SignedIn.account_id)
        .where(SignedIn.id == session_id, live(machine_now()))
    )
    row = session.execute(statement.with_for_update(of=SignedIn) if lock else statement).first()
    if row is None or not may_issue(row[1].status):
        return None
    return Grantee(row[1], row[0])


def open_family(
    service: Identity,
    session: Session,
    client: Client,
    grantee: Grantee,
    grant_type: str,
    scope: str,
    *,
    family_id: UUID | None = None,
    claims: dict[str, dict[str, object]] | None = None,
) -> TokenFamily:
    """A family for a person's grant to a client. It lives as long as the session at most."""
    family = TokenFamily(
        id=family_id or uuid7(),
        client_id=client.id,
        account_id=grantee.account.id,
        person=grantee.account.person,
        session_id=grantee.session.id,
        sid=sid_of(service, client, grantee.session.id),
        grant_type=grant_type,
        scope=scope,
        claims=claims,
        signed_in_at=grantee.session.signed_in_at,
        second=grantee.session.second,
        opened_at=machine_now(),
        expires_at=grantee.session.expires_at,
    )
    session.add(family)
    session.flush()
    return family


def open_own_family(service: Identity, session: Session, client: Client, grant_type: str, scope: str) -> TokenFamily:
    """A family for a client in its own name: it is its own session."""
    now, family_id = machine_now(), uuid7()
    lifetime = service.rules().table("identity.token.lifetime")
    family = TokenFamily(
        id=family_id,
        client_id=client.id,
        person=principal_of(client.id),
        sid=str(family_id),
        grant_type=grant_type,
        scope=scope,
        opened_at=now,
        expires_at=now + timedelta(seconds=lifetime["access"]),
    )
    session.add(family)
    session.flush()
    return family


def end_family(session: Session, family: UUID, why: str) -> None:
    """End every token of a family, those that are out included."""
    now = machine_now()
    session.execute(
        sa.update(TokenFamily)
        .where(TokenFamily.id == family, TokenFamily.ended_at.is_(None))
        .values(ended_at=now, ended_for=why)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now, revoked_for=why)
        .execution_options(synchronize_session=False)
    )
