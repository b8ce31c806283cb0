"""Suspend and restore: an administrator with a reason, or the registry's word that somebody has died."""

from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal, find, require_role
from chassis.database import Session
from chassis.refusals import Forbidden
from contracts.authority import Actor, StaffRole
from identity.actions.activate import facts_of
from identity.actions.authorisation.end import end_authorisations
from identity.actions.end_memberships import end_memberships
from identity.actions.end_session import end_all_sessions
from identity.actions.tally import tally_move
from identity.domain.account import AccountFacts, Action, Status
from identity.models import Account
from identity.wiring import Identity


async def suspend(service: Identity, session: Session, principal: Principal, account_id: UUID, reason: str) -> Account:
    """Suspend an account and end its sessions. Raises NotFound, Forbidden or MoveNotOpen."""
    account = await _in_hand(service, session, principal, account_id)
    gathered = await facts_of(service, session, account)
    await _suspend(service, session, account, StaffRole.ADMINISTRATOR, principal.subject, gathered, reason)
    _act(service, session, principal, account, Action.SUSPEND, reason)
    return account


async def suspend_deceased(service: Identity, session: Session, account: Account) -> None:
    """The registry says its holder has died: nothing may be issued to it any more."""
    facts = AccountFacts(today=service.clock.today(), kind=account.kind, alive=False)
    await _suspend(service, session, account, Actor.SYSTEM, Actor.SYSTEM, facts, "deceased")


async def suspend_stopped(service: Identity, session: Session, account: Account) -> None:
    """The registry says its holder may not be served any more; an administrator restores the account afterwards."""
    facts = AccountFacts(today=service.clock.today(), kind=account.kind)
    await _suspend(service, session, account, Actor.SYSTEM, Actor.SYSTEM, facts, "stopped by the registry")


async def restore(service: Identity, session: Session, principal: Principal, account_id: UUID, reason: str) -> Account:
    """Make a suspended account active again. Raises NotFound, Forbidden, MoveNotOpen or RequirementsMissing."""
    account = await _in_hand(service, session, principal, account_id)
    gathered = await facts_of(service, session, account)
    account.move(
        session,
        Action.RESTORE,
        by=StaffRole.ADMINISTRATOR,
        actor=principal.subject,
        facts=gathered,
        now=service.clock.now(),
        reason=reason,
    )
    _act(service, session, principal, account, Action.RESTORE, reason)
    # Somebody with the authority has looked at it: stopped codes begin anew.
    account.code_misses = 0
    await session.flush()
    await tally_move(service, session, Status.SUSPENDED, account.status)
    return account


async def _in_hand(service: Identity, session: Session, principal: Principal, account_id: UUID) -> Account:
    await require_role(session, principal, [StaffRole.ADMINISTRATOR], service.clock.now())
    account = await find(session, sa.select(Account).where(Account.id == account_id).with_for_update())
    if account.person == principal.subject:
        raise Forbidden("own-record")
    return account


async def _suspend(
    service: Identity,
    session: Session,
    account: Account,
    by: str,
    actor: str,
    facts: AccountFacts,
    reason: str,
) -> None:
    before = account.status
    account.move(session, Action.SUSPEND, by=by, actor=actor, facts=facts, now=service.clock.now(), reason=reason)
    await session.flush()
    await end_all_sessions(session, account.id, "suspension")
    await end_authorisations(service, session, account.person)
    await end_memberships(service, session, account.person)
    await tally_move(service, session, before, account.status)


def _act(service: Identity, session: Session, principal: Principal, account: Account, action: str, reason: str) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=StaffRole.ADMINISTRATOR,
        person=account.person,
        action=action,
        object_=str(account.id),
        reason=reason,
    )
