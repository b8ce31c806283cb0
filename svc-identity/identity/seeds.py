"""People to sign in as, in development only: staff with authenticators, a household, a sponsor and a worker.

They go the way everybody goes (registered, then moved to active, relations learnt from the registry); only their
passwords and authenticator seeds are known beforehand.
"""

import base64
import hashlib
from dataclasses import dataclass

from chassis.database import Sight
from chassis.facts import keep
from chassis.identifiers import new_reference, uuid7
from contracts.authority import Actor, StaffRole
from contracts.values import kind_of
from identity.actions.activate import bind, tell_contact
from identity.actions.enrol import Person, staff_account
from identity.actions.relate import begin_roles, relate
from identity.actions.tally import tally_move
from identity.domain.account import AccountFacts, Action, Document, Status
from identity.models import Account
from identity.queries import REGISTRY_PERSON, account_of, expiry_of
from identity.wiring import Identity

OFFICE = "riyadh-main"
PASSWORD = "Jawaz-demo-2026"  # noqa: S105 - printed at every start of a development platform
SIGHT = Sight.system("seeds")


@dataclass(frozen=True)
class Staff:
    """A seeded member of staff."""

    role: str
    number: str
    roles: tuple[StaffRole, ...]
    name_ar: str
    name_en: str


@dataclass(frozen=True)
class Holder:
    """A seeded citizen or resident; who they are is the registry's answer."""

    role: str
    number: str
    mobile: str


STAFF = (
    Staff("clerk", "S-100001", (StaffRole.CLERK,), "موظف التفعيل", "Activation clerk"),
    Staff("officer", "S-100002", (StaffRole.OFFICER,), "ضابط الجوازات", "Passport officer"),
    Staff("second-officer", "S-100003", (StaffRole.OFFICER,), "ضابط ثانٍ", "Second officer"),
    Staff("operator", "S-100004", (StaffRole.OPERATOR,), "مشغل المنصة", "Platform operator"),
    Staff("administrator", "S-100005", (StaffRole.ADMINISTRATOR,), "مدير المنصة", "Administrator"),
    Staff("second-administrator", "S-100006", (StaffRole.ADMINISTRATOR,), "مدير ثانٍ", "Second administrator"),
)
# The sixth to eighth digit of a number says what the simulated bodies do with it (partners/…/magic.toml).
HOLDERS = (
    Holder("household-head", "1000190007", "+966501190007"),
    Holder("dependant", "1000190015", "+966502190015"),
    Holder("sponsor", "1000290005", "+966503290005"),
    Holder("worker", "2000290003", "+966554290003"),
    Holder("blocked-sponsor", "1000190502", "+966555190502"),
    Holder("lost-in-post", "1000191807", "+966556191807"),
)


async def seed(service: Identity) -> list[dict[str, str]]:
    """Make whoever is missing and tell all sign-ins: role, number, password, totp_secret, mobile.

    Raises RuntimeError outside development.
    """
    if not service.settings.in_development:
        raise RuntimeError("there are no seeds outside development")
    told = [await _staff(service, each) for each in STAFF]
    return told + [await _holder(service, each) for each in HOLDERS]


def totp_seed_of(role: str) -> str:
    """A seeded authenticator's secret: the same on every development machine, and worth nothing elsewhere."""
    return base64.b32encode(hashlib.sha256(f"jawaz development {role}".encode()).digest()[:20]).decode()


def email_of(role: str) -> str:
    """A seeded member of staff's e-mail: what waits for them is written there."""
    return f"{role}@staff.invalid"


async def _staff(service: Identity, staff: Staff) -> dict[str, str]:
    password_hash = await service.passwords.hash(PASSWORD)
    async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
        if await account_of(session, staff.number) is None:
            account = staff_account(service, staff.number, Person(staff.name_ar, staff.name_en))
            session.add(account)
            facts = AccountFacts(today=service.clock.today(), kind=account.kind, second_factor_proved=True)
            now = service.clock.now()
            account.move(session, Action.ENROL, by=Actor.HOLDER, actor=account.person, facts=facts, now=now)
            account.password_hash, account.password_changed_at = password_hash, now
            account.totp_seed = totp_seed_of(staff.role)
            account.email, account.email_verified_at = email_of(staff.role), now
            await session.flush()
            await tally_move(service, session, None, account.status)
            await begin_roles(service, session, staff.number, [str(role) for role in staff.roles], OFFICE)
    return _told(staff.role, staff.number, totp_secret=totp_seed_of(staff.role))


async def _holder(service: Identity, holder: Holder) -> dict[str, str]:
    async with service.database.transaction(SIGHT) as session:
        known = await account_of(session, holder.number) is not None
    if not known:
        answer = await service.registry.person(holder.number)
        password_hash = await service.passwords.hash(PASSWORD)
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            now = service.clock.now()
            told = answer.model_dump(mode="json")
            await keep(
                session, holder.number, REGISTRY_PERSON, told, source="registry", reference=answer.reference, now=now
            )
            account = _registered(service, holder, password_hash)
            session.add(account)
            expires_on = expiry_of(answer)
            facts = AccountFacts(
                today=service.clock.today(),
                kind=account.kind,
                alive=answer.alive,
                registered_number=answer.number,
                registered_expiry=expires_on,
                document=Document(answer.number, expires_on),
                mobile_agrees=True,
            )
            account.move(session, Action.ACTIVATE, by=Actor.CLERK, actor=STAFF[0].number, facts=facts, now=now)
            account.name_ar, account.name_en = answer.names.ar.full, answer.names.en.full
            await session.flush()
            bind(session, account, STAFF[0].number, OFFICE, now)
            await tell_contact(service, session, account)
            await relate(service, session, answer)
            await tally_move(service, session, None, account.status)
    return _told(holder.role, holder.number, mobile=holder.mobile)


def _registered(service: Identity, holder: Holder, password_hash: str) -> Account:
    now = service.clock.now()
    return Account(
        id=uuid7(),
        reference=new_reference("ACC"),
        person=holder.number,
        kind=kind_of(holder.number),
        status=Status.REGISTERED,
        version=0,
        language="ar",
        mobile=holder.mobile,
        mobile_index=service.cipher.index(holder.mobile),
        password_hash=password_hash,
        password_changed_at=now,
        opened_at=now,
        moved_at=now,
    )


def _told(role: str, number: str, *, totp_secret: str = "", mobile: str = "") -> dict[str, str]:
    return {"role": role, "number": number, "password": PASSWORD, "totp_secret": totp_secret, "mobile": mobile}
