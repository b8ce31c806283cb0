"""Register: ask for an account. The answer is the same whether the number is known, unknown or has an account already.

The registry is always asked (after the commit), and only its answer decides whether a code is sent, so that neither
words nor time tell a stranger anything.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.intents import intend
from chassis.refusals import TooMany
from identity.actions.challenge import REGISTRATION, send_code, site_of
from identity.actions.limit import Limit, take
from identity.actions.tally import tally
from identity.domain.account import Status
from identity.models import Registration
from identity.queries import account_of, open_registration, person_in, registry_person
from identity.wiring import Identity
from partners.intents.texts import send_text

_HOUR = 3_600
_LANE = 1
CHECK = "registration.check"
PASSPORT_CHECK = "registration.passport_check"


class TooManyRegistrations(TooMany):
    """One address asks for many accounts."""

    slug = "too-many-registrations"


@dataclass(frozen=True)
class Passport:
    """What a visitor says of their passport; `nationality` is ISO 3166-1 alpha-3, `born_on` ISO 8601."""

    passport: str
    nationality: str
    born_on: str


async def register(
    service: Identity,
    session: Session,
    *,
    person: str,
    mobile: str,
    email: str | None,
    language: str,
    source: str,
    passport: Passport | None = None,
) -> Registration:
    """Open a registration and have the registry asked. Raises TooManyRegistrations.

    `person` may be empty when a visitor gives a passport: the registry's answer names them.
    """
    now, rules = service.clock.now(), service.rules()
    most = rules.number("identity.registration.most_from_one_place")
    if wait := await take(service, session, [Limit("registration", source, [(_HOUR, most)])], now):
        raise TooManyRegistrations(retry_after=wait)
    # Time for the registry to answer late, and then the whole life of a code.
    lifetime = rules.number("identity.registration.open_for")
    registration = Registration(
        id=uuid7(),
        person=person,
        mobile=mobile,
        mobile_index=service.cipher.index(mobile),
        email=email,
        language=language,
        source_index=service.cipher.index(source),
        opened_at=now,
        expires_at=now + timedelta(seconds=lifetime),
    )
    session.add(registration)
    await session.flush()
    await intend(
        session,
        service,
        PASSPORT_CHECK if passport else CHECK,
        {"registration": str(registration.id)},
        reference=f"{CHECK}:{registration.id}",
        sealed=json.dumps({"number": person, "mobile": mobile, **(asdict(passport) if passport else {})}),
        lane=_LANE,
    )
    await tally(service, session, "registration.opened")
    return registration


async def name_visitor(session: Session, registration_id: UUID, person: str) -> None:
    """The registry has a visitor with this passport, nationality and birth date."""
    await session.execute(
        sa.update(Registration)
        .where(Registration.id == registration_id, Registration.checked_at.is_(None))
        .values(person=person, proved_by_passport=True)
    )


async def resume_registration(
    service: Identity, session: Session, registration_id: UUID, *, mobile_is_theirs: bool
) -> None:
    """The registry has answered: send a code to the mobile of this registration, if it may go on."""
    now = service.clock.now()
    registration = await open_registration(session, registration_id, now)
    if registration is None or registration.checked_at is not None:
        return
    registration.checked_at = now
    found = person_in(await registry_person(service, session, registration.person))
    account = await account_of(session, registration.person)
    if found is None:
        registration.finding = "not in the registry"
    elif not found.alive:
        registration.finding = "deceased"
    elif account is not None and account.status in (Status.ACTIVE, Status.SUSPENDED):
        registration.finding = "has an account"
        await _tell_of_attempt(service, session, registration.id, account.mobile, account.language)
    elif not mobile_is_theirs:
        # Without this a stranger would learn from a code on a mobile of his own whose number is still free.
        registration.finding = "not their mobile"
    else:
        registration.finding = await _send(service, session, registration)
    await session.flush()


async def _send(service: Identity, session: Session, registration: Registration) -> str | None:
    wait = await send_code(
        service,
        session,
        REGISTRATION,
        registration.id,
        person=registration.person,
        mobile=registration.mobile,
        language=registration.language,
        source=registration.source_index,
    )
    return "too many texts" if wait else None


async def _tell_of_attempt(
    service: Identity, session: Session, registration_id: UUID, mobile: str | None, language: str
) -> None:
    """Whoever has an account hears that somebody asked for another one, at most as often as texts may go there."""
    if mobile is None:
        return
    rules = service.rules().table("identity.code.sms_limits")
    day = Limit("notice-mobile", mobile, [(86_400, rules["mobile_half_minute"])])
    if await take(service, session, [day], service.clock.now()):
        return
    text = service.texts.say("notice.account_exists", language, site=site_of(service))
    await send_text(session, service, to=mobile, text=text, about=str(registration_id))
