"""Activate: a clerk who has the person and their document in front of them binds account, mobile and person."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from chassis import audit, facts
from chassis.authority import Principal, assign, find, is_assigned, release, require_role
from chassis.database import Session
from chassis.events.outbox import record
from chassis.refusals import Conflict, Forbidden
from chassis.timers import disarm
from contracts.authority import Actor, StaffRole
from contracts.events import ContactChanged
from identity.actions.confirm import LAPSE_TIMER
from identity.actions.desks import airport_offices, channel_at, office_of
from identity.actions.relate import relate
from identity.actions.tally import tally, tally_move
from identity.domain.account import AccountFacts, Action, Channel, Document, Status
from identity.models import Account, Binding
from identity.queries import (
    REGISTRY_PERSON,
    bound_before_by,
    clerk_is_at,
    document_number_of,
    expiry_of,
    mobile_owner_is_other,
    person_in,
    registry_person,
)
from identity.wiring import Identity
from partners.intents.texts import send_text


class Taken(Conflict):
    """Another clerk has this activation in hand."""

    slug = "activation-taken"


async def open_activation(service: Identity, session: Session, principal: Principal, person: str) -> Account:
    """Find an account by the number on the document and take it in hand. Raises NotFound, Forbidden or Taken."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.CLERK], now)
    account = await find(session, sa.select(Account).where(Account.person == person).with_for_update())
    if not await assign(session, principal, account.id, now):
        raise Taken
    if await registry_person(service, session, person) is None:
        await facts.ask(session, service, person, [REGISTRY_PERSON], now)
    _look(session, service, principal, account)
    return account


async def read_activation(service: Identity, session: Session, principal: Principal, account_id: UUID) -> Account:
    """The account a clerk has in hand; every look is written down. Raises NotFound or Forbidden."""
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.CLERK], now)
    account = await find(session, sa.select(Account).where(Account.id == account_id))
    if not await is_assigned(session, principal, account.id, now):
        raise Forbidden("not-assigned")
    _look(session, service, principal, account)
    return account


def _look(session: Session, service: Identity, principal: Principal, account: Account) -> None:
    audit.look(
        session,
        service,
        principal,
        standing=Actor.CLERK,
        person=account.person,
        object_=str(account.id),
        purpose="counter",
    )


async def facts_of(
    service: Identity,
    session: Session,
    account: Account,
    *,
    clerk: str = "",
    document: Document | None = None,
    mobile: str = "",
) -> AccountFacts:
    """What the moves of this account are decided by, now."""
    answer = await registry_person(service, session, account.person)
    person = person_in(answer)
    # The registry's "nobody" is an answer as well: such a person is not alive for us.
    alive = None if answer is None else person is not None and person.alive
    return AccountFacts(
        today=service.clock.today(),
        kind=account.kind,
        alive=alive,
        registered_number=document_number_of(person) if person else "",
        registered_expiry=expiry_of(person) if person else None,
        document=document,
        mobile_agrees=bool(mobile) and service.cipher.index(mobile) == account.mobile_index,
        mobile_is_free=not await mobile_owner_is_other(session, account.mobile_index, account.id),
        clerk_is_at_an_airport=bool(clerk)
        and await clerk_is_at(session, clerk, airport_offices(service), service.clock.now()),
        clerk_bound_before=bool(clerk)
        and service.rules().flag("identity.activation.second_clerk_to_bind_again")
        and await bound_before_by(session, account.id, clerk),
    )


async def activate(
    service: Identity,
    session: Session,
    principal: Principal,
    account_id: UUID,
    *,
    document_number: str,
    expires_on: date,
    mobile: str,
    office: str | None = None,
) -> Account:
    """Make the account active. Raises NotFound, Forbidden, Invalid, MoveNotOpen or RequirementsMissing.

    `office` is where the clerk sits; whoever has one only need not say it.
    """
    now = service.clock.now()
    held = await require_role(session, principal, [StaffRole.CLERK], now)
    account = await find(session, sa.select(Account).where(Account.id == account_id).with_for_update())
    if account.person == principal.subject:
        raise Forbidden("own-record")
    if not await is_assigned(session, principal, account.id, now):
        raise Forbidden("not-assigned")
    at = office_of(service, held[StaffRole.CLERK], office, account.kind)
    given = Document(document_number, expires_on)
    gathered = await facts_of(service, session, account, clerk=principal.subject, document=given, mobile=mobile)
    gathered = replace(gathered, clerk_is_at_an_airport=at in airport_offices(service))
    account.move(session, Action.ACTIVATE, by=Actor.CLERK, actor=principal.subject, facts=gathered, now=now)
    bind(session, account, principal.subject, at, now, channel_at(service, at))
    await disarm(session, LAPSE_TIMER, str(account.id))
    await release(session, account.id, now)
    person = person_in(await registry_person(service, session, account.person))
    assert person is not None
    account.name_ar, account.name_en = person.names.ar.full, person.names.en.full
    audit.act(
        session,
        service,
        principal,
        standing=Actor.CLERK,
        person=account.person,
        action=Action.ACTIVATE,
        object_=str(account.id),
        rules=dict(service.rules().used),
    )
    await session.flush()
    await tell_contact(service, session, account)
    await relate(service, session, person)
    await _tell_holder(service, session, account)
    await tally_move(service, session, Status.REGISTERED, account.status)
    await tally(service, session, "activation.done")
    return account


def bind(
    session: Session, account: Account, clerk: str, office: str, now: object, channel: Channel = Channel.OFFICE
) -> None:
    session.add(
        Binding(
            account_id=account.id,
            person=account.person,
            mobile_index=account.mobile_index,
            clerk=clerk,
            office=office,
            channel=str(channel),
            bound_at=now,
        )
    )


async def tell_contact(service: Identity, session: Session, account: Account) -> None:
    """Say how the holder is reached; other services keep copies."""
    if account.mobile is None:
        return
    event = ContactChanged(
        account_id=account.id,
        person=account.person,
        mobile=account.mobile,
        email=account.verified_email,
        language="en" if account.language == "en" else "ar",
    )
    await record(session, event, service.clock.now())


async def _tell_holder(service: Identity, session: Session, account: Account) -> None:
    assert account.mobile is not None
    text = service.texts.say("notice.account_active", account.language)
    await send_text(
        session,
        service,
        to=account.mobile,
        text=text,
        about=str(account.id),
        reference=f"activated:{account.id}:{account.version}",
    )
