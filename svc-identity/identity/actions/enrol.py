"""Staff: invited by an administrator, enrolled by a link that is good once, with a password and an authenticator.

An invitation gives no role: it proposes them, and another administrator approves (`actions/change_role.py`).
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, require_role
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.models import RelationRow
from chassis.refusals import Conflict
from contracts.authority import Actor, StaffRole
from identity.actions.change_role import Wish, propose
from identity.actions.prove_totp import totp_step
from identity.actions.relate import begin_roles
from identity.actions.tally import tally_move
from identity.domain.account import AccountFacts, Action, Kind, Status
from identity.domain.role_change import Direction
from identity.models import Account, Link, RoleChange
from identity.oauth.rows import digest
from identity.queries import account_by_id
from identity.wiring import Identity

_NUMBER_FROM, _NUMBER_SPAN = 200_000, 700_000


class AdministratorExists(Conflict):
    """The first administrator was made already."""

    slug = "administrator-exists"


@dataclass(frozen=True)
class Invitation:
    """A new member of staff's number, the roles proposed for them, and the link they enrol by: shown once, kept as a digest."""

    account: Account
    url: str
    proposed: list[RoleChange] = field(default_factory=list)


@dataclass(frozen=True)
class Person:
    """Who is invited: names in both languages."""

    name_ar: str
    name_en: str


async def invite(
    service: Identity,
    session: Session,
    principal: Principal,
    person: Person,
    roles: Collection[StaffRole],
    office: str,
    reason: str,
) -> Invitation:
    """Open a staff account, make its link, and propose its roles at an office. Raises Forbidden."""
    await require_role(session, principal, [StaffRole.ADMINISTRATOR], service.clock.now())
    invitation = await _invite(service, session, person)
    audit.act(
        session,
        service,
        principal,
        standing=StaffRole.ADMINISTRATOR,
        person=invitation.account.person,
        action="invite",
        object_=str(invitation.account.id),
        reason=reason,
    )
    for role in sorted(roles):
        wish = Wish(invitation.account.person, role, office, Direction.BEGIN)
        invitation.proposed.append(await propose(service, session, principal, wish, reason))
    return invitation


async def invite_first_administrator(service: Identity, session: Session, office: str) -> Invitation:
    """Once in the life of an installation, and with the role: nobody is there to approve it. Raises AdministratorExists."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('first administrator'))"))
    if await session.scalar(
        sa.select(RelationRow.id).where(RelationRow.relation == str(StaffRole.ADMINISTRATOR)).limit(1)
    ):
        raise AdministratorExists
    invitation = await _invite(service, session, Person("المدير الأول", "First administrator"))
    await begin_roles(service, session, invitation.account.person, [str(StaffRole.ADMINISTRATOR)], office)
    return invitation


async def _invite(service: Identity, session: Session, person: Person) -> Invitation:
    account = staff_account(service, f"S-{_NUMBER_FROM + secrets.randbelow(_NUMBER_SPAN)}", person)
    session.add(account)
    await session.flush()
    await tally_move(service, session, None, account.status)
    token, now = secrets.token_urlsafe(32), service.clock.now()
    hours = service.rules().number("identity.administrator.link")
    session.add(
        Link(
            digest=digest(token),
            purpose=str(Action.ENROL),
            account_id=account.id,
            person=account.person,
            totp_seed=pyotp.random_base32(),
            made_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    await session.flush()
    return Invitation(account, f"{service.settings.public_url}/activation/{token}")


def staff_account(service: Identity, number: str, person: Person) -> Account:
    """A staff account, registered and not yet enrolled. Its number is no national ID."""
    now = service.clock.now()
    return Account(
        id=uuid7(),
        reference=new_reference("STF"),
        person=number,
        kind=Kind.STAFF,
        status=Status.REGISTERED,
        version=0,
        language="ar",
        name_ar=person.name_ar,
        name_en=person.name_en,
        opened_at=now,
        moved_at=now,
    )


async def open_link(service: Identity, session: Session, token: str) -> tuple[Link, Account] | None:
    """The unused link of a token in its time, locked, and its account."""
    link = await session.scalar(
        sa.select(Link)
        .where(Link.digest == digest(token), Link.used_at.is_(None), Link.expires_at > service.clock.now())
        .with_for_update()
    )
    if link is None or link.guesses >= service.rules().number("identity.code.most_misses"):
        return None
    account = await account_by_id(session, link.account_id, lock=True)
    assert account is not None
    return link, account


async def enrol(service: Identity, session: Session, token: str, code: str, password_hash: str) -> Account | None:
    """Set the password, keep the authenticator, make the account active; None for a wrong code. Commit either way."""
    found = await open_link(service, session, token)
    if found is None:
        return None
    link, account = found
    link.guesses += 1
    step = totp_step(service, link.totp_seed, code)
    if step is None:
        await session.flush()
        return None
    now = service.clock.now()
    facts = AccountFacts(today=service.clock.today(), kind=account.kind, second_factor_proved=True)
    account.move(session, Action.ENROL, by=Actor.HOLDER, actor=account.person, facts=facts, now=now)
    account.password_hash, account.password_changed_at = password_hash, now
    account.totp_seed, account.totp_step = link.totp_seed, step
    link.used_at = now
    await session.flush()
    await tally_move(service, session, Status.REGISTERED, account.status)
    return account
