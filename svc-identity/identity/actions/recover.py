"""Recover: into an account without its password, by the mobile, the number of a document and whatever else protects it.

The way in is never weaker than a sign-in: the code goes to the mobile that is bound and still in the holder's name, the
document's number is compared once for each code, and an authenticator, where there is one, has to agree. An account that
a batch made active has no password yet: its holder gets a temporary one, which opens nothing but this.

Everybody is answered alike, before anything is looked up; what becomes of it is found out afterwards.
"""

import hmac
import json
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.intents import intend
from chassis.refusals import TooMany
from identity.actions.challenge import Purpose, accept_code, send_code, site_of
from identity.actions.end_session import end_all_sessions
from identity.actions.limit import Limit, clear, take
from identity.actions.prove_totp import proved_by
from identity.actions.tally import tally
from identity.domain.account import Kind, may_issue
from identity.models import Account, Passkey, Recovery
from identity.queries import account_of, person_in, registry_person
from identity.wiring import Identity
from partners.intents.texts import send_text
from partners.registry import Person

CHECK = "recovery.check"
RECOVERY = Purpose("recovery", unproved=True)
FIRST = Purpose("first_sign_in", unproved=True, lifetime="identity.temporary_password.lifetime", spoken=True)
_HOUR = 3_600
_LANE = 1


class TooManyRecoveries(TooMany):
    """One address tries many."""

    slug = "too-many-recoveries"


class Recovered(StrEnum):
    """What became of a confirmation."""

    DONE = "done"
    NOT_RIGHT = "not_right"
    STRONGER_NEEDED = "stronger_needed"


async def begin_recovery(
    service: Identity, session: Session, *, person: str, mobile: str, language: str, source: str
) -> Recovery:
    """Note the wish and have it looked into. Raises TooManyRecoveries."""
    now, rules = service.clock.now(), service.rules()
    most = rules.number("identity.recovery.most_from_one_place")
    if wait := await take(service, session, [Limit("recovery", source, [(_HOUR, most)])], now):
        raise TooManyRecoveries(retry_after=wait)
    recovery = Recovery(
        id=uuid7(),
        person=person,
        mobile_index=service.cipher.index(mobile),
        language=language,
        source_index=service.cipher.index(source),
        opened_at=now,
        expires_at=now + timedelta(seconds=rules.number("identity.recovery.open_for")),
    )
    session.add(recovery)
    await session.flush()
    await intend(
        session,
        service,
        CHECK,
        {"recovery": str(recovery.id)},
        reference=f"{CHECK}:{recovery.id}",
        sealed=json.dumps({"number": person, "mobile": mobile}),
        lane=_LANE,
    )
    await tally(service, session, "recovery.opened")
    return recovery


async def resume_recovery(service: Identity, session: Session, recovery_id: UUID, *, mobile_is_theirs: bool) -> None:
    """The registry has answered: send the code, if there is an account it may go to."""
    recovery = await _open_recovery(service, session, recovery_id)
    if recovery is None or recovery.checked_at is not None:
        return
    recovery.checked_at = service.clock.now()
    account = await account_of(session, recovery.person)
    if account is None or not may_issue(account.status) or account.kind == Kind.STAFF:
        recovery.finding = "no account to recover"
    elif account.frozen_until is not None and account.frozen_until > recovery.checked_at:
        recovery.finding = "frozen"
    elif account.mobile is None or account.mobile_index != recovery.mobile_index:
        recovery.finding = "another mobile"
    elif not mobile_is_theirs:
        recovery.finding = "no longer their mobile"
    else:
        recovery.is_first = account.password_hash is None
        recovery.finding = await _send(service, session, recovery, account.mobile)
    await session.flush()


async def confirm_recovery(
    service: Identity,
    session: Session,
    recovery_id: UUID,
    *,
    code: str,
    document_number: str,
    proof: str,
    password_hash: str,
) -> Recovered:
    """Set the new password and end every session. Commit whatever the answer: what was guessed was spent."""
    now = service.clock.now()
    recovery = await _open_recovery(service, session, recovery_id)
    purpose = FIRST if recovery is not None and recovery.is_first else RECOVERY
    right = await accept_code(service, session, purpose, recovery_id, code.upper())
    if not right or recovery is None:
        return Recovered.NOT_RIGHT
    account = await account_of(session, recovery.person, lock=True)
    if account is None or not may_issue(account.status) or account.mobile_index != recovery.mobile_index:
        return Recovered.NOT_RIGHT
    person = person_in(await registry_person(service, session, recovery.person))
    if person is None or not person.alive or not _is_theirs(person, document_number):
        return Recovered.NOT_RIGHT
    if not await _has_proved(service, session, account, proof):
        return Recovered.STRONGER_NEEDED
    recovery.done_at = now
    await set_password(service, session, account, password_hash, "recovery")
    await tally(service, session, "recovery.done")
    return Recovered.DONE


async def set_password(service: Identity, session: Session, account: Account, password_hash: str, why: str) -> None:
    """A new password; every session ends, and the holder is told."""
    now = service.clock.now()
    account.password_hash, account.password_changed_at, account.code_misses = password_hash, now, 0
    holder = Principal(account.person, account.kind, "", "")
    audit.act(
        session, service, holder, standing="self", person=account.person, action="set_password", object_=str(account.id)
    )
    await session.flush()
    await end_all_sessions(session, account.id, why)
    await clear(service, session, "password", account.person)
    if account.mobile is not None:
        said = service.texts.say("notice.password_changed", account.language, site=site_of(service))
        reference = f"password:{account.id}:{int(now.timestamp())}"
        await send_text(session, service, to=account.mobile, text=said, about=str(account.id), reference=reference)


async def _open_recovery(service: Identity, session: Session, recovery_id: UUID) -> Recovery | None:
    recovery: Recovery | None = await session.scalar(
        sa.select(Recovery)
        .where(Recovery.id == recovery_id, Recovery.done_at.is_(None), Recovery.expires_at > service.clock.now())
        .with_for_update()
    )
    return recovery


async def _send(service: Identity, session: Session, recovery: Recovery, mobile: str) -> str | None:
    wait = await send_code(
        service,
        session,
        FIRST if recovery.is_first else RECOVERY,
        recovery.id,
        person=recovery.person,
        mobile=mobile,
        language=recovery.language,
        source=recovery.source_index,
    )
    return "too many texts" if wait else None


def _is_theirs(person: Person, given: str) -> bool:
    """Whether this is the number of the person's passport, as the registry has it."""
    wanted = given.strip().upper().encode()
    documents = [document for document in (person.passport, person.foreign_passport) if document is not None]
    # Every one is compared, so that the time tells nothing.
    matches = [hmac.compare_digest(document.number.upper().encode(), wanted) for document in documents]
    return any(matches)


async def _has_proved(service: Identity, session: Session, account: Account, proof: str) -> bool:
    """What else protects the account has agreed: recovery is never weaker than a sign-in."""
    if account.totp_seed is not None:
        return bool(proof) and await proved_by(service, session, account.id, proof) is not None
    has_passkey = await session.scalar(sa.select(Passkey.id).where(Passkey.account_id == account.id).limit(1))
    return has_passkey is None
