"""Forget: delete what is spent and of no more use, a bounded batch at a time. Accounts and their history stay."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from identity.models import (
    ActivationRow,
    Allowance,
    AuthorisationCode,
    Challenge,
    Device,
    DeviceRequest,
    EmailChange,
    MobileChange,
    PasswordWait,
    Recovery,
    RefreshToken,
    Registration,
    SignedIn,
    SignIn,
    SpentAssertion,
    SpentChallenge,
    TokenFamily,
)
from identity.wiring import Identity

BATCH = 1_000


async def forget(service: Identity, session: Session) -> int:
    """One round; returns how many rows went."""
    rules = service.rules().table("identity.forget.after")
    now, machine = service.clock.now(), machine_now()
    codes, sessions = timedelta(days=rules["codes"]), timedelta(days=rules["sessions"])
    remembered = timedelta(days=service.rules().number("identity.device.remembered"))
    batches = timedelta(days=service.rules().number("identity.batch.kept"))
    # A text's code outlives the sign-in it belongs to, and tokens go before the sessions they point to.
    return sum(
        [
            await _delete(session, SignIn, SignIn.expires_at, now - codes),
            await _delete(session, Challenge, Challenge.expires_at, now - 2 * codes),
            await _delete(session, Registration, Registration.expires_at, now - codes),
            await _delete(session, Recovery, Recovery.expires_at, now - codes),
            await _delete(session, MobileChange, MobileChange.expires_at, now - codes),
            await _delete(session, EmailChange, EmailChange.expires_at, now - codes),
            await _delete(session, ActivationRow, ActivationRow.settled_at, now - batches),
            await _delete(session, Allowance, Allowance.used_at, now - codes),
            await _delete(session, PasswordWait, PasswordWait.began_at, now - codes),
            await _delete(session, AuthorisationCode, AuthorisationCode.expires_at, machine - codes),
            await _delete(session, RefreshToken, RefreshToken.expires_at, machine - codes),
            await _delete(session, TokenFamily, TokenFamily.expires_at, machine - 2 * codes),
            await _delete(session, DeviceRequest, DeviceRequest.expires_at, machine - codes),
            await _delete(session, SpentAssertion, SpentAssertion.expires_at, machine),
            await _delete(session, SignedIn, SignedIn.expires_at, machine - sessions),
            await _delete(session, SpentChallenge, SpentChallenge.expires_at, machine),
            await _delete(session, Device, Device.seen_at, now - remembered),
        ]
    )


async def _delete(session: Session, model: Any, column: Any, before: datetime) -> int:
    keys = list(model.__table__.primary_key.columns)
    old = sa.select(*keys).where(column < before).order_by(column).limit(BATCH).with_for_update(skip_locked=True)
    deleted = await session.execute(
        sa.delete(model).where(sa.tuple_(*keys).in_(old)).execution_options(synchronize_session=False)
    )
    return int(getattr(deleted, "rowcount", 0))
