"""Codes by text: sent for one purpose and one object, guessed a few times, accepted once.

A guess is counted by an UPDATE before it is compared, so that any number of guesses at once evaluates no more than
the rule allows, and only the UPDATE that marks a code as used is a success.
"""

import hmac
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from contracts.values import fold_digits
from identity.actions.limit import Limit, clear, take
from identity.actions.watch import watch_prefix
from identity.models import Challenge
from identity.wiring import Identity
from partners.intents.texts import send_text

LANE = 0
_PREFIX_WITHOUT = 4
_HALF_MINUTE, _MINUTE, _QUARTER_HOUR, _HOUR, _DAY = 30, 60, 900, 3_600, 86_400
_UNANSWERED = "code-unanswered"


@dataclass(frozen=True)
class Purpose:
    """What a code is for; the text `code.<name>` names the act. `unproved`: anybody can cause it to be sent.

    `lifetime` is the rule on how long it lives; one that is `spoken` is a word of letters and digits, as a password is.
    """

    name: str
    unproved: bool
    lifetime: str = "identity.code.lifetime"
    spoken: bool = False


@dataclass(frozen=True)
class NewCode:
    """A code that may be sent once; only its digest is kept."""

    id: UUID
    code: str
    expires_at: datetime


REGISTRATION = Purpose("registration", unproved=True)
SIGN_IN = Purpose("sign_in", unproved=False)


async def send_code(
    service: Identity,
    session: Session,
    purpose: Purpose,
    object_id: UUID,
    *,
    person: str,
    mobile: str,
    language: str,
    source: str = "",
) -> int:
    """Send a new code in place of an older one. Returns 0, or the seconds to wait when a limit refuses it."""
    now = service.clock.now()
    if wait := await take(service, session, _limits(service, purpose, person, mobile, source), now):
        return wait
    new = await new_code(
        service, session, purpose, object_id, person, prefix=prefix_of(mobile) if purpose.unproved else None
    )
    await send_text(
        session,
        service,
        to=mobile,
        text=service.texts.say(
            f"code.{purpose.name}",
            language,
            code=new.code,
            site=site_of(service),
            act=service.texts.say(f"act.{purpose.name}", language),
        ),
        about=str(new.id),
        reference=f"code:{new.id}",
        lane=LANE,
        expires_at=new.expires_at,
    )
    if purpose.unproved:
        await watch_prefix(service, session, prefix_of(mobile))
    return 0


async def new_code(
    service: Identity, session: Session, purpose: Purpose, object_id: UUID, person: str, *, prefix: str | None = None
) -> NewCode:
    """A code in place of an older one; whoever calls has it sent, within limits."""
    now, rules = service.clock.now(), service.rules()
    expires_at = now + timedelta(seconds=rules.number(purpose.lifetime))
    digits = rules.number("identity.code.digits")
    code = new_word() if purpose.spoken else f"{secrets.randbelow(10**digits):0{digits}d}"
    await session.execute(
        sa.update(Challenge)
        .where(*_open(purpose, object_id))
        .values(replaced_at=now)
        .execution_options(synchronize_session=False)
    )
    challenge_id = uuid7()
    session.add(
        Challenge(
            id=challenge_id,
            purpose=purpose.name,
            object=object_id,
            person=person,
            code_mac=_mac(service, challenge_id, code),
            prefix=prefix,
            guesses_allowed=rules.number("identity.code.guesses"),
            sent_at=now,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return NewCode(challenge_id, code, expires_at)


async def accept_code(service: Identity, session: Session, purpose: Purpose, object_id: UUID, code: str) -> bool:
    """Whether this is the code, for the first time and in time. Commit whatever the answer: a guess was spent."""
    now = service.clock.now()
    reserved = (
        await session.execute(
            sa.update(Challenge)
            .where(
                *_open(purpose, object_id), Challenge.guesses < Challenge.guesses_allowed, Challenge.expires_at > now
            )
            .values(guesses=Challenge.guesses + 1)
            .returning(Challenge.id, Challenge.code_mac)
            .execution_options(synchronize_session=False)
        )
    ).first()
    if reserved is None:
        hmac.compare_digest(_mac(service, object_id, code), _mac(service, object_id, ""))
        return False
    if not hmac.compare_digest(reserved.code_mac, _mac(service, reserved.id, code)):
        return False
    used = await session.scalar(
        sa.update(Challenge)
        .where(Challenge.id == reserved.id, Challenge.used_at.is_(None))
        .values(used_at=now)
        .returning(Challenge.person)
        .execution_options(synchronize_session=False)
    )
    if used is not None:
        await clear(service, session, _UNANSWERED, f"{purpose.name}:{used}")
    return used is not None


def new_word() -> str:
    """A random word such as `7K3M-Q9RT-2XWA`, without characters that are taken for others."""
    return new_reference("").removeprefix("-")


def site_of(service: Identity) -> str:
    """The host people know us by; a text names it so that a code is typed nowhere else."""
    return urlsplit(service.settings.public_url).netloc


def _open(purpose: Purpose, object_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Challenge.purpose == purpose.name,
        Challenge.object == object_id,
        Challenge.used_at.is_(None),
        Challenge.replaced_at.is_(None),
    )


def _mac(service: Identity, challenge_id: UUID, code: str) -> str:
    return service.cipher.index(f"code:{challenge_id}:{fold_digits(code).strip()}")


def prefix_of(mobile: str) -> str:
    """Ten thousand mobiles that an operator bills alike: a number without its last digits."""
    return mobile[:-_PREFIX_WITHOUT]


def _limits(service: Identity, purpose: Purpose, person: str, mobile: str, source: str) -> list[Limit]:
    rules = service.rules()
    texts, codes = rules.table("identity.code.sms_limits"), rules.table("identity.code.most_sent")
    pauses = rules.table("identity.code.resend_wait")
    # Every purpose has buckets of its own: who has proved a password is not held up by a stranger who has proved nothing.
    name = purpose.name
    limits = [
        Limit("code-account", f"{name}:{person}", [(_HOUR, codes["an_hour"]), (_DAY, codes["a_day"])]),
        Limit(
            "code-mobile",
            f"{name}:{mobile}",
            [
                (_HALF_MINUTE, texts["mobile_half_minute"]),
                (_QUARTER_HOUR, texts["mobile_quarter_hour"]),
                (_DAY, texts["mobile_day"]),
            ],
        ),
        Limit(_UNANSWERED, f"{name}:{person}", [(_DAY, codes["a_day"])], pauses),
        _budget(service, purpose, mobile),
    ]
    if purpose.unproved:
        limits.append(Limit("code-prefix", prefix_of(mobile), [(_HOUR, texts["prefix_hour"])], lasting=True))
        limits.append(Limit("code-source", source, [(_HOUR, texts["address_hour"])], lasting=True))
    return limits


def _budget(service: Identity, purpose: Purpose, mobile: str) -> Limit:
    """Everybody's part of the minute, in shares, so that not everybody waits for one row."""
    budget = service.rules().table("identity.code.budget")
    most = budget["unproved" if purpose.unproved else "proved"] // budget["shares"]
    share = zlib.crc32(mobile.encode()) % budget["shares"]
    return Limit("code-everybody", f"{purpose.unproved}:{share}", [(_MINUTE, most)])
