"""Set up an authenticator from one's own account, take it away, and make recovery codes, which are shown once.

The seed on its way is no row: the page carries it sealed, bound to the session that was shown it.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.crypto import Undecipherable
from chassis.database import Session
from identity.actions.hold import require_open
from identity.actions.prove_totp import recovery_digest, totp_step
from identity.actions.tell_proof import tell_proof
from identity.domain.account import Kind
from identity.domain.proofs import CODE_ALPHABET
from identity.models import Account, RecoveryCode, SignedIn
from identity.queries import account_by_id
from identity.wiring import Identity


def new_seed(service: Identity, signed_in: SignedIn) -> tuple[str, str]:
    """A seed to show, and the sealed text by which the form brings it back."""
    seed = pyotp.random_base32()
    return seed, service.cipher.encrypt(f"totp {signed_in.id} {machine_now().isoformat()} {seed}")


def seed_in(service: Identity, signed_in: SignedIn, sealed: str) -> str | None:
    """The seed this session was shown lately; None when the text is another's, too old, or none of ours."""
    try:
        word, session_id, shown_at, seed = service.cipher.decrypt(sealed).split(" ")
    except (Undecipherable, ValueError):
        return None
    fresh_for = timedelta(seconds=service.rules().number("identity.proof.fresh_for"))
    is_late = word != "totp" or machine_now() - datetime.fromisoformat(shown_at) > fresh_for
    return None if is_late or session_id != str(signed_in.id) else seed


async def set_totp(service: Identity, session: Session, account_id: UUID, seed: str, code: str) -> list[str] | None:
    """Keep the authenticator that shows this code; the recovery codes, to be shown once. None for a wrong code. Raises Frozen."""
    step = totp_step(service, seed, code)
    account = await account_by_id(session, account_id, lock=True)
    if step is None or account is None:
        return None
    require_open(service, account, "set_totp")
    account.totp_seed, account.totp_step = seed, step
    await session.flush()
    await tell_proof(service, session, account, "totp", "added")
    return await make_recovery_codes(service, session, account)


async def remove_totp(service: Identity, session: Session, account_id: UUID) -> bool:
    """Take the authenticator and its recovery codes away; False for staff, who must have one."""
    account = await account_by_id(session, account_id, lock=True)
    if account is None or account.kind == Kind.STAFF or account.totp_seed is None:
        return False
    account.totp_seed = None
    await session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    await session.flush()
    await tell_proof(service, session, account, "totp", "removed")
    return True


async def make_recovery_codes(service: Identity, session: Session, account: Account) -> list[str]:
    """A new set in place of the old one. Raises Frozen."""
    require_open(service, account, "make_recovery_codes")
    rule, now = service.rules().table("identity.recovery_codes.made"), service.clock.now()
    codes = [_code(rule["characters"]) for _ in range(rule["codes"])]
    await session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    session.add_all(
        RecoveryCode(
            account_id=account.id,
            digest=recovery_digest(service, account.id, code),
            person=account.person,
            made_at=now,
        )
        for code in codes
    )
    await session.flush()
    return codes


async def recovery_codes_left(session: Session, account_id: UUID) -> int:
    """How many of the newest set are unused."""
    unused = sa.select(sa.func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return await session.scalar(unused) or 0


def _code(characters: int) -> str:
    """Such as `7KQ2M-XW9RT`: two halves, easier to copy."""
    drawn = "".join(secrets.choice(CODE_ALPHABET) for _ in range(characters))
    return f"{drawn[: characters // 2]}-{drawn[characters // 2 :]}"
