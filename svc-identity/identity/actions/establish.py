"""Establishments: opened by an administrator with an owner; owners and approvers bring others in, who accept for themselves."""

from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import Principal, find, require_role
from chassis.database import Session
from chassis.identifiers import new_reference, uuid7
from chassis.models import RelationRow
from chassis.refusals import Conflict, Forbidden, NotFound
from contracts.authority import Actor, Relation, StaffRole
from identity.actions.hold import require_open
from identity.actions.relate import begin_relation, end_relation
from identity.domain.account import may_issue
from identity.domain.membership import (
    BINDING,
    ESTABLISHMENT,
    MAY_INVITE,
    UNDER_WAY,
    Action,
    MembershipFacts,
    Role,
    Status,
)
from identity.models import Establishment, Membership
from identity.queries import account_of
from identity.wiring import NAME, Identity


class EstablishmentKnown(Conflict):
    """This number has an account already, with an owner or somebody invited to be one."""

    slug = "establishment-known"


class AlreadyMember(Conflict):
    """The person has this role, or was invited to it."""

    slug = "already-member"


async def open_establishment(
    service: Identity, session: Session, principal: Principal, number: str, name_ar: str, name_en: str, owner: str
) -> Membership:
    """Open an establishment's account and invite its first owner; or another, when none is left.

    Raises Forbidden or EstablishmentKnown.
    """
    now = service.clock.now()
    await require_role(session, principal, [StaffRole.ADMINISTRATOR], now)
    known = await session.get(Establishment, number, with_for_update=True)
    if known is not None and await _has_owner(session, number):
        raise EstablishmentKnown
    if known is None:
        opened = {"opened_at": now, "opened_by": principal.subject}
        session.add(Establishment(number=number, name_ar=name_ar, name_en=name_en, **opened))
    await session.flush()
    membership = _proposed(service, number, owner, Role.OWNER, None, principal.subject)
    session.add(membership)
    # Nobody of the establishment is there yet who could: the owner's own acceptance is the second person's word.
    facts = MembershipFacts(role=Role.OWNER)
    membership.move(session, Action.APPROVE, by=Actor.SYSTEM, actor=Actor.SYSTEM, facts=facts, now=now)
    membership.approved_by = str(Actor.SYSTEM)
    _act(service, session, principal, membership, "open_establishment", str(StaffRole.ADMINISTRATOR))
    await session.flush()
    return membership


async def invite_member(
    service: Identity, session: Session, principal: Principal, number: str, person: str, role: Role, branch: str | None
) -> Membership:
    """Propose somebody for a role; where no second person is needed they are invited at once.

    Raises NotFound, Forbidden, Frozen or AlreadyMember.
    """
    await find(session, sa.select(Establishment).where(Establishment.number == number))
    standing = await require_standing(service, session, principal, number)
    await _require_open(service, session, principal, "invite_member")
    if role is Role.OWNER and standing != Role.OWNER:
        raise Forbidden("not-your-move")
    open_one = sa.select(Membership.id).where(
        Membership.establishment == number,
        Membership.person == person,
        Membership.role == str(role),
        Membership.branch.is_not_distinct_from(branch),
        Membership.status.in_([str(each) for each in UNDER_WAY]),
    )
    if await session.scalar(open_one) is not None:
        raise AlreadyMember
    membership = _proposed(service, number, person, role, branch, principal.subject)
    session.add(membership)
    if role not in BINDING:
        _approve(service, session, principal, membership)
    _act(service, session, principal, membership, "invite_member", standing)
    await session.flush()
    return membership


async def approve_member(service: Identity, session: Session, principal: Principal, membership_id: UUID) -> Membership:
    """A second person of the establishment approves. Raises NotFound, Forbidden, Frozen, MoveNotOpen or RequirementsMissing."""
    membership = await _locked(session, membership_id)
    standing = await require_standing(service, session, principal, membership.establishment)
    await _require_open(service, session, principal, "approve_member")
    _approve(service, session, principal, membership)
    _act(service, session, principal, membership, "approve_member", standing)
    await session.flush()
    return membership


async def answer_invitation(
    service: Identity, session: Session, principal: Principal, membership_id: UUID, *, accept: bool
) -> Membership:
    """The person accepts, and may act from now on; or declines. Raises NotFound, MoveNotOpen or RequirementsMissing."""
    now = service.clock.now()
    membership = await find(
        session,
        sa.select(Membership)
        .where(Membership.id == membership_id, Membership.person == principal.subject)
        .with_for_update(),
    )
    account = await account_of(session, principal.subject)
    facts = MembershipFacts(role=membership.role, person_is_active=account is not None and may_issue(account.status))
    action = Action.ACCEPT if accept else Action.DECLINE
    membership.move(session, action, by=Actor.HOLDER, actor=principal.subject, facts=facts, now=now)
    if accept:
        membership.relation_id = await begin_relation(
            service,
            session,
            str(Relation.ESTABLISHMENT_MEMBER),
            membership.person,
            membership.establishment,
            scope=membership.role,
            narrowed_to=membership.branch,
        )
    _act(service, session, principal, membership, f"{action}_membership", "self")
    await session.flush()
    return membership


