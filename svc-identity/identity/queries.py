"""Reads of identity that have a name."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Session
from chassis.facts import Fact, known
from chassis.models import RelationRow
from contracts.authority import StaffRole
from identity.domain.account import Status
from identity.models import Account, Binding, Registration, SignedIn, SignIn
from identity.wiring import Identity
from partners.registry import Person

REGISTRY_PERSON = "registry.person"


async def account_of(session: Session, person: str, *, lock: bool = False) -> Account | None:
    """The account of a number, whoever asks; row-level security still says who sees it."""
    statement = sa.select(Account).where(Account.person == person)
    account: Account | None = await session.scalar(statement.with_for_update() if lock else statement)
    return account


async def account_by_id(session: Session, account_id: UUID, *, lock: bool = False) -> Account | None:
    statement = sa.select(Account).where(Account.id == account_id)
    account: Account | None = await session.scalar(statement.with_for_update() if lock else statement)
    return account


async def open_registration(session: Session, registration_id: UUID, now: datetime) -> Registration | None:
    """A registration that still waits for its code, locked."""
    statement = sa.select(Registration).where(
        Registration.id == registration_id, Registration.confirmed_at.is_(None), Registration.expires_at > now
    )
    registration: Registration | None = await session.scalar(statement.with_for_update())
    return registration


async def open_sign_in(session: Session, browser_index: str, now: datetime, *, lock: bool = False) -> SignIn | None:
    """The newest sign-in this browser has begun and not finished."""
    statement = (
        sa.select(SignIn)
        .where(SignIn.browser_index == browser_index, SignIn.done_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.opened_at.desc())
        .limit(1)
    )
    found: SignIn | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


def live(now: datetime) -> sa.ColumnElement[bool]:
    """Sessions that have not ended, idled out or run their full time. `now` is machine time."""
    idle = sa.func.make_interval(0, 0, 0, 0, 0, 0, SignedIn.idle_seconds)
    return sa.and_(SignedIn.ended_at.is_(None), SignedIn.expires_at > now, SignedIn.seen_at + idle > now)


async def session_by_digest(session: Session, digest: str, now: datetime) -> tuple[SignedIn, Account] | None:
    """The live session of a cookie and its account, if tokens may still be issued to it."""
    row = (
        await session.execute(
            sa.select(SignedIn, Account)
            .join(Account, Account.id == SignedIn.account_id)
            .where(SignedIn.token_digest == digest, live(now), Account.status == Status.ACTIVE)
        )
    ).first()
    return None if row is None else (row[0], row[1])


async def bound_before_by(session: Session, account_id: UUID, clerk: str) -> bool:
    """Whether this clerk has bound a mobile to this account before."""
    found = await session.scalar(
        sa.select(Binding.id).where(Binding.account_id == account_id, Binding.clerk == clerk).limit(1)
    )
    return found is not None


async def mobile_owner_is_other(session: Session, mobile_index: str | None, account_id: UUID) -> bool:
    """Whether another active account owns this mobile."""
    found = await session.scalar(
        sa.select(Account.id)
        .where(Account.mobile_index == mobile_index, Account.status == Status.ACTIVE, Account.id != account_id)
        .limit(1)
    )
    return found is not None


async def clerk_is_at(session: Session, clerk: str, offices: Collection[str], now: datetime) -> bool:
    """Whether somebody is a clerk at one of these offices now."""
    found = await session.scalar(
        sa.select(RelationRow.id)
        .where(
            RelationRow.subject == clerk,
            RelationRow.relation == str(StaffRole.CLERK),
            RelationRow.object.in_(offices),
            RelationRow.starts_at <= now,
            sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
        )
        .limit(1)
    )
    return found is not None


async def registry_person(service: Identity, session: Session, person: str) -> Fact | None:
    """What the registry said of a person, while it counts as fresh."""
    fresh = timedelta(seconds=service.rules().table("identity.facts.fresh_for")["registry"])
    facts = await known(session, person, {REGISTRY_PERSON: fresh}, service.clock.now())
    return facts[REGISTRY_PERSON]


def person_in(fact: Fact | None) -> Person | None:
    """The person a registry fact tells of; None when nothing is known yet or the registry knows nobody."""
    if fact is None or "unknown" in fact.value:
        return None
    return Person.model_validate(fact.value)


def expiry_of(person: Person) -> Any:
    """The last day of the document that identifies this person: national ID, iqama, or a visitor's passport."""
    if person.kind == "visitor":
        return person.foreign_passport.expires_on if person.foreign_passport else None
    return person.iqama_expires_on if person.kind == "resident" else person.id_expires_on


def document_number_of(person: Person) -> str:
    """The number on that document: the person's own, but for a visitor, who has a passport."""
    if person.kind == "visitor":
        return person.foreign_passport.number if person.foreign_passport else ""
    return person.number
