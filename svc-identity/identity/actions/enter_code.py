"""Enter the code: the second half of a sign-in, by text or authenticator; its success opens a session."""

from dataclasses import dataclass

import sqlalchemy as sa

from chassis.database import Session
from identity.actions.challenge import SIGN_IN, accept_code
from identity.actions.enter_password import Answer, Said, send_sign_in_code
from identity.actions.open_session import Opened, Visit, known_device, open_session
from identity.actions.prove_totp import accept_totp
from identity.actions.tally import tally
from identity.actions.tell_proof import tell_proof
from identity.domain.account import may_issue
from identity.domain.proofs import Second, may_take_text
from identity.models import Account, SignIn
from identity.queries import account_by_id, open_sign_in
from identity.wiring import Identity


@dataclass(frozen=True)
class Entered:
    """What became of a proof: the new session's cookies and where to go, when it was right."""

    said: Said
    opened: Opened | None = None
    next: str = ""


async def enter_code(service: Identity, session: Session, visit: Visit, code: str) -> Entered | None:
    """Check a code for the sign-in this browser has begun; None when it has none. Commit whatever the answer."""
    sign_in = await open_sign_in(session, browser_index(service, visit.browser), service.clock.now())
    if sign_in is None:
        return None
    proved = await _proved(service, session, sign_in, visit, code)
    account = await account_by_id(session, sign_in.account_id, lock=True)
    assert account is not None
    if proved is None:
        account.code_misses += 1
        await session.flush()
        await tally(service, session, "sign_in.wrong_code")
        return Entered(Said.NOT_RIGHT)
    return await finish(service, session, account, sign_in, proved, visit)


async def finish(
    service: Identity, session: Session, account: Account, sign_in: SignIn, proved: Second, visit: Visit
) -> Entered:
    """The second proof was right: end the sign-in with a session, if the account may still have one."""
    if not may_issue(account.status):
        await tally(service, session, "sign_in.ended_meanwhile")
        return Entered(Said.NOT_OPEN)
    await session.execute(
        sa.update(SignIn)
        .where(SignIn.id == sign_in.id)
        .values(done_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )
    if proved is Second.RECOVERY:
        await tell_proof(service, session, account, "recovery_codes", "used")
    return Entered(Said.GO_ON, await open_session(service, session, account, proved, visit), sign_in.next)


async def send_another(service: Identity, session: Session, browser: str) -> Answer | None:
    """Text a code, again or for the first time; None when this browser has no sign-in that may take a text."""
    now = service.clock.now()
    sign_in = await open_sign_in(session, browser_index(service, browser), now, lock=True)
    account = await account_by_id(session, sign_in.account_id) if sign_in else None
    if sign_in is None or account is None or not may_take_text(account.kind, has_totp=account.totp_seed is not None):
        return None
    return await send_sign_in_code(service, session, account, sign_in)


def browser_index(service: Identity, browser: str) -> str:
    """The digest under which a browser's half-finished sign-in is found."""
    return service.cipher.index(f"browser:{browser}")


async def _proved(service: Identity, session: Session, sign_in: SignIn, visit: Visit, code: str) -> Second | None:
    if sign_in.second == Second.TOTP:
        device = await known_device(service, session, sign_in.person, visit.device)
        return await accept_totp(service, session, sign_in, code, device)
    return Second.SMS if await accept_code(service, session, SIGN_IN, sign_in.id, code) else None