async def remove_member(service: Identity, session: Session, principal: Principal, membership_id: UUID) -> Membership:
    """Take somebody out, or leave oneself; the relation ends at once. The last owner stays.

    Raises NotFound, Forbidden, MoveNotOpen or RequirementsMissing.
    """
    now = service.clock.now()
    membership = await _locked(session, membership_id)
    leaving = membership.person == principal.subject and membership.status == Status.MEMBER
    standing = "self" if leaving else await require_standing(service, session, principal, membership.establishment)
    if not leaving and membership.role in BINDING and standing != Role.OWNER:
        raise Forbidden("not-your-move")
    facts = MembershipFacts(role=membership.role, is_last_owner=await _is_last_owner(session, membership))
    by = str(Actor.HOLDER) if leaving else ESTABLISHMENT
    membership.move(session, Action.REMOVE, by=by, actor=principal.subject, facts=facts, now=now)
    if membership.relation_id is not None:
        row = await session.get(RelationRow, membership.relation_id, with_for_update=True)
        if row is not None and row.ends_at is None:
            await end_relation(service, session, row)
    _act(service, session, principal, membership, "remove_member", standing)
    await session.flush()
    return membership


async def require_standing(service: Identity, session: Session, principal: Principal, number: str) -> str:
    """The strongest role by which this person may bring others in. Raises NotFound or Forbidden."""
    now = service.clock.now()
    held = set(
        await session.scalars(
            sa.select(RelationRow.scope).where(
                RelationRow.subject == principal.subject,
                RelationRow.relation == str(Relation.ESTABLISHMENT_MEMBER),
                RelationRow.object == number,
                RelationRow.source == NAME,
                RelationRow.starts_at <= now,
                sa.or_(RelationRow.ends_at.is_(None), RelationRow.ends_at > now),
            )
        )
    )
    if not held:
        raise NotFound  # what one has no part in does not exist
    if not held & set(MAY_INVITE):
        raise Forbidden("not-your-move")
    return str(Role.OWNER if Role.OWNER in held else Role.APPROVER)


async def _require_open(service: Identity, session: Session, principal: Principal, act: str) -> None:
    account = await account_of(session, principal.subject)
    if account is not None:
        require_open(service, account, act)


async def _locked(session: Session, membership_id: UUID) -> Membership:
    membership = await find(session, sa.select(Membership).where(Membership.id == membership_id).with_for_update())
    nothing_personal(session, [membership])  # it is the record of both sides
    return membership


async def _has_owner(session: Session, number: str) -> bool:
    """Whether somebody is, or may soon be, its owner."""
    owners = sa.select(Membership.id).where(
        Membership.establishment == number,
        Membership.role == str(Role.OWNER),
        Membership.status.in_([str(each) for each in UNDER_WAY]),
    )
    return await session.scalar(owners.limit(1)) is not None


async def _is_last_owner(session: Session, membership: Membership) -> bool:
    if membership.role != Role.OWNER or membership.status != Status.MEMBER:
        return False
    # Every owner's row is locked, so that the last two do not leave at once.
    owners = await session.scalars(
        sa.select(Membership.id)
        .where(
            Membership.establishment == membership.establishment,
            Membership.role == str(Role.OWNER),
            Membership.status == Status.MEMBER,
        )
        .order_by(Membership.id)
        .with_for_update()
    )
    return set(owners) == {membership.id}


def _approve(service: Identity, session: Session, principal: Principal, membership: Membership) -> None:
    facts = MembershipFacts(role=membership.role, same_person_approves=membership.invited_by == principal.subject)
    now = service.clock.now()
    membership.move(session, Action.APPROVE, by=ESTABLISHMENT, actor=principal.subject, facts=facts, now=now)
    membership.approved_by = principal.subject


def _proposed(
    service: Identity, number: str, person: str, role: Role, branch: str | None, invited_by: str
) -> Membership:
    now = service.clock.now()
    return Membership(
        id=uuid7(),
        reference=new_reference("MEM"),
        person=person,
        status=Status.PROPOSED,
        version=0,
        opened_at=now,
        moved_at=now,
        establishment=number,
        role=str(role),
        branch=branch,
        invited_by=invited_by,
    )


def _act(
    service: Identity, session: Session, principal: Principal, membership: Membership, action: str, standing: str
) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=standing,
        person=membership.person,
        action=action,
        object_=membership.reference,
        reason=f"{membership.establishment} {membership.role}",
    )
