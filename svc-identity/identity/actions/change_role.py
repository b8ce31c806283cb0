"""Change a role with four eyes: one administrator proposes, another approves or refuses, the proposer may withdraw.

Approval opens or ends the role in the same transaction. Decisions are made one after another (`decide_alone`): who may
decide, and whether an administrator remains, is itself a matter of roles.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import Principal, find, require_role
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.lifecycle import OpenAction, RequirementsMissing
from chassis.refusals import Conflict
from chassis.requirements import examine
from chassis.timers import arm, disarm
from contracts.authority import Actor, StaffRole
from identity.actions.relate import begin_relation, end_relation
from identity.actions.tell_staff import tell_of_outcome, tell_of_proposal
from identity.domain.account import Status as AccountStatus
from identity.domain.role_change import ROLE_CHANGE, Action, Direction, RoleChangeFacts, Status
from identity.domain.role_change_requirements import PROPOSABLE
from identity.models import RoleChange
from identity.queries_roles import administrators, decide_alone, is_proposed, open_roles, staff_status
from identity.wiring import NAME, Identity

EXPIRES = "role_change_expires"
OPEN_FOR = "identity.role_change.open_for"
MACHINE = "machine"
_ADMINISTRATORS = (StaffRole.ADMINISTRATOR,)


class RoleChangeProposed(Conflict):
    """A change of this role waits already."""

    slug = "role-change-proposed-already"


@dataclass(frozen=True)
class Wish:
    """Which role of whom, at which office, and whether it begins or ends."""

    person: str
    role: StaffRole
    office: str
    direction: Direction


async def propose(service: Identity, session: Session, principal: Principal, wish: Wish, reason: str) -> RoleChange:
    """Let a role change wait for another administrator. Raises Forbidden, RoleChangeProposed or RequirementsMissing."""
    await require_role(session, principal, _ADMINISTRATORS, service.clock.now())
    await decide_alone(session)
    rules = service.rules()
    change = _new(service, wish, principal.subject, reason, timedelta(hours=rules.number(OPEN_FOR)))
    facts = await facts_of(session, change, service.clock.now())
    if failing := [finding for finding in examine(PROPOSABLE, facts) if finding.is_failed]:
        raise RequirementsMissing(failing)
    if await is_proposed(session, wish.person, wish.role, wish.office):
        raise RoleChangeProposed
    session.add(change)
    await session.flush()
    await arm(session, EXPIRES, str(change.id), change.expires_at)
    await tell_of_proposal(service, session, change)
    _act(service, session, principal, change, "propose", reason, rules=dict(rules.used))
    return change


def _new(service: Identity, wish: Wish, proposed_by: str, reason: str, open_for: timedelta) -> RoleChange:
    now = service.clock.now()
    return RoleChange(
        id=uuid7(),
        reference=new_reference("ROL"),
        person=wish.person,
        status=str(Status.PROPOSED),
        version=0,
        opened_at=now,
        moved_at=now,
        role=str(wish.role),
        office=wish.office,
        direction=str(wish.direction),
        reason=reason,
        proposed_by=proposed_by,
        expires_at=now + open_for,
    )


async def approve(service: Identity, session: Session, principal: Principal, change_id: UUID) -> RoleChange:
    """The role begins or ends now. Raises NotFound, Forbidden, MoveNotOpen or RequirementsMissing."""
    change = await _in_hand(service, session, principal, change_id)
    await _move(service, session, principal, change, Action.APPROVE)
    await _carry_out(service, session, change)
    return change


async def refuse(service: Identity, session: Session, principal: Principal, change_id: UUID, reason: str) -> RoleChange:
    """Nothing changes. Raises NotFound, Forbidden, MoveNotOpen or RequirementsMissing."""
    change = await _in_hand(service, session, principal, change_id)
    await _move(service, session, principal, change, Action.REFUSE, reason)
    return change


async def withdraw(service: Identity, session: Session, principal: Principal, change_id: UUID) -> RoleChange:
    """By whoever proposed it. Raises NotFound, Forbidden, MoveNotOpen or RequirementsMissing."""
    change = await _in_hand(service, session, principal, change_id)
    await _move(service, session, principal, change, Action.WITHDRAW)
    return change


async def approve_here(service: Identity, session: Session, reference: str) -> RoleChange:
    """By whoever has the machine, while no administrator could. Raises NotFound, MoveNotOpen or RequirementsMissing."""
    await decide_alone(session)
    change = await find(session, sa.select(RoleChange).where(RoleChange.reference == reference).with_for_update())
    here = Principal(MACHINE, Actor.SYSTEM, "", "command", channel="command")
    await _move(service, session, here, change, Action.APPROVE, standing=Actor.SYSTEM)
    await _carry_out(service, session, change)
    return change


async def expire(service: Identity, session: Session, change_id: UUID) -> None:
    """Nobody decided in time."""
    change = await session.scalar(sa.select(RoleChange).where(RoleChange.id == change_id).with_for_update())
    if change is None or change.status != Status.PROPOSED:
        return
    now = service.clock.now()
    facts = await facts_of(session, change, now)
    change.move(session, Action.EXPIRE, by=Actor.SYSTEM, actor=NAME, facts=facts, now=now)
    await session.flush()


async def facts_of(session: Session, change: RoleChange, now: datetime, decider: str = "") -> RoleChangeFacts:
    """Everything the moves of a change are decided by, now. `decider` is empty for whoever has the machine."""
    status = await staff_status(session, change.person)
    return RoleChangeFacts(
        person=change.person,
        role=change.role,
        direction=change.direction,
        proposed_by=change.proposed_by,
        decider=decider,
        is_staff=status is not None,
        is_suspended=status == AccountStatus.SUSPENDED,
        holds_role=bool(await open_roles(session, change.person, change.role, change.office, now)),
        administrators=await administrators(session, now),
    )


async def open_actions(
    service: Identity, session: Session, principal: Principal, change: RoleChange
) -> list[OpenAction[Action]]:
    """What an administrator could do with a change, and what stands in the way of each."""
    facts = await facts_of(session, change, service.clock.now(), principal.subject)
    return ROLE_CHANGE.open_actions(Status(change.status), StaffRole.ADMINISTRATOR, facts)


async def read_change(service: Identity, session: Session, principal: Principal, change_id: UUID) -> RoleChange:
    """A change as administrators see it. Raises NotFound or Forbidden."""
    await require_role(session, principal, _ADMINISTRATORS, service.clock.now())
    change = await find(session, sa.select(RoleChange).where(RoleChange.id == change_id))
    nothing_personal(session, [change])  # who holds which role is the house's own matter
    return change


async def _in_hand(service: Identity, session: Session, principal: Principal, change_id: UUID) -> RoleChange:
    await require_role(session, principal, _ADMINISTRATORS, service.clock.now())
    await decide_alone(session)
    # Asked again: whoever decided a moment ago may have ended the very role this decision rests on.
    await require_role(session, principal, _ADMINISTRATORS, service.clock.now())
    return await find(session, sa.select(RoleChange).where(RoleChange.id == change_id).with_for_update())


async def _move(
    service: Identity,
    session: Session,
    principal: Principal,
    change: RoleChange,
    action: Action,
    reason: str | None = None,
    *,
    standing: str = StaffRole.ADMINISTRATOR,
) -> None:
    now = service.clock.now()
    facts = await facts_of(session, change, now, "" if standing == Actor.SYSTEM else principal.subject)
    change.decided_by = principal.subject
    change.move(session, action, by=standing, actor=principal.subject, facts=facts, now=now, reason=reason)
    await session.flush()
    await disarm(session, EXPIRES, str(change.id))
    await tell_of_outcome(service, session, change)
    _act(service, session, principal, change, action, reason, standing=standing)


async def _carry_out(service: Identity, session: Session, change: RoleChange) -> None:
    if change.direction == Direction.BEGIN:
        await begin_relation(service, session, change.role, change.person, change.office)
        return
    for row in await open_roles(session, change.person, change.role, change.office, service.clock.now(), lock=True):
        await end_relation(service, session, row)


def _act(
    service: Identity,
    session: Session,
    principal: Principal,
    change: RoleChange,
    action: str,
    reason: str | None,
    *,
    standing: str = StaffRole.ADMINISTRATOR,
    rules: dict[str, Any] | None = None,
) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=standing,
        person=change.person,
        action=f"role_change.{action}",
        object_=change.reference,
        reason=reason,
        rules=rules,
    )
