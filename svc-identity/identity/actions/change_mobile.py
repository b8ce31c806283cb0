"""Change the mobile: password, then a code to the new one; the old one hears of it and can undo it for a day.

For as long the account is frozen for acts of consequence, and every session but the one that asked is ended.
"""

import json
import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.events.outbox import record
from chassis.identifiers import uuid7
from chassis.intents import intend
from chassis.refusals import Conflict, TooMany
from contracts.events import AccountFrozen
from identity.actions.activate import tell_contact
from identity.actions.challenge import Purpose, accept_code, new_word, send_code, site_of
from identity.actions.end_session import end_all_sessions, end_other_sessions
from identity.actions.hold import require_open
from identity.actions.limit import Limit, take
from identity.domain.account import Channel, may_issue
from identity.models import Account, Binding, MobileChange
from identity.queries import account_by_id, mobile_owner_is_other
from identity.wiring import Identity
from partners.intents.texts import send_text

CHECK = "mobile_change.check"
PURPOSE = Purpose("mobile_change", unproved=False)
_HOUR = 3_600
_LANE = 1
_SHOWN_DIGITS = 3


class MobileIsYours(Conflict):
    """The account is bound to this mobile already."""

    slug = "mobile-is-yours"


class MobileTaken(Conflict):
    """Another active account is bound to it."""

    slug = "mobile-taken"


class TooManyChanges(TooMany):
    """Many changes, or many words to undo one."""

    slug = "too-many-recoveries"


async def ask_for_change(service: Identity, session: Session, principal: Principal, mobile: str) -> MobileChange:
    """Note the wish, its password proved; the registry is asked whose the mobile is, then a code goes there.

    Raises NotFound, Frozen or MobileIsYours.
    """
    now, rules = service.clock.now(), service.rules()
    account = await find(session, sa.select(Account).where(Account.person == principal.subject).with_for_update())
    require_open(service, account, "change_mobile")
    index = service.cipher.index(mobile)
    if index == account.mobile_index:
        raise MobileIsYours
    change = MobileChange(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        mobile=mobile,
        mobile_index=index,
        before=account.mobile,
        session_id=UUID(principal.session_id),
        opened_at=now,
        expires_at=now + timedelta(seconds=rules.number("identity.recovery.open_for")),
    )
    session.add(change)
    await session.flush()
    sealed = json.dumps({"number": account.person, "mobile": mobile})
    reference = f"{CHECK}:{change.id}"
    await intend(session, service, CHECK, {"change": str(change.id)}, reference=reference, sealed=sealed, lane=_LANE)
    return change


async def reserve_try(service: Identity, session: Session, person: str) -> None:
    """Count a try before its password is compared. Raises TooManyChanges."""
    most = service.rules().table("identity.mobile_change.most")["an_hour"]
    if wait := await take(service, session, [Limit("mobile-change", person, [(_HOUR, most)])], service.clock.now()):
        raise TooManyChanges(retry_after=wait)


async def resume_change(service: Identity, session: Session, change_id: UUID, *, mobile_is_theirs: bool) -> None:
    """The registry has answered: a code goes to the new mobile if it is in the holder's name."""
    change = await _open_change(service, session, change_id)
    if change is None or change.checked_at is not None:
        return
    change.checked_at = service.clock.now()
    account = await account_by_id(session, change.account_id)
    assert account is not None
    if not mobile_is_theirs:
        change.finding = "not their mobile"
    else:
        wait = await send_code(
            service,
            session,
            PURPOSE,
            change.id,
            person=change.person,
            mobile=change.mobile,
            language=account.language,
        )
        change.finding = "too many texts" if wait else None
    await session.flush()


async def confirm_change(
    service: Identity, session: Session, principal: Principal, change_id: UUID, code: str
) -> Account | None:
    """Bind the new mobile; None for a wrong code. Commit either way. Raises NotFound, Frozen or MobileTaken."""
    now, rules = service.clock.now(), service.rules()
    await find(
        session, sa.select(MobileChange).where(MobileChange.id == change_id, MobileChange.person == principal.subject)
    )
    change = await _open_change(service, session, change_id)
    if not await accept_code(service, session, PURPOSE, change_id, code) or change is None:
        return None
    account = await account_by_id(session, change.account_id, lock=True)
    if account is None or not may_issue(account.status):
        return None
    require_open(service, account, "change_mobile")
    if await mobile_owner_is_other(session, change.mobile_index, account.id):
        raise MobileTaken
    word = new_word()
    change.done_at, change.undo_digest = now, _digest(service, word)
    change.undo_until = now + timedelta(hours=rules.number("identity.mobile_change.undo"))
    _bind(session, account, change, Channel.SELF, now)
    account.mobile, account.mobile_index = change.mobile, change.mobile_index
    account.frozen_until = now + timedelta(hours=rules.number("identity.mobile_change.freeze"))
    _act(service, session, principal, account, "change_mobile")
    await session.flush()
    await end_other_sessions(session, account.person, UUID(principal.session_id), "new mobile")
    await tell_contact(service, session, account)
    await _tell_frozen(service, session, account, "mobile_changed")
    await _tell_old(service, session, account, change, word)
    return account


