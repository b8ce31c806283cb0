"""Prove by authenticator, or by one of the recovery codes instead. A guess is counted before it is compared."""

import hmac
from uuid import UUID

import pyotp
import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from contracts.values import fold_digits
from identity.actions.limit import Limit, give_back, take
from identity.domain.proofs import Second
from identity.models import Account, RecoveryCode, SignIn
from identity.wiring import Identity

_SCOPE = "totp"
_HOUR, _DAY = 3_600, 86_400


async def accept_totp(
    service: Identity, session: Session, sign_in: SignIn, code: str, device: UUID | None
) -> Second | None:
    """What the code proved: the authenticator of now, or an unused recovery code; None when neither.

    Guesses are counted per sign-in and per account; who guesses elsewhere uses up nothing of a device that is known.
    """
    key = f"{sign_in.account_id}:{device}" if device else str(sign_in.account_id)
    if not await _reserve(service, session, sign_in, key):
        return None
    given = fold_digits(code).strip()
    proved = await proved_by(service, session, sign_in.account_id, given)
    if proved is not None:
        await give_back(service, session, _SCOPE, key)
    return proved


async def _reserve(service: Identity, session: Session, sign_in: SignIn, key: str) -> bool:
    rules = service.rules()
    guesses = rules.table("identity.totp.guesses")
    limit = Limit(_SCOPE, key, [(_HOUR, guesses["an_hour"]), (_DAY, guesses["a_day"])])
    reserved = await session.scalar(
        sa.update(SignIn)
        .where(
            SignIn.id == sign_in.id, SignIn.guesses < rules.number("identity.code.guesses"), SignIn.done_at.is_(None)
        )
        .values(guesses=SignIn.guesses + 1)
        .returning(SignIn.id)
        .execution_options(synchronize_session=False)
    )
    return reserved is not None and await take(service, session, [limit], service.clock.now()) == 0


async def proved_by(service: Identity, session: Session, account_id: UUID, given: str) -> Second | None:
    """The same for whoever counts the guesses elsewhere; `given` is used up when it proves something."""
    seed = await session.scalar(sa.select(Account.totp_seed).where(Account.id == account_id))
    step = totp_step(service, seed or pyotp.random_base32(), given)
    if step is not None and await use_totp_step(session, account_id, step):
        return Second.TOTP
    if await _use_recovery_code(service, session, account_id, given):
        return Second.RECOVERY
    return None


async def _use_recovery_code(service: Identity, session: Session, account_id: UUID, given: str) -> bool:
    used = await session.scalar(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.digest == recovery_digest(service, account_id, given),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=service.clock.now())
        .returning(RecoveryCode.digest)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def recovery_digest(service: Identity, account_id: UUID, code: str) -> str:
    """How a recovery code is kept; blanks, dashes and the case of letters do not matter."""
    plain = "".join(each for each in code.upper() if each.isalnum())
    return service.cipher.index(f"recovery:{account_id}:{plain}")


def totp_step(service: Identity, seed: str, code: str) -> int | None:
    """The time step whose code this is, within the allowed drift; None when it is none of them."""
    rules = service.rules()
    totp = pyotp.TOTP(seed, interval=rules.number("identity.totp.step"))
    step = totp.timecode(machine_now())
    drift = rules.number("identity.totp.drift")
    given = fold_digits(code).strip()
    for candidate in range(step - drift, step + drift + 1):
        if hmac.compare_digest(totp.generate_otp(candidate).encode(), given.encode()):
            return candidate
    return None


async def use_totp_step(session: Session, account_id: UUID, step: int) -> bool:
    """Mark a step as used; False when it, or a later one, was used already."""
    used = await session.scalar(
        sa.update(Account)
        .where(Account.id == account_id, Account.totp_step < step)
        .values(totp_step=step)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None
