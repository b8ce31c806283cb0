"""Enter the password: the first half of a sign-in.

Three steps, because hashing must not hold a connection: reserve the try (one transaction), check (in the pool), settle
(another one). A number nobody has takes the same steps and gets the same answer.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session, Sight
from chassis.identifiers import uuid7
from identity.actions.challenge import SIGN_IN, send_code
from identity.actions.limit import Limit, forgive, keep, locked, wait_for
from identity.actions.notice_wait import notice_wait
from identity.actions.open_session import known_device
from identity.actions.tally import tally
from identity.domain.account import may_issue
from identity.domain.passwords import wait_after
from identity.domain.proofs import Second, awaited
from identity.models import Account, Passkey, SignIn
from identity.wiring import Identity

SIGHT = Sight.system("sign-in")
SCOPE, _PLACE = "password", "password-place"
_HOUR = 3_600
_KEPT = sa.select(Account.id, Account.password_hash).where(Account.person == sa.bindparam("person"))
_PROVED = (
    sa.select(Account, sa.exists().where(Passkey.account_id == Account.id))
    .where(Account.id == sa.bindparam("account_id"))
    .with_for_update(of=Account)
)


class Said(StrEnum):
    """What became of a try; everything but GO_ON keeps the browser where it is."""

    GO_ON = "go_on"
    NOT_RIGHT = "not_right"
    WAIT = "wait"
    WAITS_FOR_ACTIVATION = "waits_for_activation"
    NOT_OPEN = "not_open"
    CODES_STOPPED = "codes_stopped"


@dataclass(frozen=True)
class Answer:
    """The outcome, and the seconds to wait where there is something to wait for."""

    said: Said
    wait: int = 0


@dataclass(frozen=True)
class Try:
    """What a browser sends: who it says it is, where it wants to go afterwards, whence it comes, and which device it is."""

    person: str
    password: str
    browser: str
    next: str
    language: str
    source: str = "unknown"
    device: str = ""


async def enter_password(service: Identity, attempt: Try) -> Answer:
    """Check a number and a password; on GO_ON a second proof is awaited of this browser. Raises HashingBusy."""
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        # A device the person has signed in with before has tries of its own: strangers cannot use them up.
        device = await known_device(service, session, attempt.person, attempt.device)
        key = f"{attempt.person}:{device}" if device else attempt.person
        wait = await _reserve(service, session, key, attempt.source)
        kept = None if wait else (await session.execute(_KEPT, {"person": attempt.person})).one_or_none()
    if wait:
        return Answer(Said.WAIT, wait)
    right = await service.passwords.verify(kept.password_hash if kept else None, attempt.password)
    fresh_hash = None
    if right and kept and service.passwords.is_outdated(kept.password_hash):
        fresh_hash = await service.passwords.hash(attempt.password)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        if not right or kept is None:
            await notice_wait(service, session, attempt.person, SCOPE, key)
            await tally(service, session, "sign_in.wrong_password")
            return Answer(Said.NOT_RIGHT)
        await forgive(service, session, all_of=[(SCOPE, key)], latest_of=[(_PLACE, attempt.source)])
        answer = await _proved(service, session, kept.id, attempt, fresh_hash)
        went_on = answer.said is Said.GO_ON
        await tally(service, session, "sign_in.password_right" if went_on else f"sign_in.stopped.{answer.said}")
        return answer


async def _reserve(service: Identity, session: Session, key: str, source: str) -> int:
    """Count the try before it is made. Seconds to wait when too many were wrong, else 0."""
    now, rules = service.clock.now(), service.rules()
    place = Limit(_PLACE, source, [(_HOUR, rules.number("identity.password.wrong_from_one_place"))])
    mine, theirs = await locked(service, session, (SCOPE, key), (_PLACE, source), now=now)
    recent = [use for use in mine.uses if use > now - timedelta(seconds=_HOUR)]
    most = rules.number("identity.password.wrong_an_hour")
    if len(recent) >= most:
        return int((recent[-most] + timedelta(seconds=_HOUR) - now).total_seconds()) + 1
    if wait := wait_after(recent, rules.table("identity.password.wait"), now) or wait_for(place, theirs, now):
        return wait
    keep(mine, _HOUR, now)
    keep(theirs, _HOUR, now)
    await session.flush()
    return 0


async def _proved(
    service: Identity, session: Session, account_id: UUID, attempt: Try, fresh_hash: str | None
) -> Answer:
    account, has_passkey = (await session.execute(_PROVED, {"account_id": account_id})).one()
    if fresh_hash:
        account.password_hash = fresh_hash
    await session.flush()
    if not may_issue(account.status):
        waits = account.status == account.lifecycle.initial
        return Answer(Said.WAITS_FOR_ACTIVATION if waits else Said.NOT_OPEN)
    second = awaited(account.kind, has_totp=account.totp_seed is not None, has_passkey=has_passkey)
    if second is Second.SMS and _codes_are_stopped(service, account):
        return Answer(Said.CODES_STOPPED)
    sign_in = _awaited(service, account, attempt, second)
    session.add(sign_in)
    await session.flush()
    if second is Second.SMS:
        return await send_sign_in_code(service, session, account, sign_in)
    return Answer(Said.GO_ON)


def _codes_are_stopped(service: Identity, account: Account) -> bool:
    """Many wrong codes in a row: no more texts until the person has proved themselves in another way."""
    return account.code_misses >= service.rules().number("identity.code.most_misses")


def _awaited(service: Identity, account: Account, attempt: Try, second: Second) -> SignIn:
    now = service.clock.now()
    # Time to receive one code late and ask for another.
    lifetime = 2 * service.rules().number("identity.code.lifetime")
    return SignIn(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        browser_index=service.cipher.index(f"browser:{attempt.browser}"),
        second=second,
        next=attempt.next,
        language=attempt.language,
        codes_sent=0,
        guesses=0,
        opened_at=now,
        expires_at=now + timedelta(seconds=lifetime),
    )


async def send_sign_in_code(service: Identity, session: Session, account: Account, sign_in: SignIn) -> Answer:
    """Text a code for this sign-in; WAIT when the limits on texts are reached."""
    if _codes_are_stopped(service, account):
        return Answer(Said.CODES_STOPPED)
    assert account.mobile is not None
    wait = await send_code(
        service,
        session,
        SIGN_IN,
        sign_in.id,
        person=account.person,
        mobile=account.mobile,
        language=sign_in.language,
    )
    if wait:
        return Answer(Said.WAIT, wait)
    sign_in.codes_sent += 1
    await session.flush()
    return Answer(Said.GO_ON)