async def undo_change(service: Identity, session: Session, word: str, source: str) -> bool:
    """Back to the old mobile by the word sent there; sessions and password end with it. Raises TooManyChanges.

    Whoever changed the mobile knew the password: so none is left, and the holder sets a new one as at a first sign-in.
    """
    now = service.clock.now()
    most = service.rules().table("identity.mobile_change.most")["undo_an_hour"]
    if wait := await take(service, session, [Limit("mobile-undo", source, [(_HOUR, most)])], now):
        raise TooManyChanges(retry_after=wait)
    change = await session.scalar(
        sa.select(MobileChange)
        .where(
            MobileChange.undo_digest == _digest(service, word),
            MobileChange.undone_at.is_(None),
            MobileChange.undo_until > now,
        )
        .with_for_update()
    )
    if change is None or change.before is None:
        return False
    account = await account_by_id(session, change.account_id, lock=True)
    before = service.cipher.index(change.before)
    if account is None or await mobile_owner_is_other(session, before, account.id):
        return False
    change.undone_at = now
    account.mobile, account.mobile_index = change.before, before
    # Nobody knows the hash's password: the next one is set by recovery, which goes to the mobile that is bound again.
    account.password_hash = await service.passwords.hash(secrets.token_urlsafe(32))
    account.password_changed_at, account.frozen_until = now, None
    _bind(session, account, change, Channel.SELF, now)
    _act(service, session, Principal(account.person, account.kind, "", ""), account, "undo_mobile_change")
    await session.flush()
    await end_all_sessions(session, account.id, "mobile change undone")
    await tell_contact(service, session, account)
    await _tell_frozen(service, session, account, "undone")
    said = service.texts.say("notice.mobile_change_undone", account.language, site=site_of(service))
    reference = f"mobile-undone:{change.id}"
    await send_text(session, service, to=change.before, text=said, about=str(change.id), reference=reference)
    return True


async def _open_change(service: Identity, session: Session, change_id: UUID) -> MobileChange | None:
    change: MobileChange | None = await session.scalar(
        sa.select(MobileChange)
        .where(
            MobileChange.id == change_id, MobileChange.done_at.is_(None), MobileChange.expires_at > service.clock.now()
        )
        .with_for_update()
    )
    return change


def _bind(session: Session, account: Account, change: MobileChange, channel: Channel, now: object) -> None:
    is_back = change.undone_at is not None
    session.add(
        Binding(
            account_id=account.id,
            person=account.person,
            mobile_index=account.mobile_index if is_back else change.mobile_index,
            clerk=account.person,
            office=str(channel),
            channel=str(channel),
            bound_at=now,
        )
    )


def _act(service: Identity, session: Session, principal: Principal, account: Account, action: str) -> None:
    audit.act(
        session, service, principal, standing="self", person=account.person, action=action, object_=str(account.id)
    )


async def _tell_frozen(
    service: Identity, session: Session, account: Account, why: Literal["mobile_changed", "undone"]
) -> None:
    now = service.clock.now()
    event = AccountFrozen(
        account_id=account.id, person=account.person, until=account.frozen_until or now, reason=why, at=now
    )
    await record(session, event, now)


async def _tell_old(service: Identity, session: Session, account: Account, change: MobileChange, word: str) -> None:
    if change.before is None:
        return
    hours = service.rules().number("identity.mobile_change.undo")
    said = service.texts.say(
        "notice.mobile_changed",
        account.language,
        site=site_of(service),
        ending=change.mobile[-_SHOWN_DIGITS:],
        hours=hours,
        word=word,
    )
    reference = f"mobile-changed:{change.id}"
    await send_text(
        session,
        service,
        to=change.before,
        text=said,
        about=str(change.id),
        reference=reference,
        expires_at=change.undo_until,
    )


def _digest(service: Identity, word: str) -> str:
    plain = "".join(each for each in word.upper() if each.isalnum())
    return service.cipher.index(f"undo:{plain}")
