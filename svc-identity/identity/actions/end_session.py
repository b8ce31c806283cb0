"""End sessions: by their holder, at sign-out, with the account's suspension. Their refresh tokens end with them.

Clients that asked to be told are told; the front door hears of it within seconds (`queries_ends.py`), and every service.
"""

from uuid import UUID

import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from identity.actions.tell_clients import tell_clients
from identity.models import RefreshToken, SignedIn


async def end_session(session: Session, session_id: UUID, by: str, *, person: str | None = None) -> bool:
    """End one session and its tokens; with `person` only if it is theirs. False when there was none to end."""
    theirs = [] if person is None else [SignedIn.person == person]
    ended = await session.scalar(
        sa.update(SignedIn)
        .where(SignedIn.id == session_id, SignedIn.ended_at.is_(None), *theirs)
        .values(ended_at=machine_now(), ended_by=by)
        .returning(SignedIn.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        return False
    await _revoke(session, RefreshToken.session_id == session_id, by)
    await tell_clients(session, [ended])
    return True


async def end_all_sessions(session: Session, account_id: UUID, by: str) -> None:
    """End every session of an account."""
    ended = await session.scalars(
        sa.update(SignedIn)
        .where(SignedIn.account_id == account_id, SignedIn.ended_at.is_(None))
        .values(ended_at=machine_now(), ended_by=by)
        .returning(SignedIn.id)
        .execution_options(synchronize_session=False)
    )
    gone = list(ended)
    await _revoke(session, RefreshToken.account_id == account_id, by)
    await tell_clients(session, gone)


async def end_other_sessions(session: Session, person: str, kept: UUID, by: str) -> int:
    """End every session of a person but one; returns how many ended."""
    ended = list(
        await session.scalars(
            sa.update(SignedIn)
            .where(SignedIn.person == person, SignedIn.id != kept, SignedIn.ended_at.is_(None))
            .values(ended_at=machine_now(), ended_by=by)
            .returning(SignedIn.id)
            .execution_options(synchronize_session=False)
        )
    )
    await _revoke(session, sa.and_(RefreshToken.person == person, RefreshToken.session_id != kept), by)
    await tell_clients(session, ended)
    return len(ended)


async def _revoke(session: Session, which: sa.ColumnElement[bool], why: str) -> None:
    await session.execute(
        sa.update(RefreshToken)
        .where(which, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=machine_now(), revoked_for=why)
        .execution_options(synchronize_session=False)
    )
