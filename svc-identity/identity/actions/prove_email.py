"""Prove an e-mail address: a code goes to the new one by letter, and only when it came back is anything sent there."""

from datetime import timedelta
from typing import Literal

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find
from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.refusals import TooMany
from identity.actions.activate import tell_contact
from identity.actions.challenge import LANE, Purpose, accept_code, new_code, site_of
from identity.actions.hold import require_open
from identity.actions.limit import Limit, take
from identity.domain.account import may_issue
from identity.models import Account, EmailChange
from identity.queries import account_by_id
from identity.wiring import Identity
from partners.intents.letters import send_letter

PURPOSE = Purpose("email", unproved=False, lifetime="identity.email.code_lifetime")
_HOUR, _DAY = 3_600, 86_400


class TooManyLetters(TooMany):
    """Many codes to one address, or for one account."""

    slug = "too-many-letters"


async def ask_for_email(service: Identity, session: Session, principal: Principal, email: str) -> Account:
    """Send a code to the address, unless it is proved already. Raises NotFound, Frozen or TooManyLetters."""
    now, rules = service.clock.now(), service.rules()
    account = await find(session, sa.select(Account).where(Account.person == principal.subject).with_for_update())
    if email == account.verified_email:
        return account
    most = rules.table("identity.email.most_codes")
    spans = [(_HOUR, most["an_hour"]), (_DAY, most["a_day"])]
    limits = [Limit("email-account", account.person, spans), Limit("email-address", email.lower(), spans)]
    require_open(service, account, "change_email")
    if wait := await take(service, session, limits, now):
        raise TooManyLetters(retry_after=wait)
    change = EmailChange(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        email=email,
        opened_at=now,
        expires_at=now + timedelta(seconds=rules.number(PURPOSE.lifetime)),
    )
    session.add(change)
    await session.flush()
    new = await new_code(service, session, PURPOSE, change.id, account.person)
    language, site = _language(account), site_of(service)
    act = service.texts.say("act.email", language)
    await send_letter(
        session,
        service,
        to=email,
        subject=service.texts.say("letter.email_code", language, site=site),
        text=service.texts.say("code.email", language, code=new.code, site=site, act=act),
        language=language,
        about=str(new.id),
        reference=f"email-code:{new.id}",
        lane=LANE,
        expires_at=new.expires_at,
    )
    return account


async def confirm_email(service: Identity, session: Session, principal: Principal, code: str) -> Account | None:
    """The newest address asked for is the account's; None for a wrong code. Commit either way: a guess was spent. Raises Frozen."""
    now = service.clock.now()
    change = await session.scalar(
        sa.select(EmailChange)
        .where(EmailChange.person == principal.subject, EmailChange.done_at.is_(None), EmailChange.expires_at > now)
        .order_by(EmailChange.id.desc())
        .limit(1)
        .with_for_update()
    )
    if change is None or not await accept_code(service, session, PURPOSE, change.id, code):
        return None
    account = await account_by_id(session, change.account_id, lock=True)
    if account is None or not may_issue(account.status):
        return None
    require_open(service, account, "change_email")
    before = account.verified_email
    change.done_at = account.email_verified_at = now
    account.email = change.email
    audit.act(
        session,
        service,
        principal,
        standing="self",
        person=account.person,
        action="change_email",
        object_=str(account.id),
    )
    await session.flush()
    await tell_contact(service, session, account)
    if before is not None and before != account.email:
        await _tell_old(service, session, account, before, change)
    return account


async def _tell_old(service: Identity, session: Session, account: Account, before: str, change: EmailChange) -> None:
    language, site = _language(account), site_of(service)
    await send_letter(
        session,
        service,
        to=before,
        subject=service.texts.say("letter.email_changed", language, site=site),
        text=service.texts.say("notice.email_changed", language, site=site),
        language=language,
        about=str(change.id),
        reference=f"email-changed:{change.id}",
    )


def _language(account: Account) -> Literal["ar", "en"]:
    return "en" if account.language == "en" else "ar"
