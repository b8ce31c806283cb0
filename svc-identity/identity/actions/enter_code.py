"""Enter the code: the second half of a sign-in, by text or authenticator; its success opens a session."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pyotp
import sqlalchemy as sa

from chassis.clock import machine_now
from chassis.database import Session
from chassis.identifiers import uuid7
from contracts.values import fold_digits
from identity.actions.challenge import SIGN_IN, accept_code
from identity.actions.enter_password import Answer, Said, send_sign_in_code
from identity.actions.tally import tally
from identity.domain.account import Kind, may_issue
from identity.domain.browsers import device_of
from identity.domain.passwords import resend_wait
from identity.models import Account, Challenge, SignedIn, SignIn
from identity.queries import account_by_id, open_sign_in
from identity.wiring import Identity


@dataclass(frozen=True)
class Entered:
    """What became of a code. `token` is the new session's cookie and `next` where to go, when it was right."""

    said: Said
    token: str = ""
    next: str = ""


async def enter_code(service: Identity, session: Session, browser: str, code: str, user_agent: str) -> Entered | None:
    """Check a code for the sign-in this browser has begun; None when it has none. Commit whatever the answer."""
    sign_in = await open_sign_in(session, browser_index(service, browser), service.clock.now())
    if sign_in is None:
        return None
    sign_in_id, totp = sign_in.id, sign_in.second == "totp"
    right = await (
        _accept_totp(service, session, sign_in, code)
        if totp
        else accept_code(service, session, SIGN_IN, sign_in_id, code)
    )
    account = await account_by_id(session, sign_in.account_id, lock=True)
    assert account is not None
    if not right:
        account.code_misses += 1
        await session.flush()
        await tally(service, session, "sign_in.wrong_code")
        return Entered(Said.NOT_RIGHT)
    if not may_issue(account.status):
        return Entered(Said.NOT_OPEN)
    account.code_misses = 0
    token = secrets.token_urlsafe(32)
    session.add(session_row(service, account, token, sign_in.second, user_agent))
    await session.execute(
        sa.update(SignIn)
        .where(SignIn.id == sign_in_id)
        .values(done_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )
    await session.flush()
    await tally(service, session, "sign_in.done")
    return Entered(Said.GO_ON, token, sign_in.next)


async def send_another(service: Identity, session: Session, browser: str) -> Answer | None:
    """Send the code again, at growing intervals; None when this browser has no sign-in that waits for a text."""
    now = service.clock.now()
    sign_in = await open_sign_in(session, browser_index(service, browser), now, lock=True)
    if sign_in is None or sign_in.second != "sms":
        return None
    pause = resend_wait(sign_in.codes_sent, service.rules().table("identity.code.resend_wait"))
    last = await session.scalar(sa.select(sa.func.max(Challenge.sent_at)).where(Challenge.object == sign_in.id))
    left = (last or sign_in.opened_at) + pause - now
    if left > timedelta():
        return Answer(Said.WAIT, int(left.total_seconds()) + 1)
    account = await account_by_id(session, sign_in.account_id)
    assert account is not None
    return await send_sign_in_code(service, session, account, sign_in)


def browser_index(service: Identity, browser: str) -> str:
    """The digest under which a browser's half-finished sign-in is found."""
    return service.cipher.index(f"browser:{browser}")


def session_row(service: Identity, account: Account, token: str, second: str, user_agent: str) -> SignedIn:
    """A session in machine time: moving the sandbox's clock signs nobody out."""
    now = machine_now()
    kind = "staff" if account.kind == Kind.STAFF else "citizen"
    lifetime = service.rules().table(f"identity.session.{kind}")
    return SignedIn(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        token_digest=session_digest(service, token),
        second=second,
        device=device_of(user_agent),
        signed_in_at=now,
        seen_at=now,
        idle_seconds=lifetime["idle"],
        expires_at=now + timedelta(seconds=lifetime["longest"]),
    )


def session_digest(service: Identity, token: str) -> str:
    """How a session cookie is kept."""
    return service.cipher.index(f"session:{token}")


async def _accept_totp(service: Identity, session: Session, sign_in: SignIn, code: str) -> bool:
    """Whether the authenticator's code is right now and was not used before. The guess is counted first."""
    allowed = service.rules().number("identity.code.guesses")
    reserved = await session.scalar(
        sa.update(SignIn)
        .where(SignIn.id == sign_in.id, SignIn.guesses < allowed, SignIn.done_at.is_(None))
        .values(guesses=SignIn.guesses + 1)
        .returning(SignIn.account_id)
        .execution_options(synchronize_session=False)
    )
    if reserved is None:
        return False
    seed = await session.scalar(sa.select(Account.totp_seed).where(Account.id == reserved))
    step = totp_step(service, seed or pyotp.random_base32(), code)
    return step is not None and await use_totp_step(session, reserved, step)


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
